import * as z from 'zod';
import { paymentSteps } from '../../domain/orders/steps.ts';
import type { RefundStore } from '../../domain/payments/ports.ts';
import { paymentStatusSchema, refundStatusSchema } from '../../domain/payments/status.ts';
import { orderIdSchema, refundIdSchema } from '../../domain/shared/ids.ts';
import { amountSchema, currencySchema } from '../../domain/shared/money.ts';
import { call } from './call.ts';
import type { Sql } from './client.ts';

const refundSchema = z.strictObject({
  refundId: refundIdSchema,
  orderId: orderIdSchema,
  amount: amountSchema,
  currency: currencySchema,
  status: refundStatusSchema,
  reason: z.string(),
  requestedBy: z.string(),
  requestedAt: z.iso.datetime(),
  failureReason: z.string().nullable(),
});

const requestSchema = z.discriminatedUnion('outcome', [
  z.strictObject({ outcome: z.literal('requested'), refund: refundSchema }),
  z.strictObject({ outcome: z.literal('key_reused') }),
  z.strictObject({
    outcome: z.literal('too_much'),
    refundable: z.int(),
    currency: currencySchema,
  }),
  z.strictObject({ outcome: z.literal('not_captured'), paymentStatus: paymentStatusSchema }),
  z.strictObject({ outcome: z.literal('not_found') }),
]);

export function createRefundStore(sql: Sql): RefundStore {
  return {
    requestRefund: (orderId, { amount, reason, key }, subject, now) =>
      call(
        requestSchema,
        () => sql`select kassa.request_refund(${orderId}, ${amount ?? null}, ${reason}, ${subject},
          ${key}, ${now}) as result`,
      ),
    recordRefund: ({ orderId, refundId, stripeRefundId, status, failureReason }, now) =>
      call(
        paymentSteps['record-refund'].output,
        () => sql`select kassa.record_refund(${orderId}, ${refundId}, ${stripeRefundId}, ${status},
          ${failureReason}, ${now}) as result`,
      ),
    refundsOf: (orderId) =>
      call(z.array(refundSchema), () => sql`select kassa.refunds_of(${orderId}) as result`),
  };
}
