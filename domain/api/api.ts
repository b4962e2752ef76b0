import * as z from 'zod';
import { accessOperations } from './access.ts';
import { courierOperations } from './courier.ts';
import type { Operation } from './operation.ts';
import { operationsOperations } from './operations.ts';
import { orderOperations } from './orders.ts';
import { warehouseOperations } from './warehouse.ts';

/** What nobody signs in for. */
const openOperations = {
  stripeWebhook: {
    id: 'stripeWebhook',
    method: 'POST',
    path: '/webhooks/stripe',
    summary: 'Stripe’s events, signed; answered 200 only once they are kept',
    groups: [],
    body: z.looseObject({ id: z.string(), type: z.string() }),
    answers: { 200: z.strictObject({ received: z.literal(true) }) },
    problems: ['signature-invalid', 'event-unreadable'],
  },
  health: {
    id: 'health',
    method: 'GET',
    path: '/health',
    summary: 'Whether API Gateway answers; no function is asked',
    groups: [],
    answers: { 200: z.strictObject({ status: z.literal('ok') }) },
    problems: [],
  },
} as const satisfies Record<string, Operation>;

/** Every call of the REST API, by who it is for. */
export const apiOperations: Readonly<Record<string, readonly Operation[]>> = {
  orders: Object.values(orderOperations),
  warehouse: Object.values(warehouseOperations),
  courier: Object.values(courierOperations),
  operations: Object.values(operationsOperations),
  access: Object.values(accessOperations),
  open: Object.values(openOperations),
};
