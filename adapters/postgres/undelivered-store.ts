import { randomUUID } from 'node:crypto';
import type { UndeliveredStore } from '../../domain/delivery/ports.ts';
import { orderSteps } from '../../domain/orders/steps.ts';
import { call, json } from './call.ts';
import type { Sql } from './client.ts';
import { openedSchema } from './warehouse-store.ts';

export function createUndeliveredStore(sql: Sql): UndeliveredStore {
  return {
    openReturn: ({ orderId, round }, wait, now) =>
      call(
        openedSchema,
        () => sql`select kassa.open_return(${orderId}, ${round}, ${randomUUID()},
          ${json(wait)}::text::jsonb, ${now}) as result`,
      ),
    unpackOrder: ({ orderId, generation }, now) =>
      call(
        orderSteps['unpack-order'].output,
        () => sql`select kassa.unpack_order(${orderId}, ${generation}, ${now}) as result`,
      ),
    closeUndelivered: ({ orderId, generation }, result, now) =>
      call(
        orderSteps['close-undelivered'].output,
        () => sql`select kassa.close_undelivered(${orderId}, ${generation},
          ${json(result)}::text::jsonb, ${now}) as result`,
      ),
    recordOverdue: ({ orderId, generation, wait, round }, now) =>
      call(
        orderSteps['record-overdue'].output,
        () => sql`select kassa.record_overdue(${orderId}, ${generation}, ${wait}, ${round},
          ${now}) as result`,
      ),
  };
}
