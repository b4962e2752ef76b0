import * as z from 'zod';
import type { Transitions } from '../shared/transitions.ts';

export const paymentStatuses = [
  'pending',
  'intent_unknown',
  'requires_payment',
  'authorised',
  'voiding',
  'voided',
  'captured',
] as const;
export const paymentStatusSchema = z.enum(paymentStatuses);
export type PaymentStatus = z.infer<typeof paymentStatusSchema>;

/**
 * `pending`: no PaymentIntent recorded. `intent_unknown`: Stripe did not answer, so one may exist.
 * `voiding` is marked before the intent is canceled and is never revived. `voided` without ever having been
 * `voiding` is Stripe's own cancellation, or a checkout that made no intent.
 */
export const paymentTransitions: Transitions<PaymentStatus> = {
  pending: ['requires_payment', 'intent_unknown', 'voiding', 'voided'],
  intent_unknown: ['voiding', 'voided'],
  requires_payment: ['authorised', 'voiding', 'voided'],
  authorised: ['voiding', 'captured', 'voided'],
  voiding: ['voided'],
  voided: [],
  captured: [],
};

export const refundStatuses = ['requested', 'pending', 'succeeded', 'failed'] as const;
export const refundStatusSchema = z.enum(refundStatuses);
export type RefundStatus = z.infer<typeof refundStatusSchema>;

/** `requested` is not known at Stripe yet. A bank may send back what had succeeded. */
export const refundTransitions: Transitions<RefundStatus> = {
  requested: ['pending', 'succeeded', 'failed'],
  pending: ['succeeded', 'failed'],
  succeeded: ['failed'],
  failed: [],
};
