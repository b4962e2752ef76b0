import type { Address } from '../orders/checkout.ts';
import type { OrderId, Subject } from '../shared/ids.ts';
import type { Delivery, DeliveryId } from './delivery.ts';
import type { DeliveryStatus } from './status.ts';

export type DeliveryCommandResult =
  | { readonly outcome: 'done'; readonly delivery: Delivery }
  | { readonly outcome: 'taken' }
  | { readonly outcome: 'not_now'; readonly status: DeliveryStatus }
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
}

/** The order's side of delivery, in PostgreSQL; fed by the delivery table's stream. */
export interface DeliveryOrders {
  /** Where the parcel goes, for the attempt that is being opened; undefined where there is no such order. */
  addressOf(orderId: OrderId): Promise<Address | undefined>;
  /** Handed over: `packed → out_for_delivery`. Again, or later, changes nothing. */
  recordHandover(orderId: OrderId, now: Date): Promise<void>;
  /** Puts the outcome in the mailbox of (order, delivery, attempt), once. `late`: the order is already settled. */
  recordOutcome(
    orderId: OrderId,
    attempt: number,
    outcome: { readonly outcome: 'delivered' },
    now: Date,
  ): Promise<'recorded' | 'already' | 'late'>;
}
