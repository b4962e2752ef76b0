import * as z from 'zod';
import type { MailboxStore } from '../../domain/orders/ports.ts';
import { mailboxKeySchema } from '../../domain/shared/mailbox.ts';
import { call, json } from './call.ts';
import type { Sql } from './client.ts';

const deliveriesSchema = z.array(
  z.strictObject({
    ...mailboxKeySchema.shape,
    token: z.string(),
    outcome: z.unknown(),
    attempts: z.int().min(1),
  }),
);

/** `attempts` of a leased row counts this lease too. */
export function createMailboxStore(sql: Sql): MailboxStore {
  return {
    registerToken: async ({ orderId, step, round }, wait, now) => ({
      ready: await call(
        z.boolean(),
        () => sql`select kassa.register_token(${orderId}, ${step}, ${round},
          ${json(wait)}::text::jsonb, ${now}) as result`,
      ),
    }),
    leaseDeliveries: (limit, now, leaseUntil) =>
      call(
        deliveriesSchema,
        () => sql`select kassa.lease_mailbox(${limit}, ${now}, ${leaseUntil}) as result`,
      ),
    settleDeliveries: async (answers, now) => {
      await call(
        z.literal(true),
        () => sql`select kassa.settle_mailbox(${json(answers)}::text::jsonb, ${now}) as result`,
      );
    },
  };
}
