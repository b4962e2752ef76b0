import type * as z from 'zod';
import { type commandAnswerSchema, courierOperations } from '../../domain/api/courier.ts';
import type { Delivery } from '../../domain/delivery/delivery.ts';
import type { Route } from '../shared/http/api.ts';
import { requireGroup } from '../shared/http/caller.ts';
import { readQuery } from '../shared/http/schema.ts';
import type { Dependencies } from './dependencies.ts';

/** `GET /courier/deliveries`: those nobody has accepted, oldest first, or those the caller has with them. */
export const listDeliveries: Route<Dependencies> = async (dependencies, request) => {
  const { subject } = requireGroup(request, 'courier');
  const { mine, limit, after } = readQuery(request, courierOperations.list.query);
  const page = await dependencies.deliveries.list({
    limit,
    ...(mine === 'true' ? { courierId: subject } : {}),
    ...(after === undefined ? {} : { cursor: after }),
  });
  return {
    status: 200,
    body: {
      deliveries: page.deliveries.map(deliveryBody),
      ...(page.cursor === undefined
        ? {}
        : { next: Buffer.from(page.cursor).toString('base64url') }),
    },
  };
};

export function commandAnswer(delivery: Delivery): z.infer<typeof commandAnswerSchema> {
  const { deliveryId, status, reason, changedAt } = delivery;
  return { deliveryId, status, ...(reason === undefined ? {} : { reason }), changedAt };
}

function deliveryBody(delivery: Delivery) {
  const { deliveryId, orderId, attempt, status, address, openedAt, changedAt } = delivery;
  return { deliveryId, orderId, attempt, status, address, openedAt, changedAt };
}
