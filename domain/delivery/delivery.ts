import * as z from 'zod';
import { addressSchema } from '../orders/checkout.ts';
import { deliveryFailureReasonSchema } from '../orders/steps.ts';
import {
  correlationIdSchema,
  generationSchema,
  orderIdSchema,
  subjectSchema,
} from '../shared/ids.ts';
import { type DeliveryStatus, deliveryStatusSchema } from './status.ts';

export const deliveryIdSchema = z
  .string()
  .regex(/^[0-9a-f-]{36}\.[1-3]$/, 'must be a delivery id: order id, a dot, the attempt')
  .brand<'DeliveryId'>();
export type DeliveryId = z.infer<typeof deliveryIdSchema>;

/** A delivery attempt as it lies in DynamoDB. */
export const deliverySchema = z.strictObject({
  deliveryId: deliveryIdSchema,
  orderId: orderIdSchema,
  generation: generationSchema,
  attempt: z.int().min(1).max(3),
  status: deliveryStatusSchema,
  courierId: subjectSchema.nullable(),
  /** Of a `failed` one alone. */
  reason: deliveryFailureReasonSchema.optional(),
  address: addressSchema,
  /** Rises by one with every change. */
  sequence: z.int().min(1),
  openedAt: z.iso.datetime(),
  changedAt: z.iso.datetime(),
  correlationId: correlationIdSchema,
});
export type Delivery = z.infer<typeof deliverySchema>;

export const deliveryEventSource = 'kassa.delivery';
export const deliveryEventTypes = {
  ready: 'DeliveryOpened',
  accepted: 'DeliveryAccepted',
  delivered: 'DeliveryDelivered',
  failed: 'DeliveryFailed',
  lost: 'DeliveryLost',
  withdrawn: 'DeliveryWithdrawn',
} as const satisfies Record<DeliveryStatus, string>;

/** The state an event carries: the delivery without the address. */
export const deliveryEventSchema = z.strictObject({
  /** Deterministic: the delivery id and sequence, so that a stream record seen twice makes the same event. */
  eventId: z.string().max(80),
  type: z.enum(deliveryEventTypes),
  version: z.literal(1),
  aggregate: z.literal('delivery'),
  aggregateId: deliveryIdSchema,
  sequence: z.int().min(1),
  occurredAt: z.iso.datetime(),
  correlationId: correlationIdSchema,
  state: deliverySchema.omit({ address: true }),
});
export type DeliveryEvent = z.infer<typeof deliveryEventSchema>;
