import type Stripe from 'stripe';
import type { Clock } from '../clock.ts';
import type { Store } from './store.ts';

/** The API version whose shapes the simulator answers in: the one the installed SDK was generated from. */
export const apiVersion = '2026-10-28.endive' satisfies typeof Stripe.API_VERSION;

/** Every event the simulator sends; the SDK's types tie each to its object. */
type Emitted =
  | Stripe.PaymentIntentCreatedEvent
  | Stripe.PaymentIntentRequiresActionEvent
  | Stripe.PaymentIntentProcessingEvent
  | Stripe.PaymentIntentAmountCapturableUpdatedEvent
  | Stripe.PaymentIntentSucceededEvent
  | Stripe.PaymentIntentPaymentFailedEvent
  | Stripe.PaymentIntentCanceledEvent
  | Stripe.ChargeSucceededEvent
  | Stripe.ChargeFailedEvent
  | Stripe.ChargeCapturedEvent
  | Stripe.ChargeRefundedEvent
  | Stripe.ChargeExpiredEvent
  | Stripe.ChargeUpdatedEvent
  | Stripe.ChargeRefundUpdatedEvent
  | Stripe.ChargeDisputeCreatedEvent
  | Stripe.ChargeDisputeUpdatedEvent
  | Stripe.ChargeDisputeClosedEvent
  | Stripe.ChargeDisputeFundsWithdrawnEvent
  | Stripe.ChargeDisputeFundsReinstatedEvent
  | Stripe.RefundCreatedEvent
  | Stripe.RefundUpdatedEvent
  | Stripe.RefundFailedEvent
  | Stripe.CustomerCreatedEvent
  | Stripe.CustomerUpdatedEvent
  | Stripe.CustomerDeletedEvent
  | Stripe.PaymentMethodAttachedEvent
  | Stripe.PaymentMethodDetachedEvent
  | Stripe.SetupIntentCreatedEvent
  | Stripe.SetupIntentRequiresActionEvent
  | Stripe.SetupIntentSucceededEvent
  | Stripe.SetupIntentSetupFailedEvent
  | Stripe.SetupIntentCanceledEvent;

export type EventType = Emitted['type'];
type ObjectOf<T extends EventType> = Extract<Emitted, { type: T }>['data']['object'];

/** What the passing of time does: kept in the store, so that a restart forgets none of it. */
export const jobKinds = ['expire_authorisation', 'settle_refund'] as const;
export type JobKind = (typeof jobKinds)[number];

/** What every resource works with. All of it is synchronous: a request is one SQLite transaction. */
export interface World {
  readonly store: Store;
  readonly clock: Clock;
  /** Where the simulator answers, for the links it hands out. */
  readonly url: () => string;
  /** Milliseconds. */
  readonly now: () => number;
  /** The time as Stripe writes it: whole seconds. */
  readonly seconds: () => number;
  /** A fresh id of 24 letters and digits behind the prefix. */
  readonly id: (prefix: string) => string;
  readonly emit: <T extends EventType>(type: T, object: ObjectOf<T>) => void;
  /** @param due milliseconds */
  readonly schedule: (due: number, kind: JobKind, subject: string) => void;
  /** How far what a search finds lags behind, in milliseconds. */
  readonly searchLag: () => number;
}

/** One request, as an endpoint sees it. */
export interface Caller {
  /** A publishable key may do what a customer's browser may, with a client secret in hand. */
  readonly publishable: boolean;
}
