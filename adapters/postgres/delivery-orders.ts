import * as z from 'zod';
import type { DeliveryOrders } from '../../domain/delivery/ports.ts';
import { addressSchema } from '../../domain/orders/checkout.ts';
import { call, json } from './call.ts';
import type { Sql } from './client.ts';

export function createDeliveryOrders(sql: Sql): DeliveryOrders {
  return {
    addressOf: async (orderId) =>
      (await call(
        addressSchema.nullable(),
        () => sql`select kassa.delivery_address(${orderId}) as result`,
      )) ?? undefined,
    recordHandover: async (orderId, now) => {
      await call(
        z.literal(true),
        () => sql`select kassa.record_handover(${orderId}, ${now}) as result`,
      );
    },
    recordOutcome: (orderId, attempt, outcome, now) =>
      call(
        z.enum(['recorded', 'already', 'late']),
        () => sql`select kassa.record_delivery_outcome(${orderId}, ${attempt},
          ${json(outcome)}::text::jsonb, ${now}) as result`,
      ),
  };
}
