import type { FulfilmentStore } from '../../domain/orders/ports.ts';
import { orderSteps } from '../../domain/orders/steps.ts';
import { call } from './call.ts';
import type { Sql } from './client.ts';

export function createFulfilmentStore(sql: Sql): FulfilmentStore {
  return {
    completeOrder: ({ orderId }, now) =>
      call(
        orderSteps['complete-order'].output,
        () => sql`select kassa.complete_order(${orderId}, ${now}) as result`,
      ),
  };
}
