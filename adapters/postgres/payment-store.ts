import type { PaymentStore } from '../../domain/orders/ports.ts';
import { orderSteps, paymentSteps } from '../../domain/orders/steps.ts';
import { call } from './call.ts';
import type { Sql } from './client.ts';

export function createPaymentStore(sql: Sql): PaymentStore {
  return {
    confirmOrder: ({ orderId, generation }, now) =>
      call(
        orderSteps['confirm-order'].output,
        () => sql`select kassa.confirm_order(${orderId}, ${generation}, ${now}) as result`,
      ),
    markVoiding: ({ orderId, generation }, now) =>
      call(
        paymentSteps['mark-voiding'].output,
        () => sql`select kassa.mark_voiding(${orderId}, ${generation}, ${now}) as result`,
      ),
    recordVoided: ({ orderId, generation, paymentIntentId }, now) =>
      call(
        paymentSteps['record-voided'].output,
        () =>
          sql`select kassa.record_voided(${orderId}, ${generation}, ${paymentIntentId}, ${now}) as result`,
      ),
    recordCapture: ({ orderId, generation, amount }, now) =>
      call(
        paymentSteps['record-capture'].output,
        () =>
          sql`select kassa.record_capture(${orderId}, ${generation}, ${amount}, ${now}) as result`,
      ),
  };
}
