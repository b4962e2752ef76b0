import * as z from 'zod';
import type { CancelRequests } from '../../domain/delivery/ports.ts';
import { orderStatusSchema } from '../../domain/orders/status.ts';
import { call } from './call.ts';
import type { Sql } from './client.ts';

const answerSchema = z.discriminatedUnion('outcome', [
  z.strictObject({ outcome: z.literal('requested') }),
  z.strictObject({ outcome: z.literal('cancelled') }),
  z.strictObject({ outcome: z.literal('too_late'), status: orderStatusSchema }),
  z.strictObject({ outcome: z.literal('not_found') }),
]);

/** To a customer another customer's order is `not_found`. */
export function createCancelRequests(sql: Sql): CancelRequests {
  return {
    requestCancel: (orderId, by, now) =>
      call(
        answerSchema,
        () => sql`select kassa.request_cancel(${orderId}, ${by.subject}, ${by.role}, ${by.reason},
          ${now}) as result`,
      ),
    clearCancelRequest: async (orderId, now) => {
      await call(
        z.literal(true),
        () => sql`select kassa.clear_cancel_request(${orderId}, ${now}) as result`,
      );
    },
    isCancelRequested: (orderId) =>
      call(z.boolean(), () => sql`select kassa.is_cancel_requested(${orderId}) as result`),
  };
}
