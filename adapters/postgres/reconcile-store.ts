import * as z from 'zod';
import { orderStatusSchema } from '../../domain/orders/status.ts';
import type { ReconcileStore } from '../../domain/payments/ports.ts';
import { paymentStatusSchema } from '../../domain/payments/status.ts';
import { generationSchema, orderIdSchema, paymentIntentIdSchema } from '../../domain/shared/ids.ts';
import { amountSchema, currencySchema } from '../../domain/shared/money.ts';
import { call, json } from './call.ts';
import type { Sql } from './client.ts';

const paymentsSchema = z.array(
  z.strictObject({
    orderId: orderIdSchema,
    generation: generationSchema,
    orderStatus: orderStatusSchema,
    paymentStatus: paymentStatusSchema,
    paymentIntentId: paymentIntentIdSchema.nullable(),
    currency: currencySchema,
    amount: amountSchema,
    capturedAmount: amountSchema,
    refundedAmount: amountSchema,
    changedAt: z.iso.datetime(),
  }),
);

const recordedSchema = z.strictObject({ outcome: z.enum(['recorded', 'already']) });
const checkedSchema = z.strictObject({ differences: z.int().min(0) });

export function createReconcileStore(sql: Sql): ReconcileStore {
  return {
    payments: ({ limit, after }) =>
      call(
        paymentsSchema,
        () => sql`select kassa.list_payments(${limit}, ${after ?? null}) as result`,
      ),
    recordDifference: ({ orderId, generation }, kind, detail, now) =>
      call(
        recordedSchema,
        () => sql`select kassa.record_difference(${orderId}, ${generation}, ${kind},
          ${json(detail)}::text::jsonb, ${now}) as result`,
      ),
    checkStock: (now) => call(checkedSchema, () => sql`select kassa.check_stock(${now}) as result`),
  };
}
