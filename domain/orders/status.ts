import * as z from 'zod';
import type { Transitions } from '../shared/transitions.ts';

export const orderStatuses = [
  'awaiting_payment',
  'authorised',
  'confirmed',
  'packed',
  'out_for_delivery',
  'delivered',
  'expired',
  'cancelled',
  'released',
  'returning',
  'returned',
  'lost',
] as const;
export const orderStatusSchema = z.enum(orderStatuses);
export type OrderStatus = z.infer<typeof orderStatusSchema>;

/**
 * The order's status is the arbiter between payment, expiry and cancellation: each of them is one conditional
 * write from one of the statuses that allow it, and the loser undoes its own side.
 * `expired → authorised` is the arbiter's one way back: money came, was not being voided, and the goods were
 * still there. `released` is a checkout that could not reach Stripe: nothing stands.
 * A packed parcel comes undone in one of four ways: `cancelled` before a courier has it, `returning` then `returned`
 * after its last failed attempt, `lost`. A failed attempt that has another to come leaves the status as it is.
 */
export const orderTransitions: Transitions<OrderStatus> = {
  awaiting_payment: ['authorised', 'expired', 'cancelled', 'released'],
  authorised: ['confirmed', 'cancelled'],
  confirmed: ['packed', 'cancelled'],
  packed: ['out_for_delivery', 'delivered', 'cancelled', 'returning', 'lost'],
  out_for_delivery: ['delivered', 'returning', 'lost'],
  delivered: [],
  expired: ['authorised'],
  cancelled: [],
  released: [],
  returning: ['returned', 'lost'],
  returned: [],
  lost: [],
};

/** Statuses in which the order holds reservations. */
export const reservingStatuses = [
  'awaiting_payment',
  'authorised',
  'confirmed',
] as const satisfies readonly OrderStatus[];

/**
 * Statuses from which one write cancels. A `packed` order is cancelled too, but only once its parcel is known to be
 * with nobody (`close-undelivered`, `unpack-order`).
 */
export const cancellableStatuses = [
  'awaiting_payment',
  'authorised',
  'confirmed',
] as const satisfies readonly OrderStatus[];
