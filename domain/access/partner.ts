import * as z from 'zod';
import { type Subject, subjectSchema } from '../shared/ids.ts';

/** A third party, as operations names it. */
export const partnerIdSchema = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]{1,38}[a-z0-9]$/,
    'must be 3 to 40 lower-case letters, digits and hyphens, with a letter first',
  )
  .brand<'PartnerId'>();
export type PartnerId = z.infer<typeof partnerIdSchema>;

const prefix = 'partner:';

/**
 * Who a third party is to the orders: one customer, whatever key it uses. Orders placed with its keys are its own,
 * for whomever it placed them; nobody else's are.
 */
export function partnerSubject(partner: PartnerId): Subject {
  return subjectSchema.parse(`${prefix}${partner}`);
}

/** What no token's subject may look like; Cognito's are UUIDs. */
export function isPartnerSubject(subject: Subject): boolean {
  return subject.startsWith(prefix);
}
