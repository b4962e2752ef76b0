import * as z from 'zod';
import { productSchema } from '../catalogue/product.ts';
import {
  addressIdSchema,
  correlationIdSchema,
  generationSchema,
  orderIdSchema,
  paymentIntentIdSchema,
  refundIdSchema,
  runSchema,
  skuSchema,
  stripeRefundIdSchema,
  subjectSchema,
} from '../shared/ids.ts';
import { mailboxStepSchema, waitSchema } from '../shared/mailbox.ts';
import { amountSchema, currencySchema, moneySchema } from '../shared/money.ts';
import { cartLineSchema, idempotencyKeySchema, limits, shortagePolicySchema } from './checkout.ts';

/**
 * What the order machines pass to their Lambdas and get back; the key is the Lambda's folder in functions/.
 * Only ids and amounts travel: no address, and of secrets only `clientSecret`, from one checkout step to the next.
 */

const order = { orderId: orderIdSchema, generation: generationSchema };

export const shortageSchema = z.strictObject({
  sku: skuSchema,
  requested: z.int().min(1),
  available: z.int().min(0),
});

const pricedLineSchema = z.strictObject({
  sku: skuSchema,
  name: productSchema.shape.name,
  quantity: z.int().min(1),
  unitPrice: amountSchema,
  weight: productSchema.shape.weight,
});

export const pricedCartSchema = z.strictObject({
  currency: currencySchema,
  lines: z.array(pricedLineSchema).min(1).max(limits.linesPerOrder),
  itemsTotal: amountSchema,
  shippingTotal: amountSchema,
  total: amountSchema,
});

/** Input of the `checkout` machine. `orderId` is the candidate: an older request with the same key keeps its own. */
export const checkoutInputSchema = z.strictObject({
  orderId: orderIdSchema,
  customerId: subjectSchema,
  idempotencyKey: idempotencyKeySchema,
  /** SHA-256 of the canonical request body, hexadecimal. */
  bodyHash: z.string().regex(/^[0-9a-f]{64}$/),
  items: z.array(cartLineSchema).min(1).max(limits.linesPerOrder),
  addressId: addressIdSchema,
  shortagePolicy: shortagePolicySchema,
  expectedTotal: moneySchema.optional(),
  correlationId: correlationIdSchema,
});

const refusals = [
  z.strictObject({ outcome: z.literal('unknown_sku'), skus: z.array(skuSchema) }),
  z.strictObject({ outcome: z.literal('mixed_currencies'), currencies: z.array(currencySchema) }),
  z.strictObject({
    outcome: z.literal('not_chargeable'),
    total: moneySchema,
    reason: z.enum(['below_minimum', 'above_maximum', 'not_a_multiple']),
    limit: amountSchema,
  }),
  z.strictObject({ outcome: z.literal('total_changed'), total: moneySchema }),
] as const;

const placedSchema = z.strictObject({
  outcome: z.enum(['placed', 'existing']),
  ...order,
  total: amountSchema,
  currency: currencySchema,
  expiresAt: z.iso.datetime(),
  /** The order's own, which an older request with the same key may have set. */
  correlationId: correlationIdSchema,
  /** Whether a PaymentIntent is already on record: then the checkout has nothing more to do. */
  intentRecorded: z.boolean(),
});

export const shortSchema = z.strictObject({
  outcome: z.literal('short'),
  shortages: z.array(shortageSchema).min(1),
});

/** The same idempotency key came before with another body. */
export const keyReusedSchema = z.strictObject({ outcome: z.literal('key_reused') });

/**
 * Output of the `checkout` machine, what `POST /orders` answers from. `unavailable`: Stripe could not be
 * reached and nothing stands, the same key may try again.
 */
export const checkoutOutputSchema = z.discriminatedUnion('outcome', [
  ...refusals,
  shortSchema,
  keyReusedSchema,
  z.strictObject({ outcome: z.literal('unavailable') }),
  z.strictObject({
    outcome: z.literal('placed'),
    ...order,
    total: amountSchema,
    currency: currencySchema,
    expiresAt: z.iso.datetime(),
  }),
]);
export type CheckoutOutput = z.infer<typeof checkoutOutputSchema>;

/** Input of `payment` and `fulfilment`. Byte-stable: no time in it. */
export const executionInputSchema = z.strictObject({
  ...order,
  run: runSchema,
  correlationId: correlationIdSchema,
});

/**
 * Input of `settlement`: without `kind` it voids. A refund carries what `refund-payment` needs, all of it fixed when
 * the refund was requested.
 */
export const settlementInputSchema = z.strictObject({
  ...order,
  run: runSchema,
  correlationId: correlationIdSchema,
  kind: z.enum(['void', 'refund']).optional(),
  refundId: refundIdSchema.optional(),
  paymentIntentId: paymentIntentIdSchema.optional(),
  amount: amountSchema.optional(),
  currency: currencySchema.optional(),
});

const step = { ...order, correlationId: correlationIdSchema };

/** A parcel's pieces of one SKU as they came back; what is in neither count did not come back. */
export const returnedLineSchema = z.strictObject({
  sku: skuSchema,
  good: z.int().min(0),
  damaged: z.int().min(0),
});
export type ReturnedLine = z.infer<typeof returnedLineSchema>;

/** How a parcel ended that did not stay with the customer. */
export const undeliveredSchema = z.discriminatedUnion('outcome', [
  /** No courier ever had it: every piece goes back on the shelf. */
  z.strictObject({ outcome: z.literal('withdrawn') }),
  z.strictObject({
    outcome: z.literal('returned'),
    lines: z.array(returnedLineSchema).max(limits.linesPerOrder),
  }),
  z.strictObject({ outcome: z.literal('lost') }),
]);
export type Undelivered = z.infer<typeof undeliveredSchema>;

export const orderSteps = {
  'price-cart': {
    input: checkoutInputSchema.pick({ items: true, expectedTotal: true, correlationId: true }),
    output: z.discriminatedUnion('outcome', [
      ...refusals,
      z.strictObject({ outcome: z.literal('priced'), cart: pricedCartSchema }),
    ]),
  },
  'place-order': {
    input: checkoutInputSchema
      .omit({ items: true, expectedTotal: true })
      .extend({ cart: pricedCartSchema }),
    output: z.discriminatedUnion('outcome', [placedSchema, shortSchema, keyReusedSchema]),
  },
  'record-intent': {
    input: z.strictObject({
      ...step,
      paymentIntentId: paymentIntentIdSchema,
      clientSecret: z.string().min(1).max(500),
    }),
    /** `superseded`: the order was released, expired or cancelled meanwhile; the intent must be canceled. */
    output: z.strictObject({ outcome: z.enum(['recorded', 'superseded']) }),
  },
  'release-order': {
    /** `intentUnknown`: the call to Stripe timed out, so an intent may exist that nobody recorded. */
    input: z.strictObject({ ...step, intentUnknown: z.boolean() }),
    /** `intent_recorded`: another request with the same key got through; the order stands. */
    output: z.strictObject({ outcome: z.enum(['released', 'intent_recorded']) }),
  },
  'confirm-order': {
    input: z.strictObject(step),
    output: z.strictObject({ outcome: z.enum(['confirmed', 'lost']) }),
  },
  'complete-order': {
    input: z.strictObject(step),
    output: z.strictObject({ outcome: z.literal('completed') }),
  },
  /**
   * The capture was refused for good, or Stripe canceled the intent after packing: `packed` → `cancelled`, every
   * piece back on the shelf. The payment is then voided like any other.
   */
  'unpack-order': {
    input: z.strictObject(step),
    output: z.strictObject({ outcome: z.literal('unpacked') }),
  },
  /**
   * Ends an order whose parcel did not stay with the customer: `withdrawn` → `cancelled`, `returned` → `returned`,
   * `lost` → `lost`, with what happens to the pieces, and a refund of all that is captured and not refunded yet.
   * The outbox starts `settlement` for the refund; the caller has nothing more to do.
   */
  'close-undelivered': {
    input: z.strictObject({ ...step, result: undeliveredSchema }),
    /** Null where there was nothing to give back. */
    output: z.strictObject({
      outcome: z.literal('closed'),
      refundId: refundIdSchema.nullable(),
    }),
  },
  /** A wait took longer than it should. `already`: it is an open finding. */
  'record-overdue': {
    input: z.strictObject({ ...step, wait: mailboxStepSchema, round: generationSchema }),
    output: z.strictObject({ outcome: z.enum(['recorded', 'already']) }),
  },
  /** Keeps for people what a machine could not undo: a durable row, and a metric with an alarm. */
  'record-finding': {
    input: z.strictObject({
      ...step,
      machine: z.enum(['checkout', 'payment', 'fulfilment', 'settlement']),
      state: z.string().max(80),
      error: z.string().max(256),
      /** The beginning of the error's `Cause`. Of it only the fault's code is kept: the rest may quote anything. */
      cause: z.string().max(1000).optional(),
    }),
    output: z.strictObject({ outcome: z.literal('recorded') }),
  },
} as const;

/** What the order's `payment` round may end with. */
export const paymentOutcomeSchema = z.strictObject({
  outcome: z.enum(['authorised', 'expired', 'cancelled', 'intent_canceled']),
});

/** What the warehouse's pick may end with; `captureAmount` is what was packed, shipping and all, in minor units. */
export const pickOutcomeSchema = z.discriminatedUnion('outcome', [
  z.strictObject({
    outcome: z.literal('packed'),
    paymentIntentId: paymentIntentIdSchema,
    captureAmount: amountSchema,
    currency: currencySchema,
  }),
  /** Too little was found for what the customer wants: the order is cancelled, its payment to be voided. */
  z.strictObject({ outcome: z.literal('short') }),
  z.strictObject({ outcome: z.literal('cancelled') }),
]);
export type PickOutcome = z.infer<typeof pickOutcomeSchema>;

export const deliveryFailureReasonSchema = z.enum([
  'nobody_home',
  'address_unknown',
  'refused',
  'other',
]);
export type DeliveryFailureReason = z.infer<typeof deliveryFailureReasonSchema>;

/** What a delivery attempt may end with. `withdrawn`: cancelled before a courier accepted it. */
export const deliveryOutcomeSchema = z.discriminatedUnion('outcome', [
  z.strictObject({ outcome: z.literal('delivered') }),
  z.strictObject({ outcome: z.literal('failed'), reason: deliveryFailureReasonSchema }),
  z.strictObject({ outcome: z.literal('lost') }),
  z.strictObject({ outcome: z.literal('withdrawn') }),
]);
export type DeliveryOutcome = z.infer<typeof deliveryOutcomeSchema>;

/** What the way back may end with; goes to `close-undelivered` as it is. */
export const returnOutcomeSchema = z.discriminatedUnion('outcome', [
  undeliveredSchema.options[1],
  undeliveredSchema.options[2],
]);
export type ReturnOutcome = z.infer<typeof returnOutcomeSchema>;

/** Token waits: the Lambda keeps the token (and opens the work); the outcome comes back through the mailbox. */
export const waitSteps = {
  'await-payment': {
    input: z.strictObject({ ...step, wait: waitSchema }),
    outcome: paymentOutcomeSchema,
  },
  'open-pick-task': {
    input: z.strictObject({ ...step, round: generationSchema, wait: waitSchema }),
    outcome: pickOutcomeSchema,
  },
  'open-delivery': {
    input: z.strictObject({ ...step, attempt: z.int().min(1).max(3), wait: waitSchema }),
    outcome: deliveryOutcomeSchema,
  },
  /** After the last failed attempt: the order is `returning`, the warehouse has a task to take the parcel in. Round 1. */
  'open-return': {
    input: z.strictObject({ ...step, round: generationSchema, wait: waitSchema }),
    outcome: returnOutcomeSchema,
  },
} as const;

export const paymentSteps = {
  'create-intent': {
    input: z.strictObject({ ...step, amount: amountSchema, currency: currencySchema }),
    output: z.strictObject({
      paymentIntentId: paymentIntentIdSchema,
      clientSecret: z.string().min(1).max(500),
    }),
  },
  'mark-voiding': {
    input: z.strictObject(step),
    /** `revived`: money came in time and the goods were reserved again, so nothing may be voided. */
    output: z.discriminatedUnion('outcome', [
      z.strictObject({
        outcome: z.literal('voiding'),
        /** Null where none is on record; one may exist all the same (see `cancel-intent`). */
        paymentIntentId: paymentIntentIdSchema.nullable(),
        amount: amountSchema,
        currency: currencySchema,
      }),
      z.strictObject({ outcome: z.literal('revived') }),
      z.strictObject({ outcome: z.literal('settled') }),
    ]),
  },
  /** Without a recorded intent the one of this generation's key is made or found first, then canceled. */
  'cancel-intent': {
    input: z.strictObject({
      ...step,
      paymentIntentId: paymentIntentIdSchema.nullable(),
      amount: amountSchema,
      currency: currencySchema,
    }),
    output: z.strictObject({
      outcome: z.literal('canceled'),
      paymentIntentId: paymentIntentIdSchema,
    }),
  },
  'record-voided': {
    input: z.strictObject({ ...step, paymentIntentId: paymentIntentIdSchema }),
    output: z.strictObject({ outcome: z.literal('voided') }),
  },
  'capture-payment': {
    input: z.strictObject({
      ...step,
      paymentIntentId: paymentIntentIdSchema,
      amount: amountSchema,
      currency: currencySchema,
    }),
    output: z.strictObject({ outcome: z.literal('captured'), amount: amountSchema }),
  },
  'record-capture': {
    input: z.strictObject({ ...step, amount: amountSchema }),
    output: z.strictObject({ outcome: z.literal('recorded') }),
  },
  /** Looks at the intent's refunds for ours by its metadata, then makes it; the idempotency key is the refund id. */
  'refund-payment': {
    input: z.strictObject({
      ...step,
      refundId: refundIdSchema,
      paymentIntentId: paymentIntentIdSchema,
      amount: amountSchema,
      currency: currencySchema,
    }),
    output: z.strictObject({
      stripeRefundId: stripeRefundIdSchema,
      status: z.enum(['pending', 'succeeded', 'failed']),
      /** Stripe's `failure_reason`. */
      failureReason: z.string().max(100).nullable(),
    }),
  },
  /** Also for a refund Stripe refused for good: `failed` without a Stripe id. A failed refund is a finding. */
  'record-refund': {
    input: z.strictObject({
      ...step,
      refundId: refundIdSchema,
      stripeRefundId: stripeRefundIdSchema.nullable(),
      status: z.enum(['pending', 'succeeded', 'failed']),
      failureReason: z.string().max(100).nullable(),
    }),
    /** What the refund is now: a webhook may have been faster. */
    output: z.strictObject({
      outcome: z.literal('recorded'),
      status: z.enum(['pending', 'succeeded', 'failed']),
    }),
  },
} as const;

const laneSchema = z.int().min(0).max(63);

/** Intents that expiry asks Stripe about in one run. */
export const askedAtOnce = 50;

export const overdueIntentSchema = z.strictObject({
  ...order,
  paymentIntentId: paymentIntentIdSchema,
});

/** A PaymentIntent as Stripe has it now; amounts in minor units. */
export const intentAnswerSchema = overdueIntentSchema.extend({
  status: z.enum([
    'requires_payment_method',
    'requires_confirmation',
    'requires_action',
    'processing',
    'requires_capture',
    'canceled',
    'succeeded',
  ]),
  amountCapturable: amountSchema,
  amountReceived: amountSchema,
});
export type IntentAnswer = z.infer<typeof intentAnswerSchema>;

export const expirySteps = {
  'measure-tail': {
    input: z.strictObject({}),
    output: z.strictObject({
      /** Orders past their window, those left alone not counted. */
      size: z.int().min(0),
      /** Seconds the oldest is overdue. */
      oldestAge: z.int().min(0),
      lanes: z.array(laneSchema).max(16),
      batchSize: z.int().min(1).max(1000),
      /**
       * Customers are paying and Stripe has told us nothing for a while: ask it (`list-overdue`) and expire with
       * `onlyAsked`. Absent means false.
       */
      silent: z.boolean().optional(),
    }),
  },
  'expire-batch': {
    input: z.strictObject({
      lane: laneSchema,
      lanes: z.int().min(1).max(16),
      batchSize: z.int().min(1).max(1000),
      /** The brake: of orders with an intent only those Stripe has just called unpaid. */
      onlyAsked: z.boolean().optional(),
    }),
    output: z.strictObject({ expired: z.int().min(0) }),
  },
  /** Starts executions that should run and do not: payments and picks that never began, intents of unknown fate. */
  'restart-executions': {
    input: z.strictObject({}),
    output: z.strictObject({
      payments: z.int().min(0),
      fulfilments: z.int().min(0),
      settlements: z.int().min(0),
    }),
  },
  /**
   * The brake's three steps, since none may have both Stripe and our database. First, of the books: intents of overdue
   * orders that nobody asked about lately, a bounded batch. Keeps a finding while Stripe is silent.
   */
  'list-overdue': {
    input: z.strictObject({}),
    output: z.strictObject({ intents: z.array(overdueIntentSchema).max(askedAtOnce) }),
  },
  /** Then, of Stripe: what became of them. One that Stripe does not know, or did not answer about, is left out. */
  'ask-stripe': {
    input: z.strictObject({ intents: z.array(overdueIntentSchema).max(askedAtOnce) }),
    output: z.strictObject({ answers: z.array(intentAnswerSchema).max(askedAtOnce) }),
  },
  /**
   * Last, of the books again: news goes to the inbox as `evt_kassa_<intent>_<status>`, the unpaid may then expire.
   * `learned` are those the inbox did not have.
   */
  'keep-answers': {
    input: z.strictObject({ answers: z.array(intentAnswerSchema).max(askedAtOnce) }),
    output: z.strictObject({ learned: z.int().min(0), unpaid: z.int().min(0) }),
  },
  /** Hourly: authorisations that end within a day are told of once, within two hours their orders are cancelled. */
  'watch-authorisations': {
    input: z.strictObject({}),
    output: z.strictObject({ warned: z.int().min(0), cancelled: z.int().min(0) }),
  },
  'report-tail': {
    input: z.strictObject({
      size: z.int().min(0),
      oldestAge: z.int().min(0),
      expired: z.int().min(0),
    }),
    output: z.strictObject({}),
  },
} as const;
