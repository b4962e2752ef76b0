import type * as z from 'zod';
import type { OrderStatus } from '../orders/status.ts';
import type { IntentAnswer, paymentSteps } from '../orders/steps.ts';
import type { OrderId, PaymentIntentId, RefundId, Subject } from '../shared/ids.ts';
import type { Currency, Money } from '../shared/money.ts';
import type { PaymentStatus, RefundStatus } from './status.ts';
import type { KeptWebhook, WebhookMeaning, WebhookResult } from './webhooks.ts';

type RefundPayment = (typeof paymentSteps)['refund-payment'];

interface IntentRef {
  readonly orderId: OrderId;
  readonly generation: number;
}

/**
 * Stripe, as the steps need it. Throws TransientFault (connection refused before sending, 429, 5xx that says
 * nothing happened, lock timeouts), OutcomeUnknownFault (a timeout or a connection lost after sending),
 * NotYetFault (the intent is `processing`; our key is refused, or of an account that does not know the intent),
 * InvalidInputFault (our request is malformed), PermanentFault (what Stripe refuses for good). Decided by Stripe's
 * types and codes only.
 */
export interface PaymentProvider {
  /** Makes the intent of this generation, or finds it: the idempotency key is `order.generation`. Manual capture, cards. */
  createIntent(
    order: IntentRef,
    amount: Money,
  ): Promise<{ readonly paymentIntentId: PaymentIntentId; readonly clientSecret: string }>;
  /**
   * Every intent of this generation that Stripe finds by its metadata. Its search lags behind by up to a minute
   * (https://docs.stripe.com/search#data-freshness), so finding none says little about a moment ago.
   */
  findIntents(order: IntentRef): Promise<readonly PaymentIntentId[]>;
  /**
   * An intent to be canceled in place of one that may not exist, under a key of its own: for a day Stripe answers
   * the failure it stored under the generation's key. Nobody learns its secret, so nobody can pay it.
   */
  createStandIn(order: IntentRef, amount: Money): Promise<PaymentIntentId>;
  /** Looks first. Success too where it already is canceled. PermanentFault `intent_captured` where money was taken. */
  cancelIntent(paymentIntentId: PaymentIntentId, order: IntentRef): Promise<void>;
  /** Captures `amount` of it once; where it is already captured answers what was. */
  capture(
    paymentIntentId: PaymentIntentId,
    order: IntentRef,
    amount: number,
  ): Promise<{ readonly amount: number }>;
  /** Refunds once: looks for it by its id in the metadata, then makes it under its id as the key. */
  refund(
    request: IntentRef & {
      readonly refundId: RefundId;
      readonly paymentIntentId: PaymentIntentId;
      readonly amount: number;
    },
  ): Promise<z.infer<RefundPayment['output']>>;
  /** The intent as it is now; undefined where Stripe does not know it. */
  look(
    paymentIntentId: PaymentIntentId,
  ): Promise<Pick<IntentAnswer, 'status' | 'amountCapturable' | 'amountReceived'> | undefined>;
}

export interface WebhookInbox {
  /** Inserts by event id, as processed where it changes nothing. `duplicate`: it was there, which is a success too. */
  keep(webhook: KeptWebhook, now: Date): Promise<'kept' | 'duplicate'>;
  /** Unprocessed events whose time has come, oldest first, leased until `leaseUntil`. */
  lease(
    limit: number,
    now: Date,
    leaseUntil: Date,
  ): Promise<readonly (KeptWebhook & { readonly attempts: number; readonly keptAt: string })[]>;
  /** Applies it to the order and its payment and marks the row processed, all in one transaction; `early` leaves the row. */
  apply(webhook: KeptWebhook, meaning: WebhookMeaning, now: Date): Promise<WebhookResult>;
  /** Tries it again at `retryAt`; with `giveUp` it is closed with a finding instead. */
  postpone(
    eventId: string,
    at: { readonly retryAt: Date } | { readonly giveUp: string },
    now: Date,
  ): Promise<void>;
}

export type RequestRefundResult =
  | { readonly outcome: 'requested'; readonly refund: RefundView }
  | { readonly outcome: 'key_reused' }
  /** More than what is captured and not refunded yet. */
  | { readonly outcome: 'too_much'; readonly refundable: number; readonly currency: Currency }
  | { readonly outcome: 'not_captured'; readonly paymentStatus: PaymentStatus }
  | { readonly outcome: 'not_found' };

export interface RefundView {
  readonly refundId: RefundId;
  readonly orderId: OrderId;
  readonly amount: number;
  readonly currency: Currency;
  readonly status: RefundStatus;
  readonly reason: string;
  /** Who asked for it: a subject, `kassa` for the machines, `stripe` for the dashboard. */
  readonly requestedBy: string;
  readonly requestedAt: string;
  readonly failureReason: string | null;
}

type RecordRefund = (typeof paymentSteps)['record-refund'];

/** The books of what goes back. Refunds that did not fail never add up to more than was captured. */
export interface RefundStore {
  /**
   * Without `amount` all that can be refunded. The outbox starts `settlement` for it. The same key of the same
   * subject answers as the first time did, with the refund as it is now.
   */
  requestRefund(
    orderId: OrderId,
    request: {
      readonly amount?: number | undefined;
      readonly reason: string;
      readonly key: string;
    },
    subject: Subject,
    now: Date,
  ): Promise<RequestRefundResult>;
  recordRefund(
    command: z.infer<RecordRefund['input']>,
    now: Date,
  ): Promise<z.infer<RecordRefund['output']>>;
  /** Oldest first. */
  refundsOf(orderId: OrderId): Promise<readonly RefundView[]>;
}

export interface WatcherStore {
  /** At most `limit` of each kind. */
  watchAuthorisations(
    now: Date,
    limit: number,
  ): Promise<{ readonly warned: number; readonly cancelled: number }>;
}

export interface OverdueIntent extends IntentRef {
  readonly paymentIntentId: PaymentIntentId;
}

/** What expiry needs while Stripe is silent. */
export interface SilenceStore {
  /** Intents of overdue orders nobody asked about in the last minutes, the longest overdue first. Keeps a finding. */
  overdueIntents(now: Date, limit: number): Promise<readonly OverdueIntent[]>;
  /** Stripe was asked and says nobody has paid these: `expire-batch` may have them. */
  recordUnpaid(orders: readonly IntentRef[], now: Date): Promise<void>;
}

/** A payment as the books have it, for the nightly comparison with Stripe. */
export interface PaymentRecord extends IntentRef {
  readonly orderStatus: OrderStatus;
  readonly paymentStatus: PaymentStatus;
  readonly paymentIntentId: PaymentIntentId | null;
  readonly currency: Currency;
  readonly amount: number;
  readonly capturedAmount: number;
  /** Refunds that succeeded or are pending. */
  readonly refundedAmount: number;
  readonly changedAt: string;
}

export interface ReconcileStore {
  /** In the order of order ids; `after` is the id the last page ended with. Newest generation only. */
  payments(page: {
    readonly limit: number;
    readonly after?: OrderId;
  }): Promise<readonly PaymentRecord[]>;
  /** Keeps a finding (once while it is open) about one payment. */
  recordDifference(
    ref: IntentRef,
    kind: string,
    detail: Readonly<Record<string, string | number | null>>,
    now: Date,
  ): Promise<{ readonly outcome: 'recorded' | 'already' }>;
  /** Compares stock, reservations and movements with each other; answers how many SKUs do not add up (findings). */
  checkStock(now: Date): Promise<{ readonly differences: number }>;
}
