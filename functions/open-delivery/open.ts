import type * as z from 'zod';
import { type Delivery, deliveryIdSchema } from '../../domain/delivery/delivery.ts';
import type { Address } from '../../domain/orders/checkout.ts';
import type { waitSteps } from '../../domain/orders/steps.ts';

type Input = z.infer<(typeof waitSteps)['open-delivery']['input']>;

/** The delivery of this attempt as it begins. The same attempt always has the same id. */
export function newDelivery(input: Input, address: Address, now: Date): Delivery {
  const { orderId, generation, attempt, correlationId } = input;
  return {
    deliveryId: deliveryIdSchema.parse(`${orderId}.${attempt}`),
    orderId,
    generation,
    attempt,
    status: 'ready',
    courierId: null,
    address,
    sequence: 1,
    openedAt: now.toISOString(),
    changedAt: now.toISOString(),
    correlationId,
  };
}
