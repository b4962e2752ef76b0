import type { OrderId } from '../shared/ids.ts';

/** The timeline projection: one item an event of an order, read newest or oldest first by its sequence. */
export const timelineTable = { partitionKey: 'pk', sortKey: 'sk' } as const;

export const timelineKeys = {
  partition: (orderId: OrderId) => `ORDER#${orderId}`,
  /** Padded, so that the text order is the order of the numbers. */
  sort: (sequence: number) => `SEQ#${String(sequence).padStart(10, '0')}`,
} as const;
