import * as z from 'zod';
import type { OutboxStore } from '../../domain/orders/ports.ts';
import { call, json } from './call.ts';
import type { Sql } from './client.ts';

const row = { id: z.string(), attempts: z.int().min(1) };
const entriesSchema = z.array(
  z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('event'),
      ...row,
      source: z.string(),
      type: z.string(),
      detail: z.unknown(),
    }),
    z.strictObject({
      kind: z.literal('execution'),
      ...row,
      machine: z.enum(['payment', 'fulfilment', 'settlement']),
      name: z.string(),
      input: z.unknown(),
    }),
  ]),
);

/** `attempts` of a leased row counts this lease too. */
export function createOutboxStore(sql: Sql): OutboxStore {
  return {
    leaseOutbox: (limit, now, leaseUntil) =>
      call(
        entriesSchema,
        () => sql`select kassa.lease_outbox(${limit}, ${now}, ${leaseUntil}) as result`,
      ),
    settleOutbox: async (answers, now) => {
      await call(
        z.literal(true),
        () => sql`select kassa.settle_outbox(${json(answers)}::text::jsonb, ${now}) as result`,
      );
    },
  };
}
