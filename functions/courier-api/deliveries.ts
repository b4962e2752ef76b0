import { z } from 'zod';
import { type Delivery, deliveryIdSchema } from '../../domain/delivery/delivery.ts';
import { deliveryStatusSchema } from '../../domain/delivery/status.ts';
import type { Route } from '../shared/http/api.ts';
import { requireGroup } from '../shared/http/caller.ts';
import { pageLimitSchema } from '../shared/http/fields.ts';
import { readQuery } from '../shared/http/schema.ts';
import type { Dependencies } from './dependencies.ts';

const cursorSchema = z
  .base64url()
  .max(200)
  .transform((text) => Buffer.from(text, 'base64url').toString('utf8'))
  .pipe(z.string().regex(/^[0-9TZ:.-]{20,30}#[0-9a-f-]{36}\.[1-3]$/, 'must be a `next` of ours'));

const pageSchema = z.strictObject({
  mine: z.enum(['true', 'false']).default('false'),
  limit: pageLimitSchema,
  after: cursorSchema.optional(),
});

/** `GET /courier/deliveries`: those nobody has accepted, oldest first, or those the caller has with them. */
export const listDeliveries: Route<Dependencies> = async (dependencies, request) => {
  const { subject } = requireGroup(request, 'courier');
  const { mine, limit, after } = readQuery(request, pageSchema);
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

/** What is kept of a command for its repeats: no address. */
export const commandAnswerSchema = z.strictObject({
  deliveryId: deliveryIdSchema,
  status: deliveryStatusSchema,
  changedAt: z.iso.datetime(),
});

export function commandAnswer(delivery: Delivery): z.infer<typeof commandAnswerSchema> {
  const { deliveryId, status, changedAt } = delivery;
  return { deliveryId, status, changedAt };
}

function deliveryBody(delivery: Delivery) {
  const { deliveryId, orderId, attempt, status, address, openedAt, changedAt } = delivery;
  return { deliveryId, orderId, attempt, status, address, openedAt, changedAt };
}
