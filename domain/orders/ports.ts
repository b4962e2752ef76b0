import type * as z from 'zod';
import type { PaymentStatus } from '../payments/status.ts';
import type { AddressId, OrderId, PaymentIntentId, Sku, Subject } from '../shared/ids.ts';
import type { MailboxKey, Wait } from '../shared/mailbox.ts';
import type { Currency } from '../shared/money.ts';
import type { Address } from './checkout.ts';
import type { OrderStatus } from './status.ts';
import type {
  DeliveryOutcome,
  expirySteps,
  orderSteps,
  paymentSteps,
  ReturnOutcome,
} from './steps.ts';

type Steps = typeof orderSteps & typeof paymentSteps & typeof expirySteps;
type Input<Name extends keyof Steps> = z.infer<Steps[Name]['input']>;
type Output<Name extends keyof Steps> = z.infer<Steps[Name]['output']>;

interface Order {
  readonly orderId: OrderId;
  readonly generation: number;
}

/**
 * The strict store of orders, stock and payments. Every method that changes something is ONE round trip to one
 * SQL function: a conditional write with its events and mailbox outcome in the same transaction, so no row lock
 * is ever held across a network call. Each is idempotent: the second call answers as the first did.
 * All throw TransientFault when the database cannot be reached, deadlocks, or times out.
 */
export interface CheckoutStore {
  /** Keeps the address under an id made from its content and its customer; answers the id. */
  keepAddress(customerId: Subject, address: Address, now: Date): Promise<AddressId>;
  placeOrder(
    command: Input<'place-order'>,
    now: Date,
    expiresAt: Date,
  ): Promise<Output<'place-order'>>;
  recordIntent(command: Input<'record-intent'>, now: Date): Promise<Output<'record-intent'>>;
  releaseOrder(command: Input<'release-order'>, now: Date): Promise<Output<'release-order'>>;
}

export interface PaymentStore {
  confirmOrder(order: Order, now: Date): Promise<Output<'confirm-order'>>;
  markVoiding(order: Order, now: Date): Promise<Output<'mark-voiding'>>;
  recordVoided(
    order: Order & { readonly paymentIntentId: PaymentIntentId },
    now: Date,
  ): Promise<Output<'record-voided'>>;
  recordCapture(
    order: Order & { readonly amount: number },
    now: Date,
  ): Promise<Output<'record-capture'>>;
}

export interface FulfilmentStore {
  /** `packed` or `out_for_delivery` → `delivered`. */
  completeOrder(order: Order, now: Date): Promise<Output<'complete-order'>>;
}

export interface MailboxStore {
  /** Keeps the token if it is newer than the one kept. `ready`: an outcome is waiting for it. */
  registerToken(key: MailboxKey, wait: Wait, now: Date): Promise<{ readonly ready: boolean }>;
  /** Rows with both a token and an outcome not yet sent, leased until `leaseUntil`; at most `limit`. */
  leaseDeliveries(limit: number, now: Date, leaseUntil: Date): Promise<readonly MailboxDelivery[]>;
  /** `sent`: Step Functions took it. `closed`: the task is over. `retry`: send again after `retryAt`. */
  settleDeliveries(answers: readonly MailboxAnswer[], now: Date): Promise<void>;
}

export interface MailboxDelivery extends MailboxKey {
  readonly token: string;
  /** What SendTaskSuccess carries. */
  readonly outcome: unknown;
  readonly attempts: number;
}

export interface MailboxAnswer extends MailboxKey {
  /** The token that was sent: a newer one that came meanwhile stays to be sent. */
  readonly token: string;
  readonly result: 'sent' | 'closed' | 'retry';
  readonly retryAt?: Date;
}

/** A row of the outbox: an event for the bus, or an execution to start. */
export type OutboxEntry =
  | {
      readonly kind: 'event';
      readonly id: string;
      readonly attempts: number;
      readonly source: string;
      readonly type: string;
      readonly detail: unknown;
    }
  | {
      readonly kind: 'execution';
      readonly id: string;
      readonly attempts: number;
      readonly machine: 'payment' | 'fulfilment' | 'settlement';
      readonly name: string;
      readonly input: unknown;
    };

export interface OutboxAnswer {
  readonly id: string;
  /** `failed_execution`: an execution of that name exists and ended badly; a further run is for `restartExecutions` to decide. */
  readonly result: 'done' | 'failed_execution' | 'retry';
  readonly retryAt?: Date;
}

export interface OutboxStore {
  leaseOutbox(limit: number, now: Date, leaseUntil: Date): Promise<readonly OutboxEntry[]>;
  settleOutbox(answers: readonly OutboxAnswer[], now: Date): Promise<void>;
}

export interface ExpiryStore {
  /** `silent`: intents are being made and no webhook has come for a quarter of an hour while orders are overdue. */
  measureTail(now: Date): Promise<{
    readonly size: number;
    readonly oldestAge: number;
    readonly silent?: boolean | undefined;
  }>;
  /** Expires up to `batchSize` overdue orders of this lane in one transaction, stock locked in SKU order. */
  expireBatch(command: Input<'expire-batch'>, now: Date): Promise<Output<'expire-batch'>>;
  restartExecutions(now: Date, limit: number): Promise<Output<'restart-executions'>>;
}

/** What a machine could not do; `code` is the fault's, where it had one. */
export type StepFinding = Omit<Input<'record-finding'>, 'cause'> & {
  readonly code?: string | undefined;
};

export interface FindingStore {
  recordFinding(finding: StepFinding, now: Date): Promise<void>;
}

/** An order as its owner, or operations, may see it. Amounts in minor units. */
export interface OrderView {
  readonly orderId: OrderId;
  readonly customerId: Subject;
  readonly status: OrderStatus;
  readonly paymentStatus: PaymentStatus;
  readonly currency: Currency;
  readonly itemsTotal: number;
  readonly shippingTotal: number;
  readonly total: number;
  readonly capturedAmount: number;
  readonly lines: readonly {
    readonly sku: string;
    readonly name: string;
    readonly quantity: number;
    readonly unitPrice: number;
  }[];
  /** Absent where nothing was ever refunded. */
  readonly refundedAmount?: number | undefined;
  /** What went into the parcel; absent until the order was packed. */
  readonly packedLines?: readonly { readonly sku: string; readonly quantity: number }[] | undefined;
  readonly placedAt: string;
  readonly expiresAt: string;
  /** Only for the owner, and only while the order awaits payment. */
  readonly clientSecret: string | null;
}

/** A line of an order's timeline, read from its events. */
export interface TimelineEntry {
  readonly sequence: number;
  readonly type: string;
  readonly at: string;
  readonly status: OrderStatus;
  readonly paymentStatus: PaymentStatus;
}

export interface OrderReader {
  orderOf(orderId: OrderId): Promise<OrderView | undefined>;
  /** Newest first; `before` is the order id the last page ended with. */
  ordersOf(
    customerId: Subject,
    page: { readonly limit: number; readonly before?: OrderId },
  ): Promise<readonly OrderView[]>;
}

/** The projection of order events in DynamoDB: eventually what the order went through, oldest first. */
export interface TimelineReader {
  timelineOf(orderId: OrderId): Promise<readonly TimelineEntry[]>;
}

export interface CancelStore {
  /** `too_late` names the status that no longer allows it. Cancelling a cancelled order answers `cancelled` again. */
  cancelOrder(
    orderId: OrderId,
    by: {
      readonly subject: Subject;
      readonly role: 'customer' | 'warehouse' | 'operations';
      readonly reason: string;
    },
    now: Date,
  ): Promise<
    | { readonly outcome: 'cancelled' }
    | { readonly outcome: 'too_late'; readonly status: OrderStatus }
    | { readonly outcome: 'not_found' }
  >;
}

/** Something a person must look at. */
export interface FindingView {
  readonly findingId: string;
  readonly kind: string;
  readonly orderId: OrderId | null;
  readonly generation: number | null;
  readonly detail: unknown;
  readonly at: string;
  readonly resolvedAt: string | null;
  readonly resolvedBy: string | null;
  readonly resolution: string | null;
}

export type OrderSearch =
  | { readonly orderId: OrderId }
  | { readonly paymentIntentId: PaymentIntentId }
  | { readonly sku: Sku }
  | { readonly customerId: Subject };

/** What a manager may end a wait with; `cancelled` also cancels the order, as long as it may be. */
export type WaitEnding =
  | { readonly step: 'payment' | 'pick'; readonly outcome: { readonly outcome: 'cancelled' } }
  | {
      readonly step: 'delivery';
      readonly outcome: Exclude<DeliveryOutcome, { outcome: 'withdrawn' }>;
    }
  | { readonly step: 'return'; readonly outcome: ReturnOutcome };

export interface OperationsStore {
  /** Newest first; `before` is the order id the last page ended with. */
  findOrders(
    by: OrderSearch,
    page: { readonly limit: number; readonly before?: OrderId },
  ): Promise<readonly OrderView[]>;
  /** Newest first; without `open` the resolved ones too. */
  findings(filter: {
    readonly open: boolean;
    readonly orderId?: OrderId;
    readonly limit: number;
    readonly before?: string;
  }): Promise<readonly FindingView[]>;
  resolveFinding(
    findingId: string,
    by: { readonly subject: Subject; readonly note: string },
    now: Date,
  ): Promise<'resolved' | 'already' | 'not_found'>;
  /** `already`: an outcome is there. `not_waiting`: no machine waits in this round. `mismatch`: more than was packed. */
  endWait(
    orderId: OrderId,
    round: number,
    ending: WaitEnding,
    by: { readonly subject: Subject; readonly reason: string },
    now: Date,
  ): Promise<'ended' | 'already' | 'not_waiting' | 'mismatch' | 'not_found'>;
}

/** Starts machines. Throws TransientFault when Step Functions cannot be reached or throttles. */
export interface Machines {
  /** Answers the machine's output, or undefined where the execution failed or timed out. Never retried by the SDK. */
  checkout(input: unknown): Promise<unknown | undefined>;
  /** Success also where the same name runs or has succeeded; `failed` where it ended badly. */
  start(
    machine: 'payment' | 'fulfilment' | 'settlement',
    name: string,
    input: unknown,
  ): Promise<'started' | 'failed'>;
}

/** Sends what the mailbox holds to Step Functions. `closed`: the task is over (TaskTimedOut, TaskDoesNotExist). */
export interface TaskReporter {
  succeed(token: string, output: unknown): Promise<'sent' | 'closed'>;
}

/** Publishes to the bus; answers for each entry, in order, whether it was taken. */
export interface EventPublisher {
  publish(
    entries: readonly {
      readonly source: string;
      readonly type: string;
      readonly detail: unknown;
    }[],
  ): Promise<readonly boolean[]>;
}

/** Tells a relay that there is work. A lost nudge costs time only: a schedule sweeps. */
export interface Nudge {
  outbox(): Promise<void>;
  mailbox(): Promise<void>;
  inbox(): Promise<void>;
}
