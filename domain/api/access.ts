import * as z from 'zod';
import { apiKeyIdSchema, apiKeySchema } from '../access/api-key.ts';
import { partnerIdSchema } from '../access/partner.ts';
import { planNameSchema } from '../access/plans.ts';
import { scopeSchema } from '../access/scopes.ts';
import { type Operation, pageLimitSchema, reasonSchema } from './operation.ts';

/** All that is told of a key: neither its hash nor its place in the plan. */
export const apiKeyBodySchema = apiKeySchema.omit({ hash: true, slot: true });

/** Where a page of keys ended: when the last one was made, and its id. */
const cursorSchema = z
  .base64url()
  .max(100)
  .transform((text) => Buffer.from(text, 'base64url').toString('utf8'))
  .pipe(z.string().regex(/^[0-9TZ:.-]{20,30}#[0-9a-f]{20}$/, 'must be a `next` of ours'));

const common = { groups: ['operations'] } as const;

export const accessOperations = {
  issue: {
    ...common,
    id: 'issueApiKey',
    method: 'POST',
    path: '/operations/api-keys',
    summary: 'Make a key for a third party; the key itself is in this one answer and nowhere else',
    idempotent: true,
    body: z.strictObject({
      partner: partnerIdSchema,
      plan: planNameSchema.default('standard'),
      scopes: z
        .array(scopeSchema)
        .min(1)
        .refine((list) => new Set(list).size === list.length, 'must name each scope once'),
      note: reasonSchema.default(''),
      /** Without it the key holds until it is revoked. */
      expiresAt: z.iso
        .datetime()
        .transform((text) => new Date(text).toISOString())
        .optional(),
    }),
    answers: {
      201: z.strictObject({
        /** To be sent as `Authorization: Bearer <key>`. */
        key: z.string(),
        apiKey: apiKeyBodySchema,
      }),
      /** The same request came before. Whoever lost its answer revokes this key and makes another. */
      200: z.strictObject({ apiKey: apiKeyBodySchema }),
    },
    problems: ['plan-full', 'idempotency-key-reused'],
  },
  list: {
    ...common,
    id: 'listApiKeys',
    method: 'GET',
    path: '/operations/api-keys',
    summary: 'Every key that was ever made, newest first, with who made and who revoked it',
    query: z.strictObject({ limit: pageLimitSchema, after: cursorSchema.optional() }),
    answers: {
      200: z.strictObject({ apiKeys: z.array(apiKeyBodySchema), next: z.base64url().optional() }),
    },
    problems: [],
  },
  revoke: {
    ...common,
    id: 'revokeApiKey',
    method: 'DELETE',
    path: '/operations/api-keys/{keyId}',
    summary: 'End a key; it opens nothing any more after at most five minutes',
    parameters: { keyId: apiKeyIdSchema },
    answers: { 200: z.strictObject({ apiKey: apiKeyBodySchema }) },
    problems: ['not-found'],
  },
} as const satisfies Record<string, Operation>;
