import * as z from 'zod';
import type { CancelStore } from '../../domain/orders/ports.ts';
import { orderStatusSchema } from '../../domain/orders/status.ts';
import { call } from './call.ts';
import type { Sql } from './client.ts';

const answerSchema = z.discriminatedUnion('outcome', [
  z.strictObject({ outcome: z.literal('cancelled') }),
  z.strictObject({ outcome: z.literal('too_late'), status: orderStatusSchema }),
  z.strictObject({ outcome: z.literal('not_found') }),
]);

/** To a customer another customer's order is `not_found`. */
export function createCancelStore(sql: Sql): CancelStore {
  return {
    cancelOrder: (orderId, by, now) =>
      call(
        answerSchema,
        () => sql`select kassa.cancel_order(${orderId}, ${by.subject}, ${by.role}, ${by.reason},
          ${now}) as result`,
      ),
  };
}
