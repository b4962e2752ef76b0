import * as z from 'zod';

/** Every id of ours is a UUID in lower case; version 7 where the order of making matters. */
const uuid = z
  .string()
  .regex(
    /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/,
    'must be a lower-case UUID',
  );

export const orderIdSchema = uuid.brand<'OrderId'>();
export type OrderId = z.infer<typeof orderIdSchema>;

export const addressIdSchema = uuid.brand<'AddressId'>();
export type AddressId = z.infer<typeof addressIdSchema>;

export const warehouseTaskIdSchema = uuid.brand<'WarehouseTaskId'>();
export type WarehouseTaskId = z.infer<typeof warehouseTaskIdSchema>;

export const refundIdSchema = uuid.brand<'RefundId'>();
export type RefundId = z.infer<typeof refundIdSchema>;

/** The `sub` of the token the caller carried: customer, warehouse worker or courier. */
export const subjectSchema = z
  .string()
  .regex(/^[A-Za-z0-9_.:@|-]{1,128}$/)
  .brand<'Subject'>();
export type Subject = z.infer<typeof subjectSchema>;

export const skuSchema = z
  .string()
  .regex(/^[A-Z0-9][A-Z0-9-]{1,39}$/, 'must be a SKU: 2 to 40 capital letters, digits and hyphens')
  .brand<'Sku'>();
export type Sku = z.infer<typeof skuSchema>;

/** Stripe's PaymentIntent id. */
export const paymentIntentIdSchema = z
  .string()
  .regex(/^pi_[A-Za-z0-9_]{1,250}$/)
  .brand<'PaymentIntentId'>();
export type PaymentIntentId = z.infer<typeof paymentIntentIdSchema>;

/** Stripe's refund id; `re_` or, for some payment methods, `pyr_`. */
export const stripeRefundIdSchema = z.string().regex(/^(re|pyr)_[A-Za-z0-9_]{1,250}$/);

/** Ties together everything one request of a client caused, in logs and events. */
export const correlationIdSchema = z.string().regex(/^[A-Za-z0-9_.:-]{1,128}$/);

/** Counts the PaymentIntents of an order; it rises only once the older intent is canceled. */
export const generationSchema = z.int().min(1).max(1000);

/** Counts the executions started for one generation of an order. */
export const runSchema = z.int().min(1).max(1000);

/** An execution's name: unique for 90 days at Step Functions, at most 80 characters. */
export function executionName(orderId: OrderId, generation: number, run: number): string {
  return `${orderId}.${generation}.${run}`;
}

/** The name of the `settlement` execution that makes a refund. */
export function refundExecutionName(refundId: RefundId, run: number): string {
  return `${refundId}.${run}`;
}

/** The idempotency key of the PaymentIntent of one generation of an order. */
export function intentKey(orderId: OrderId, generation: number): string {
  return `${orderId}.${generation}`;
}
