import * as z from 'zod';
import { checkoutBodySchema } from '../orders/checkout.ts';
import { orderEventTypeSchema } from '../orders/events.ts';
import { orderStatusSchema } from '../orders/status.ts';
import { paymentStatusSchema } from '../payments/status.ts';
import { orderIdSchema, skuSchema } from '../shared/ids.ts';
import { moneySchema } from '../shared/money.ts';
import { type Operation, pageLimitSchema, reasonSchema } from './operation.ts';

export const orderBodySchema = z.strictObject({
  orderId: orderIdSchema,
  status: orderStatusSchema,
  paymentStatus: paymentStatusSchema,
  total: moneySchema,
  itemsTotal: moneySchema,
  shippingTotal: moneySchema,
  capturedAmount: moneySchema,
  /** Absent where nothing was ever refunded. */
  refundedAmount: moneySchema.optional(),
  lines: z.array(
    z.strictObject({
      sku: skuSchema,
      name: z.string(),
      quantity: z.int().min(1),
      unitPrice: moneySchema,
    }),
  ),
  /** What went into the parcel; absent until the order was packed. */
  packedLines: z.array(z.strictObject({ sku: skuSchema, quantity: z.int().min(1) })).optional(),
  placedAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
});

export const timelineEntrySchema = z.strictObject({
  sequence: z.int().min(1),
  type: orderEventTypeSchema,
  at: z.iso.datetime(),
  status: orderStatusSchema,
  paymentStatus: paymentStatusSchema,
});

const parameters = { orderId: orderIdSchema };

export const orderOperations = {
  checkout: {
    id: 'checkout',
    method: 'POST',
    path: '/orders',
    summary: 'Reserve the goods and make the payment',
    groups: ['customer'],
    scope: 'orders:write',
    idempotent: true,
    body: checkoutBodySchema,
    answers: {
      201: z.strictObject({
        orderId: orderIdSchema,
        total: moneySchema,
        expiresAt: z.iso.datetime(),
      }),
    },
    problems: [
      'out-of-stock',
      'total-changed',
      'idempotency-key-reused',
      'unknown-products',
      'mixed-currencies',
      'not-chargeable',
      'payment-unavailable',
      'outcome-unknown',
    ],
  },
  list: {
    id: 'listOrders',
    method: 'GET',
    path: '/orders',
    summary: 'The caller’s orders, newest first',
    groups: ['customer'],
    scope: 'orders:read',
    query: z.strictObject({ limit: pageLimitSchema, before: orderIdSchema.optional() }),
    answers: {
      200: z.strictObject({ orders: z.array(orderBodySchema), next: orderIdSchema.optional() }),
    },
    problems: [],
  },
  get: {
    id: 'getOrder',
    method: 'GET',
    path: '/orders/{orderId}',
    summary: 'One order; with the payment’s client secret for its owner while it awaits payment',
    groups: ['customer', 'operations'],
    scope: 'orders:read',
    parameters,
    answers: { 200: orderBodySchema.extend({ clientSecret: z.string().optional() }) },
    problems: ['not-found'],
  },
  timeline: {
    id: 'getTimeline',
    method: 'GET',
    path: '/orders/{orderId}/timeline',
    summary: 'What the order went through, oldest first; may be a moment behind',
    groups: ['customer', 'operations'],
    scope: 'orders:read',
    parameters,
    answers: {
      200: z.strictObject({ orderId: orderIdSchema, entries: z.array(timelineEntrySchema) }),
    },
    problems: ['not-found'],
  },
  cancel: {
    id: 'cancelOrder',
    method: 'POST',
    path: '/orders/{orderId}/cancel',
    summary: 'Cancel, until a courier has the parcel',
    groups: ['customer', 'operations'],
    scope: 'orders:write',
    parameters,
    body: z.strictObject({ reason: reasonSchema.default('') }),
    bodyOptional: true,
    answers: {
      200: z.strictObject({ orderId: orderIdSchema, status: z.literal('cancelled') }),
      /** It is packed already: the parcel is taken back, and what was captured refunded. */
      202: z.strictObject({ orderId: orderIdSchema, status: z.literal('cancelling') }),
    },
    problems: ['not-found', 'too-late-to-cancel'],
  },
} as const satisfies Record<string, Operation>;
