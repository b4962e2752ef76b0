import * as z from 'zod';
import { orderIdSchema, skuSchema } from '../../domain/shared/ids.ts';
import type { StockStore } from '../../domain/stock/ports.ts';
import { warehouseTaskStatusSchema } from '../../domain/stock/status.ts';
import { call, json } from './call.ts';
import type { Sql } from './client.ts';
import { mismatchSchema, taskSchema } from './warehouse-store.ts';

const levelSchema = z.strictObject({
  sku: skuSchema,
  name: z.string(),
  onHand: z.int().min(0),
  reserved: z.int().min(0),
});

const refusals = [
  z.strictObject({ outcome: z.literal('unknown_sku'), skus: z.array(skuSchema) }),
  z.strictObject({ outcome: z.literal('key_reused') }),
] as const;

const receiveSchema = z.discriminatedUnion('outcome', [
  z.strictObject({ outcome: z.literal('received'), levels: z.array(levelSchema) }),
  ...refusals,
]);

const correctSchema = z.discriminatedUnion('outcome', [
  z.strictObject({
    outcome: z.literal('corrected'),
    level: levelSchema,
    cancelledOrders: z.array(orderIdSchema),
    shortOrders: z.array(orderIdSchema),
  }),
  ...refusals,
]);

const returnSchema = z.discriminatedUnion('outcome', [
  z.strictObject({ outcome: z.literal('received') }),
  mismatchSchema,
  z.strictObject({ outcome: z.literal('closed'), status: warehouseTaskStatusSchema }),
  z.strictObject({ outcome: z.literal('not_found') }),
]);

export function createStockStore(sql: Sql): StockStore {
  return {
    receiveGoods: (lines, { subject, reason, key }, now) =>
      call(
        receiveSchema,
        () => sql`select kassa.receive_goods(${json(lines)}::text::jsonb, ${subject}, ${reason},
          ${key}, ${now}) as result`,
      ),
    correctStock: (sku, counted, { subject, reason, key }, now) =>
      call(
        correctSchema,
        () => sql`select kassa.correct_stock(${sku}, ${counted}, ${subject}, ${reason}, ${key},
          ${now}) as result`,
      ),
    stock: ({ sku, after, limit }) =>
      call(
        z.array(levelSchema),
        () => sql`select kassa.list_stock(${sku ?? null}, ${after ?? null}, ${limit}) as result`,
      ),
    returns: ({ limit, after }) =>
      call(
        z.array(taskSchema),
        () => sql`select kassa.list_returns(${limit}, ${after ?? null}) as result`,
      ),
    receiveReturn: (taskId, worker, lines, now) =>
      call(
        returnSchema,
        () => sql`select kassa.receive_return(${taskId}, ${worker}, ${json(lines)}::text::jsonb,
          ${now}) as result`,
      ),
  };
}
