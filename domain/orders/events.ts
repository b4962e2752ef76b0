import * as z from 'zod';
import { paymentStatusSchema } from '../payments/status.ts';
import {
  correlationIdSchema,
  generationSchema,
  orderIdSchema,
  skuSchema,
  subjectSchema,
} from '../shared/ids.ts';
import { amountSchema, currencySchema } from '../shared/money.ts';
import { orderStatusSchema } from './status.ts';

/**
 * The order's whole state as every order event carries it, so that a projection keeps the highest `sequence`
 * and needs nothing else. No address and no secret is in it.
 */
export const orderStateSchema = z.strictObject({
  orderId: orderIdSchema,
  generation: generationSchema,
  customerId: subjectSchema,
  status: orderStatusSchema,
  paymentStatus: paymentStatusSchema,
  currency: currencySchema,
  itemsTotal: amountSchema,
  shippingTotal: amountSchema,
  total: amountSchema,
  capturedAmount: amountSchema,
  /** What refunds brought back so far; absent where there never was one. */
  refundedAmount: amountSchema.optional(),
  lines: z.array(
    z.strictObject({
      sku: skuSchema,
      name: z.string(),
      quantity: z.int().min(1),
      unitPrice: amountSchema,
    }),
  ),
  /** What went into the parcel, in SKU order; absent until the order was packed. */
  packedLines: z.array(z.strictObject({ sku: skuSchema, quantity: z.int().min(1) })).optional(),
  placedAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
});
export type OrderState = z.infer<typeof orderStateSchema>;

export const orderEventTypes = [
  'OrderPlaced',
  'OrderReleased',
  'PaymentDeclined',
  'OrderAuthorised',
  'OrderExpired',
  'OrderCancelled',
  'OrderConfirmed',
  'OrderPacked',
  'PaymentCaptured',
  'PaymentVoided',
  'OrderOutForDelivery',
  'OrderDelivered',
  /** Pieces the order was promised are not there: at a count, or at the shelf. What becomes of it follows at the pick. */
  'OrderShort',
  'OrderReturning',
  'OrderReturned',
  'OrderLost',
  'RefundRequested',
  'RefundSucceeded',
  'RefundFailed',
  'DisputeOpened',
  'DisputeClosed',
  /** The card's authorisation ends within a day and the order is not packed yet. */
  'AuthorisationEnding',
] as const;
export const orderEventTypeSchema = z.enum(orderEventTypes);
export type OrderEventType = z.infer<typeof orderEventTypeSchema>;

/** EventBridge `source` and `detail-type` of these events are `kassa.orders` and the event's type. */
export const orderEventSource = 'kassa.orders';

/** An event as it stands in the outbox and in EventBridge's `detail`. */
export const orderEventSchema = z.strictObject({
  eventId: z.uuid(),
  type: orderEventTypeSchema,
  version: z.literal(1),
  aggregate: z.literal('order'),
  aggregateId: orderIdSchema,
  /** Rises by one with every event of the aggregate, taken under the row's lock. */
  sequence: z.int().min(1),
  occurredAt: z.iso.datetime(),
  correlationId: correlationIdSchema,
  state: orderStateSchema,
});
export type OrderEvent = z.infer<typeof orderEventSchema>;
