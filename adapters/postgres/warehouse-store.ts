import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { orderIdSchema, subjectSchema, warehouseTaskIdSchema } from '../../domain/shared/ids.ts';
import type { WarehouseStore } from '../../domain/stock/ports.ts';
import { warehouseTaskKindSchema, warehouseTaskStatusSchema } from '../../domain/stock/status.ts';
import { call, json } from './call.ts';
import type { Sql } from './client.ts';

const quantity = z.int().min(1);
export const taskSchema = z.strictObject({
  taskId: warehouseTaskIdSchema,
  orderId: orderIdSchema,
  kind: warehouseTaskKindSchema,
  status: warehouseTaskStatusSchema,
  claimedBy: subjectSchema.nullable(),
  openedAt: z.iso.datetime(),
  lines: z.array(z.strictObject({ sku: z.string(), name: z.string(), quantity })),
});

const closed = z.strictObject({ outcome: z.literal('closed'), status: warehouseTaskStatusSchema });
const notFound = z.strictObject({ outcome: z.literal('not_found') });

const claimSchema = z.discriminatedUnion('outcome', [
  z.strictObject({ outcome: z.literal('claimed'), task: taskSchema }),
  z.strictObject({ outcome: z.literal('taken') }),
  closed,
  notFound,
]);

export const mismatchSchema = z.strictObject({
  outcome: z.literal('mismatch'),
  expected: z.array(z.strictObject({ sku: z.string(), quantity })),
});

const completeSchema = z.discriminatedUnion('outcome', [
  z.strictObject({ outcome: z.enum(['packed', 'short']) }),
  mismatchSchema,
  z.strictObject({ outcome: z.literal('not_yours') }),
  closed,
  notFound,
]);

export const openedSchema = z.strictObject({ taskId: warehouseTaskIdSchema, ready: z.boolean() });

export function createWarehouseStore(sql: Sql): WarehouseStore {
  return {
    openPickTask: ({ orderId, round }, wait, now) =>
      call(
        openedSchema,
        () => sql`select kassa.open_pick_task(${orderId}, ${round}, ${randomUUID()},
          ${json(wait)}::text::jsonb, ${now}) as result`,
      ),
    tasks: ({ claimedBy, limit, after }) =>
      call(
        z.array(taskSchema),
        () =>
          sql`select kassa.list_pick_tasks(${claimedBy ?? null}, ${limit}, ${after ?? null}) as result`,
      ),
    claim: (taskId, worker, now) =>
      call(
        claimSchema,
        () => sql`select kassa.claim_pick_task(${taskId}, ${worker}, ${now}) as result`,
      ),
    complete: (taskId, worker, picked, now, options) =>
      call(
        completeSchema,
        () => sql`select kassa.complete_pick_task(${taskId}, ${worker},
          ${json(picked)}::text::jsonb, ${options?.missing === true}, ${now}) as result`,
      ),
  };
}
