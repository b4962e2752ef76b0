import * as z from 'zod';
import { orderStateSchema } from '../../domain/orders/events.ts';
import type { OrderReader } from '../../domain/orders/ports.ts';
import { call } from './call.ts';
import type { Sql } from './client.ts';

export const orderViewSchema = orderStateSchema
  .omit({ generation: true })
  .extend({ clientSecret: z.string().nullable() });

export function createOrderReader(sql: Sql): OrderReader {
  return {
    orderOf: async (orderId) =>
      (await call(
        orderViewSchema.nullable(),
        () => sql`select kassa.order_of(${orderId}) as result`,
      )) ?? undefined,
    ordersOf: (customerId, { limit, before }) =>
      call(
        z.array(orderViewSchema),
        () => sql`select kassa.orders_of(${customerId}, ${limit}, ${before ?? null}) as result`,
      ),
  };
}
