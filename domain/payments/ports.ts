import type { OrderId, PaymentIntentId } from '../shared/ids.ts';
import type { Money } from '../shared/money.ts';
import type { KeptWebhook, WebhookMeaning, WebhookResult } from './webhooks.ts';

interface IntentRef {
  readonly orderId: OrderId;
  readonly generation: number;
}

/**
 * Stripe, as the steps need it. Throws TransientFault (connection refused before sending, 429, 5xx that says
 * nothing happened, lock timeouts), OutcomeUnknownFault (a timeout or a connection lost after sending),
 * NotYetFault (the intent is `processing`), PermanentFault (everything Stripe refuses for good). Decided by
 * Stripe's types and codes only.
 */
export interface PaymentProvider {
  /** Makes the intent of this generation, or finds it: the idempotency key is `order.generation`. Manual capture, cards. */
  createIntent(
    order: IntentRef,
    amount: Money,
  ): Promise<{ readonly paymentIntentId: PaymentIntentId; readonly clientSecret: string }>;
  /** Looks first. Success too where it already is canceled. PermanentFault `intent_captured` where money was taken. */
  cancelIntent(paymentIntentId: PaymentIntentId, order: IntentRef): Promise<void>;
  /** Captures `amount` of it once; where it is already captured answers what was. */
  capture(
    paymentIntentId: PaymentIntentId,
    order: IntentRef,
    amount: number,
  ): Promise<{ readonly amount: number }>;
}

export interface WebhookInbox {
  /** Inserts by event id. `duplicate`: it was there, which is a success too. */
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
