import * as z from 'zod';
import { subjectSchema } from '../shared/ids.ts';
import { partnerIdSchema } from './partner.ts';
import { planNameSchema, slotSchema } from './plans.ts';
import { scopeSchema } from './scopes.ts';

export const apiKeyIdSchema = z
  .string()
  .regex(/^[0-9a-f]{20}$/, 'must be the id of a key')
  .brand<'ApiKeyId'>();
export type ApiKeyId = z.infer<typeof apiKeyIdSchema>;

/** What is kept of a third party's key: never the key. */
export const apiKeySchema = z.strictObject({
  keyId: apiKeyIdSchema,
  /** SHA-256 of the whole key, hexadecimal. */
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  partner: partnerIdSchema,
  plan: planNameSchema,
  slot: slotSchema,
  scopes: z.array(scopeSchema).min(1),
  note: z.string(),
  createdAt: z.iso.datetime(),
  createdBy: subjectSchema,
  expiresAt: z.iso.datetime().nullable(),
  revokedAt: z.iso.datetime().nullable(),
  revokedBy: subjectSchema.nullable(),
});
export type ApiKey = z.infer<typeof apiKeySchema>;

/** What somebody asks for who makes a key. */
export type ApiKeyWish = Pick<ApiKey, 'partner' | 'plan' | 'scopes' | 'note' | 'expiresAt'>;

/** Whether a key opens anything now. */
export function isGood(key: Pick<ApiKey, 'expiresAt' | 'revokedAt'>, now: Date): boolean {
  const expired = key.expiresAt !== null && Date.parse(key.expiresAt) <= now.getTime();
  return key.revokedAt === null && !expired;
}

/** Whether a key is what is asked for: a request sent twice wants the same. */
export function isWished(key: ApiKeyWish, wish: ApiKeyWish): boolean {
  return (
    key.partner === wish.partner &&
    key.plan === wish.plan &&
    key.note === wish.note &&
    key.expiresAt === wish.expiresAt &&
    key.scopes.length === wish.scopes.length &&
    key.scopes.every((scope) => wish.scopes.includes(scope))
  );
}
