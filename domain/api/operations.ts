import * as z from 'zod';
import { deliveryOutcomeSchema, returnOutcomeSchema } from '../orders/steps.ts';
import { refundStatusSchema } from '../payments/status.ts';
import {
  generationSchema,
  orderIdSchema,
  paymentIntentIdSchema,
  refundIdSchema,
  skuSchema,
  subjectSchema,
} from '../shared/ids.ts';
import { mailboxStepSchema } from '../shared/mailbox.ts';
import { amountSchema, moneySchema } from '../shared/money.ts';
import { type Operation, pageLimitSchema, reasonSchema } from './operation.ts';
import { orderBodySchema, timelineEntrySchema } from './orders.ts';

const foundOrderSchema = orderBodySchema.extend({ customerId: subjectSchema });

const refundSchema = z.strictObject({
  refundId: refundIdSchema,
  orderId: orderIdSchema,
  amount: moneySchema,
  status: refundStatusSchema,
  reason: z.string(),
  /** A subject, `kassa` for the machines, `stripe` for the dashboard. */
  requestedBy: z.string(),
  requestedAt: z.iso.datetime(),
  failureReason: z.string().nullable(),
});

const findingIdSchema = z.string().regex(/^[1-9][0-9]{0,17}$/, 'must be the id of a finding');

const findingSchema = z.strictObject({
  findingId: findingIdSchema,
  kind: z.string(),
  orderId: orderIdSchema.nullable(),
  generation: generationSchema.nullable(),
  detail: z.unknown(),
  at: z.iso.datetime(),
  resolvedAt: z.iso.datetime().nullable(),
  resolvedBy: z.string().nullable(),
  resolution: z.string().nullable(),
});

/** A round in the path. */
const roundSchema = z
  .string()
  .regex(/^[1-9][0-9]{0,3}$/)
  .transform(Number)
  .pipe(generationSchema);

const cancelledSchema = z.strictObject({ outcome: z.literal('cancelled') });

/** What each wait may be ended with: nothing that would say money came, or goods were packed, that nobody saw. */
export const waitEndings = {
  payment: cancelledSchema,
  pick: cancelledSchema,
  delivery: z.discriminatedUnion('outcome', [
    deliveryOutcomeSchema.options[0],
    deliveryOutcomeSchema.options[1],
    deliveryOutcomeSchema.options[2],
  ]),
  return: returnOutcomeSchema,
} as const;

const common = { groups: ['operations'] } as const;
const parameters = { orderId: orderIdSchema };

export const operationsOperations = {
  search: {
    ...common,
    id: 'findOrders',
    method: 'GET',
    path: '/operations/orders',
    summary: 'Orders by exactly one of order id, PaymentIntent, SKU or customer, newest first',
    query: z.strictObject({
      orderId: orderIdSchema.optional(),
      paymentIntentId: paymentIntentIdSchema.optional(),
      sku: skuSchema.optional(),
      customerId: subjectSchema.optional(),
      limit: pageLimitSchema,
      before: orderIdSchema.optional(),
    }),
    answers: {
      200: z.strictObject({ orders: z.array(foundOrderSchema), next: orderIdSchema.optional() }),
    },
    problems: [],
  },
  get: {
    ...common,
    id: 'inspectOrder',
    method: 'GET',
    path: '/operations/orders/{orderId}',
    summary: 'All there is about an order: its state, timeline, refunds and findings',
    parameters,
    answers: {
      200: z.strictObject({
        order: foundOrderSchema,
        timeline: z.array(timelineEntrySchema),
        refunds: z.array(refundSchema),
        findings: z.array(findingSchema),
      }),
    },
    problems: ['not-found'],
  },
  refund: {
    ...common,
    id: 'refundOrder',
    method: 'POST',
    path: '/operations/orders/{orderId}/refunds',
    summary: 'Give captured money back, all that is left of it where no amount is named',
    parameters,
    idempotent: true,
    body: z.strictObject({
      /** Minor units of the order’s currency. */
      amount: amountSchema.min(1).optional(),
      reason: reasonSchema.min(1),
    }),
    answers: { 202: z.strictObject({ refund: refundSchema }) },
    problems: ['not-found', 'not-captured', 'refund-too-much', 'idempotency-key-reused'],
  },
  endWait: {
    ...common,
    id: 'endWait',
    method: 'POST',
    path: '/operations/orders/{orderId}/waits/{step}/{round}/end',
    summary: 'End a wait that nobody else will end, with an outcome its step allows',
    parameters: { ...parameters, step: mailboxStepSchema, round: roundSchema },
    body: z.strictObject({
      outcome: z.union([waitEndings.pick, waitEndings.delivery, waitEndings.return]),
      reason: reasonSchema.min(1),
    }),
    answers: {
      200: z.strictObject({
        orderId: orderIdSchema,
        step: mailboxStepSchema,
        round: generationSchema,
        status: z.literal('ended'),
      }),
    },
    problems: ['not-found', 'wait-not-open', 'wait-ended', 'wrong-quantities'],
  },
  findings: {
    ...common,
    id: 'listFindings',
    method: 'GET',
    path: '/operations/findings',
    summary: 'What a person must look at, newest first',
    query: z.strictObject({
      open: z.enum(['true', 'false']).default('true'),
      orderId: orderIdSchema.optional(),
      limit: pageLimitSchema,
      before: findingIdSchema.optional(),
    }),
    answers: {
      200: z.strictObject({
        findings: z.array(findingSchema),
        next: findingIdSchema.optional(),
      }),
    },
    problems: [],
  },
  resolve: {
    ...common,
    id: 'resolveFinding',
    method: 'POST',
    path: '/operations/findings/{findingId}/resolve',
    summary: 'Somebody looked at it; the note says what was done',
    parameters: { findingId: findingIdSchema },
    body: z.strictObject({ note: reasonSchema.min(1) }),
    answers: {
      200: z.strictObject({ findingId: findingIdSchema, status: z.literal('resolved') }),
    },
    problems: ['not-found'],
  },
} as const satisfies Record<string, Operation>;
