import type { Address } from '../orders/checkout.ts';
import type { OrderStatus } from '../orders/status.ts';
import type { DeliveryFailureReason, DeliveryOutcome, Undelivered } from '../orders/steps.ts';
import type { OrderId, RefundId, Subject, WarehouseTaskId } from '../shared/ids.ts';
import type { MailboxKey, MailboxStep, Wait } from '../shared/mailbox.ts';
import type { Delivery, DeliveryId } from './delivery.ts';
import type { DeliveryStatus } from './status.ts';

export type DeliveryCommandResult =
  | { readonly outcome: 'done'; readonly delivery: Delivery }
  | { readonly outcome: 'taken' }
  | { readonly outcome: 'not_now'; readonly status: DeliveryStatus }
  | { readonly outcome: 'not_found' };

export type WithdrawResult =
  | { readonly outcome: 'withdrawn' }
  /** A courier has it, or had it. */
  | { readonly outcome: 'too_late'; readonly status: DeliveryStatus }
  | { readonly outcome: 'not_found' };

/** Deliveries in DynamoDB, single table, keys sharded where hot. Every change is a conditional write. */
export interface DeliveryStore {
  /** Inserts the attempt if it is not there yet. */
  open(delivery: Delivery): Promise<void>;
  /** Without a courier: those nobody has accepted. Bounded pages. */
  list(filter: {
    readonly courierId?: Subject;
    readonly limit: number;
    readonly cursor?: string;
  }): Promise<{
    readonly deliveries: readonly Delivery[];
    readonly cursor?: string;
  }>;
  /** Accepting one's own accepted delivery answers `done` again. */
  accept(deliveryId: DeliveryId, courierId: Subject, now: Date): Promise<DeliveryCommandResult>;
  /** Only by the courier who accepted it; again answers `done`. */
  delivered(deliveryId: DeliveryId, courierId: Subject, now: Date): Promise<DeliveryCommandResult>;
  /** As `delivered`. Reported again with another reason it keeps the first. */
  failed(
    deliveryId: DeliveryId,
    courierId: Subject,
    reason: DeliveryFailureReason,
    now: Date,
  ): Promise<DeliveryCommandResult>;
  /** As `delivered`. */
  lost(deliveryId: DeliveryId, courierId: Subject, now: Date): Promise<DeliveryCommandResult>;
  /** Only while it is `ready`; again answers `withdrawn`. */
  withdraw(deliveryId: DeliveryId, now: Date): Promise<WithdrawResult>;
}

/** The order's side of delivery, in PostgreSQL; fed by the delivery table's stream. */
export interface DeliveryOrders {
  /** Where the parcel goes, for the attempt that is being opened; undefined where there is no such order. */
  addressOf(orderId: OrderId): Promise<Address | undefined>;
  /** Handed over: `packed → out_for_delivery`. Again, or later, changes nothing. */
  recordHandover(orderId: OrderId, now: Date): Promise<void>;
  /**
   * Puts the outcome in the mailbox of (order, delivery, attempt), once. `late`: the order is already settled, or the
   * attempt has ended otherwise; that is kept as a finding.
   */
  recordOutcome(
    orderId: OrderId,
    attempt: number,
    outcome: DeliveryOutcome,
    now: Date,
  ): Promise<'recorded' | 'already' | 'late'>;
}

/**
 * The wish to cancel an order that is packed. The delivery's row decides (withdrawn or accepted), so the wish is
 * written first: whoever opens the delivery afterwards sees it, and whoever wishes afterwards sees the delivery.
 */
export interface CancelRequests {
  /** Conditional on `packed`; asking again answers `requested` again. `cancelled`: it is, already. */
  requestCancel(
    orderId: OrderId,
    by: {
      readonly subject: Subject;
      readonly role: 'customer' | 'warehouse' | 'operations';
      readonly reason: string;
    },
    now: Date,
  ): Promise<
    | { readonly outcome: 'requested' }
    | { readonly outcome: 'cancelled' }
    | { readonly outcome: 'too_late'; readonly status: OrderStatus }
    | { readonly outcome: 'not_found' }
  >;
  /** The courier was faster. */
  clearCancelRequest(orderId: OrderId, now: Date): Promise<void>;
  /** Whether a packed order is wished to be cancelled; to be asked after the delivery was put. */
  isCancelRequested(orderId: OrderId): Promise<boolean>;
}

/** Parcels that do not stay with the customer. */
export interface UndeliveredStore {
  /** The order becomes `returning`, the warehouse gets its task, the token is kept. */
  openReturn(
    key: MailboxKey,
    wait: Wait,
    now: Date,
  ): Promise<{ readonly taskId: WarehouseTaskId; readonly ready: boolean }>;
  unpackOrder(order: OrderRef, now: Date): Promise<{ readonly outcome: 'unpacked' }>;
  closeUndelivered(
    order: OrderRef,
    result: Undelivered,
    now: Date,
  ): Promise<{ readonly outcome: 'closed'; readonly refundId: RefundId | null }>;
  recordOverdue(
    order: OrderRef & { readonly wait: MailboxStep; readonly round: number },
    now: Date,
  ): Promise<{ readonly outcome: 'recorded' | 'already' }>;
}

interface OrderRef {
  readonly orderId: OrderId;
  readonly generation: number;
}
