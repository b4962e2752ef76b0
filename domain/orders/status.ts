import { z } from 'zod';
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
] as const;
export const orderStatusSchema = z.enum(orderStatuses);
export type OrderStatus = z.infer<typeof orderStatusSchema>;

/**
 * The order's status is the arbiter between payment, expiry and cancellation: each of them is one conditional
 * write from one of the statuses that allow it, and the loser undoes its own side.
 * `expired → authorised` is the arbiter's one way back: money came, was not being voided, and the goods were
 * still there. `released` is a checkout that could not reach Stripe: nothing stands.
 */
export const orderTransitions: Transitions<OrderStatus> = {
  awaiting_payment: ['authorised', 'expired', 'cancelled', 'released'],
  authorised: ['confirmed', 'cancelled'],
  confirmed: ['packed', 'cancelled'],
  packed: ['out_for_delivery', 'delivered'],
  out_for_delivery: ['delivered'],
  delivered: [],
  expired: ['authorised'],
  cancelled: [],
  released: [],
};

/** Statuses in which the order holds reservations. */
export const reservingStatuses = [
  'awaiting_payment',
  'authorised',
  'confirmed',
] as const satisfies readonly OrderStatus[];

/** Statuses from which a customer or the warehouse may still cancel. */
export const cancellableStatuses = [
  'awaiting_payment',
  'authorised',
  'confirmed',
] as const satisfies readonly OrderStatus[];
