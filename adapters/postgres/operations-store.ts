import * as z from 'zod';
import type { OperationsStore } from '../../domain/orders/ports.ts';
import { generationSchema, orderIdSchema } from '../../domain/shared/ids.ts';
import { call, json } from './call.ts';
import type { Sql } from './client.ts';
import { orderViewSchema } from './order-reader.ts';

const findingsSchema = z.array(
  z.strictObject({
    findingId: z.string(),
    kind: z.string(),
    orderId: orderIdSchema.nullable(),
    generation: generationSchema.nullable(),
    detail: z.unknown(),
    at: z.iso.datetime(),
    resolvedAt: z.iso.datetime().nullable(),
    resolvedBy: z.string().nullable(),
    resolution: z.string().nullable(),
  }),
);

export function createOperationsStore(sql: Sql): OperationsStore {
  return {
    findOrders: (by, { limit, before }) =>
      call(
        z.array(orderViewSchema),
        () => sql`select kassa.find_orders(${json(by)}::text::jsonb, ${limit},
          ${before ?? null}) as result`,
      ),
    findings: ({ open, orderId, limit, before }) =>
      call(
        findingsSchema,
        () => sql`select kassa.list_findings(${open}, ${orderId ?? null}, ${limit},
          ${before ?? null}) as result`,
      ),
    resolveFinding: (findingId, { subject, note }, now) =>
      call(
        z.enum(['resolved', 'already', 'not_found']),
        () =>
          sql`select kassa.resolve_finding(${findingId}, ${subject}, ${note}, ${now}) as result`,
      ),
    endWait: (orderId, round, { step, outcome }, { subject, reason }, now) =>
      call(
        z.enum(['ended', 'already', 'not_waiting', 'mismatch', 'not_found']),
        () => sql`select kassa.end_wait(${orderId}, ${step}, ${round},
          ${json(outcome)}::text::jsonb, ${subject}, ${reason}, ${now}) as result`,
      ),
  };
}
