import type { OrderId } from '../shared/ids.ts';

/**
 * The deliveries table: one item a delivery attempt, `pk` = `sk`'s owner. The sparse index `byWork` holds only
 * deliveries somebody has to do something about: those nobody accepted, spread over `readyShards` partitions,
 * and those a courier has with them, in that courier's partition. A delivered one leaves the index.
 */
export const deliveriesTable = {
  partitionKey: 'pk',
  sortKey: 'sk',
  workIndex: { name: 'byWork', partitionKey: 'workPk', sortKey: 'workSk', projection: 'ALL' },
  /** Outcomes and events are made from the new state alone. */
  streamView: 'NEW_IMAGE',
  readyShards: 8,
} as const;

export const deliveryKeys = {
  partition: (deliveryId: string) => `DELIVERY#${deliveryId}`,
  sort: 'STATE',
  ready: (shard: number) => `READY#${shard}`,
  courier: (courierId: string) => `COURIER#${courierId}`,
  /** Oldest first; the id parts those opened in the same millisecond. */
  work: (openedAt: string, deliveryId: string) => `${openedAt}#${deliveryId}`,
} as const;

/** An order id's tail is random, so its last digit spreads evenly. */
export function readyShard(orderId: OrderId): number {
  return Number.parseInt(orderId.slice(-1), 16) % deliveriesTable.readyShards;
}

/** Powertools' names for what it keeps of a courier's command; items leave by `timeToLive` (seconds since the epoch). */
export const idempotencyTable = { partitionKey: 'id', timeToLive: 'expiration' } as const;
