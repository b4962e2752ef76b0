import * as z from 'zod';
import { limits } from '../orders/checkout.ts';
import { returnedLineSchema } from '../orders/steps.ts';
import { orderIdSchema, skuSchema, subjectSchema, warehouseTaskIdSchema } from '../shared/ids.ts';
import { warehouseTaskKindSchema, warehouseTaskStatusSchema } from '../stock/status.ts';
import { type Operation, pageLimitSchema, reasonSchema } from './operation.ts';

const taskSchema = z.strictObject({
  taskId: warehouseTaskIdSchema,
  orderId: orderIdSchema,
  /** Absent means `pick`. */
  kind: warehouseTaskKindSchema.optional(),
  status: warehouseTaskStatusSchema,
  claimedBy: subjectSchema.nullable(),
  openedAt: z.iso.datetime(),
  lines: z.array(z.strictObject({ sku: skuSchema, name: z.string(), quantity: z.int().min(0) })),
});

const levelSchema = z.strictObject({
  sku: skuSchema,
  name: z.string(),
  /** Pieces on the shelf. */
  onHand: z.int().min(0),
  /** Pieces of orders that are not packed yet; what may be sold is the difference. */
  reserved: z.int().min(0),
});

const pieces = (least: number) => z.int().min(least).max(1_000_000);
const pickedSchema = z.strictObject({
  sku: skuSchema,
  quantity: z.int().min(1).max(limits.piecesPerOrder),
});

const parameters = { taskId: warehouseTaskIdSchema };
const common = { groups: ['warehouse'] } as const;

export const warehouseOperations = {
  tasks: {
    ...common,
    id: 'listTasks',
    method: 'GET',
    path: '/warehouse/tasks',
    summary: 'Open picks, oldest first, or those the caller has claimed',
    query: z.strictObject({
      mine: z.enum(['true', 'false']).default('false'),
      limit: pageLimitSchema,
      after: warehouseTaskIdSchema.optional(),
    }),
    answers: {
      200: z.strictObject({ tasks: z.array(taskSchema), next: warehouseTaskIdSchema.optional() }),
    },
    problems: [],
  },
  claim: {
    ...common,
    id: 'claimTask',
    method: 'POST',
    path: '/warehouse/tasks/{taskId}/claim',
    summary: 'Take a pick',
    parameters,
    answers: { 200: z.strictObject({ task: taskSchema }) },
    problems: ['not-found', 'task-taken', 'task-closed'],
  },
  complete: {
    ...common,
    id: 'completeTask',
    method: 'POST',
    path: '/warehouse/tasks/{taskId}/complete',
    summary: 'Report what was packed; with `missing` that the rest cannot be found',
    parameters,
    body: z
      .strictObject({
        picked: z.array(pickedSchema).max(limits.linesPerOrder),
        missing: z.boolean().default(false),
      })
      .refine((body) => body.missing || body.picked.length > 0, {
        path: ['picked'],
        message: 'must not be empty unless pieces are `missing`',
      }),
    answers: {
      200: z.strictObject({
        taskId: warehouseTaskIdSchema,
        /** `short`: too little was found for what the customer wants, and the order is cancelled. */
        status: z.enum(['packed', 'short']),
      }),
    },
    problems: ['not-found', 'wrong-quantities', 'task-not-claimed', 'task-closed'],
  },
  cancel: {
    ...common,
    id: 'cancelOrderForCause',
    method: 'POST',
    path: '/warehouse/orders/{orderId}/cancel',
    summary: 'Cancel an order that cannot be sent, and say why',
    parameters: { orderId: orderIdSchema },
    body: z.strictObject({ reason: reasonSchema.min(1) }),
    answers: { 200: z.strictObject({ orderId: orderIdSchema, status: z.literal('cancelled') }) },
    problems: ['not-found', 'too-late-to-cancel'],
  },
  stock: {
    ...common,
    id: 'listStock',
    method: 'GET',
    path: '/warehouse/stock',
    summary: 'What is on the shelf and what of it is reserved, in SKU order',
    groups: ['warehouse', 'operations'],
    query: z.strictObject({
      sku: skuSchema.optional(),
      limit: pageLimitSchema,
      after: skuSchema.optional(),
    }),
    answers: {
      200: z.strictObject({ stock: z.array(levelSchema), next: skuSchema.optional() }),
    },
    problems: [],
  },
  receive: {
    ...common,
    id: 'receiveGoods',
    method: 'POST',
    path: '/warehouse/receipts',
    summary: 'Goods arrived: all lines are booked, or none',
    idempotent: true,
    body: z.strictObject({
      lines: z
        .array(z.strictObject({ sku: skuSchema, quantity: pieces(1) }))
        .min(1)
        .max(200),
      reason: reasonSchema.min(1),
    }),
    answers: { 201: z.strictObject({ stock: z.array(levelSchema) }) },
    problems: ['unknown-products', 'idempotency-key-reused'],
  },
  correct: {
    ...common,
    id: 'correctStock',
    method: 'POST',
    path: '/warehouse/corrections',
    summary: 'Book what was counted, also where fewer pieces are there than are reserved',
    idempotent: true,
    body: z.strictObject({ sku: skuSchema, counted: pieces(0), reason: reasonSchema.min(1) }),
    answers: {
      201: z.strictObject({
        level: levelSchema,
        /** Not paid yet, and now cancelled. */
        cancelledOrders: z.array(orderIdSchema),
        /** Paid, and short of pieces at their pick. */
        shortOrders: z.array(orderIdSchema),
      }),
    },
    problems: ['unknown-products', 'idempotency-key-reused'],
  },
  returns: {
    ...common,
    id: 'listReturns',
    method: 'GET',
    path: '/warehouse/returns',
    summary: 'Parcels on their way back, oldest first',
    query: z.strictObject({ limit: pageLimitSchema, after: warehouseTaskIdSchema.optional() }),
    answers: {
      200: z.strictObject({ tasks: z.array(taskSchema), next: warehouseTaskIdSchema.optional() }),
    },
    problems: [],
  },
  returnReceived: {
    ...common,
    id: 'receiveReturn',
    method: 'POST',
    path: '/warehouse/tasks/{taskId}/return-received',
    summary: 'A parcel is back: which pieces may be sold again, and which are damaged',
    parameters,
    body: z.strictObject({ lines: z.array(returnedLineSchema).max(limits.linesPerOrder) }),
    answers: {
      200: z.strictObject({ taskId: warehouseTaskIdSchema, status: z.literal('received') }),
    },
    problems: ['not-found', 'wrong-quantities', 'task-closed'],
  },
} as const satisfies Record<string, Operation>;
