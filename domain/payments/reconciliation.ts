import * as z from 'zod';
import { overdueIntentSchema } from '../orders/steps.ts';
import {
  generationSchema,
  orderIdSchema,
  paymentIntentIdSchema,
  refundIdSchema,
  stripeRefundIdSchema,
} from '../shared/ids.ts';
import { amountSchema } from '../shared/money.ts';

/**
 * What the machine `reconciliation` passes to its steps: nightly, it compares our books with Stripe's. First payment by
 * payment (`compare-books`, `read-ledger`), then the other way round, page by page of what Stripe made meanwhile
 * (`match-ledger`, `list-ledger`). Amounts are in minor units.
 */

/** Payments compared in one page, each at least one call to Stripe. */
export const paymentsAtOnce = 50;

/** The greatest page Stripe lists. */
export const listedAtOnce = 100;

/** Stripe's states of a PaymentIntent. */
const intentStatusSchema = z.enum([
  'requires_payment_method',
  'requires_confirmation',
  'requires_action',
  'processing',
  'requires_capture',
  'canceled',
  'succeeded',
]);
export type IntentStatus = z.infer<typeof intentStatusSchema>;

/** As Stripe writes it, in capitals: it may be one the shop does not charge in. */
const anyCurrencySchema = z.string().regex(/^[A-Z]{3}$/);

const stripeRefundSchema = z.strictObject({
  stripeRefundId: stripeRefundIdSchema,
  amount: amountSchema,
  status: z.enum(['pending', 'succeeded', 'failed']),
  /** Ours, from the metadata. */
  refundId: refundIdSchema.nullable(),
  /** Stripe's `failure_reason`. */
  reason: z.string().max(100).nullable(),
});
export type StripeRefund = z.infer<typeof stripeRefundSchema>;

const stripeDisputeSchema = z.strictObject({
  disputeId: z.string().min(1).max(255),
  amount: amountSchema,
  status: z.string().max(60),
  reason: z.string().max(100).nullable(),
});
export type StripeDispute = z.infer<typeof stripeDisputeSchema>;

export const ledgerAnswerSchema = z.discriminatedUnion('known', [
  overdueIntentSchema.extend({ known: z.literal(false) }),
  overdueIntentSchema.extend({
    known: z.literal(true),
    status: intentStatusSchema,
    amount: amountSchema,
    currency: anyCurrencySchema,
    amountCapturable: amountSchema,
    amountReceived: amountSchema,
    /** Money that went back; what of an authorisation was only let go is not among them. */
    refunds: z.array(stripeRefundSchema).max(100),
    disputes: z.array(stripeDisputeSchema).max(100),
  }),
]);
export type LedgerAnswer = z.infer<typeof ledgerAnswerSchema>;
export type KnownAnswer = Extract<LedgerAnswer, { known: true }>;

/** How far the list of touched payments was followed: the last one's time and id. */
const markSchema = z.strictObject({
  at: z.iso.datetime(),
  orderId: orderIdSchema,
  generation: generationSchema,
});
export type LedgerMark = z.infer<typeof markSchema>;

const paymentPageSchema = z.strictObject({
  payments: z.array(overdueIntentSchema).max(paymentsAtOnce),
  /** Null where none of them stands there for having been touched. */
  mark: markSchema.nullable(),
  /** Differences seen too short a time ago to be looked at again. */
  waiting: z.int().min(0),
});
export type PaymentPage = z.infer<typeof paymentPageSchema>;

export const ledgerFeeds = ['intents', 'refunds', 'disputes'] as const;
const windowSchema = z.strictObject({
  feed: z.enum(ledgerFeeds),
  /** By when Stripe made them: from this moment on, */
  from: z.iso.datetime(),
  /** and before this one. */
  until: z.iso.datetime(),
});
const afterSchema = z.string().min(1).max(255).nullable();

/** A part of Stripe's list: newest first, after the id `after`. */
const ledgerPageRequestSchema = windowSchema.extend({ after: afterSchema });
export type LedgerPageRequest = z.infer<typeof ledgerPageRequestSchema>;

const listed = { paymentIntentId: paymentIntentIdSchema.nullable() };
export const listedIntentSchema = z.strictObject({
  paymentIntentId: paymentIntentIdSchema,
  status: intentStatusSchema,
  amount: amountSchema,
  currency: anyCurrencySchema,
  amountReceived: amountSchema,
  /** Whose it says it is. */
  orderId: orderIdSchema.nullable(),
  generation: generationSchema.nullable(),
});
export const listedRefundSchema = stripeRefundSchema.extend(listed);
export const listedDisputeSchema = stripeDisputeSchema.extend(listed);
export type ListedIntent = z.infer<typeof listedIntentSchema>;
export type ListedRefund = z.infer<typeof listedRefundSchema>;
export type ListedDispute = z.infer<typeof listedDisputeSchema>;

/** The lists of the other two feeds are empty. */
const ledgerPageSchema = windowSchema.extend({
  intents: z.array(listedIntentSchema).max(listedAtOnce),
  refunds: z.array(listedRefundSchema).max(listedAtOnce),
  disputes: z.array(listedDisputeSchema).max(listedAtOnce),
  /** Where the next page begins; null where this was the last. */
  next: afterSchema,
});
export type LedgerPage = z.infer<typeof ledgerPageSchema>;

export const reconciliationSteps = {
  /**
   * Of the books: compares what Stripe answered, keeps how far it came, answers the next page. What is merely late goes
   * to the inbox as a webhook; any other difference must be seen twice, ten minutes apart, to become a finding. Those
   * `asked` about and not answered come again. All empty: only the next page.
   */
  'compare-books': {
    input: z.strictObject({
      asked: z.array(overdueIntentSchema).max(paymentsAtOnce),
      answers: z.array(ledgerAnswerSchema).max(paymentsAtOnce),
      mark: markSchema.nullable(),
    }),
    output: paymentPageSchema,
  },
  /** Of Stripe: each intent with its refunds and disputes. One that it did not answer about is left out. */
  'read-ledger': {
    input: z.strictObject({ payments: z.array(overdueIntentSchema).max(paymentsAtOnce) }),
    output: z.strictObject({ answers: z.array(ledgerAnswerSchema).max(paymentsAtOnce) }),
  },
  /** Of the books: looks for what Stripe lists and keeps what nobody here knows; answers what to list next. */
  'match-ledger': {
    input: z.strictObject({ page: ledgerPageSchema.nullable() }),
    output: z.strictObject({ next: ledgerPageRequestSchema.nullable() }),
  },
  /** Of Stripe: one page of what it made in the window. */
  'list-ledger': {
    input: ledgerPageRequestSchema,
    output: ledgerPageSchema,
  },
} as const;
