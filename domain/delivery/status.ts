import { z } from 'zod';
import type { Transitions } from '../shared/transitions.ts';

export const deliveryStatuses = ['ready', 'accepted', 'delivered'] as const;
export const deliveryStatusSchema = z.enum(deliveryStatuses);
export type DeliveryStatus = z.infer<typeof deliveryStatusSchema>;

/** `ready` waits for a courier; accepting is the handover of the parcel. */
export const deliveryTransitions: Transitions<DeliveryStatus> = {
  ready: ['accepted'],
  accepted: ['delivered'],
  delivered: [],
};
