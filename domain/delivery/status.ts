import * as z from 'zod';
import type { Transitions } from '../shared/transitions.ts';

export const deliveryStatuses = [
  'ready',
  'accepted',
  'delivered',
  'failed',
  'lost',
  'withdrawn',
] as const;
export const deliveryStatusSchema = z.enum(deliveryStatuses);
export type DeliveryStatus = z.infer<typeof deliveryStatusSchema>;

/**
 * `ready` waits for a courier; accepting is the handover of the parcel. From `ready` it may still be `withdrawn`, and
 * whichever of the two conditional writes comes first decides whether the customer's cancellation is in time.
 */
export const deliveryTransitions: Transitions<DeliveryStatus> = {
  ready: ['accepted', 'withdrawn'],
  accepted: ['delivered', 'failed', 'lost'],
  delivered: [],
  failed: [],
  lost: [],
  withdrawn: [],
};
