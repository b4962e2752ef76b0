import * as z from 'zod';
import { deliveryIdSchema, deliverySchema } from '../delivery/delivery.ts';
import { deliveryFailureReasonSchema } from '../orders/steps.ts';
import { type Operation, pageLimitSchema } from './operation.ts';

const cursorSchema = z
  .base64url()
  .max(200)
  .transform((text) => Buffer.from(text, 'base64url').toString('utf8'))
  .pipe(z.string().regex(/^[0-9TZ:.-]{20,30}#[0-9a-f-]{36}\.[1-3]$/, 'must be a `next` of ours'));

const deliveryBodySchema = deliverySchema.pick({
  deliveryId: true,
  orderId: true,
  attempt: true,
  status: true,
  address: true,
  openedAt: true,
  changedAt: true,
});

/** What is kept of a command for its repeats: no address. */
export const commandAnswerSchema = deliverySchema.pick({
  deliveryId: true,
  status: true,
  reason: true,
  changedAt: true,
});

const command = {
  method: 'POST',
  groups: ['courier'],
  parameters: { deliveryId: deliveryIdSchema },
  answers: { 200: commandAnswerSchema },
  problems: ['not-found', 'delivery-taken', 'delivery-not-now', 'command-in-progress'],
} as const;

export const courierOperations = {
  list: {
    id: 'listDeliveries',
    method: 'GET',
    path: '/courier/deliveries',
    summary: 'Parcels nobody has accepted, oldest first, or those the caller has with them',
    groups: ['courier'],
    query: z.strictObject({
      mine: z.enum(['true', 'false']).default('false'),
      limit: pageLimitSchema,
      after: cursorSchema.optional(),
    }),
    answers: {
      200: z.strictObject({
        deliveries: z.array(deliveryBodySchema),
        next: z.base64url().optional(),
      }),
    },
    problems: [],
  },
  accept: {
    ...command,
    id: 'acceptDelivery',
    path: '/courier/deliveries/{deliveryId}/accept',
    summary: 'Take the parcel: from now on it cannot be cancelled',
  },
  delivered: {
    ...command,
    id: 'reportDelivered',
    path: '/courier/deliveries/{deliveryId}/delivered',
    summary: 'The customer has the parcel',
  },
  failed: {
    ...command,
    id: 'reportFailed',
    path: '/courier/deliveries/{deliveryId}/failed',
    summary: 'The parcel could not be handed over; up to three attempts are made',
    body: z.strictObject({ reason: deliveryFailureReasonSchema }),
  },
  lost: {
    ...command,
    id: 'reportLost',
    path: '/courier/deliveries/{deliveryId}/lost',
    summary: 'The parcel is gone',
  },
} as const satisfies Record<string, Operation>;
