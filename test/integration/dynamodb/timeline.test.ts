import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTimelineStore } from '../../../adapters/dynamodb/timeline.ts';
import { type OrderEvent, orderEventSchema } from '../../../domain/orders/events.ts';
import { orderIdSchema } from '../../../domain/shared/ids.ts';
import { startTables } from './support.ts';

let tables: Awaited<ReturnType<typeof startTables>>;

beforeAll(async () => {
  tables = await startTables();
});

afterAll(() => tables.close());

const orderId = orderIdSchema.parse('01900000-0000-7000-8000-000000000001');

function event(sequence: number, type: OrderEvent['type'], status: string): OrderEvent {
  return orderEventSchema.parse({
    eventId: `01900000-0000-7000-8000-0000000000${String(sequence).padStart(2, '0')}`,
    type,
    version: 1,
    aggregate: 'order',
    aggregateId: orderId,
    sequence,
    occurredAt: `2026-11-02T10:00:${String(sequence).padStart(2, '0')}.000Z`,
    correlationId: 'request-1',
    state: {
      orderId,
      generation: 1,
      customerId: 'anna',
      status,
      paymentStatus: 'requires_payment',
      currency: 'EUR',
      itemsTotal: 1000,
      shippingTotal: 390,
      total: 1390,
      capturedAmount: 0,
      lines: [{ sku: 'TEA-1', name: 'Tea', quantity: 1, unitPrice: 1000 }],
      placedAt: '2026-11-02T10:00:00.000Z',
      expiresAt: '2026-11-02T10:15:00.000Z',
    },
  });
}

it('keeps events that come in any order and twice as one line each, in the order they happened', async () => {
  const timeline = createTimelineStore(tables.documents, 'timeline');
  const happened = [
    event(1, 'OrderPlaced', 'awaiting_payment'),
    event(2, 'OrderAuthorised', 'authorised'),
    event(10, 'OrderConfirmed', 'confirmed'),
  ];
  expect(await timeline.keepAll(happened.toReversed())).toEqual([true, true, true]);
  for (const each of happened) expect(await timeline.keepAll([each, each])).toEqual([true, true]);

  expect(await timeline.timelineOf(orderId)).toEqual([
    {
      sequence: 1,
      type: 'OrderPlaced',
      at: '2026-11-02T10:00:01.000Z',
      status: 'awaiting_payment',
      paymentStatus: 'requires_payment',
    },
    expect.objectContaining({ sequence: 2, type: 'OrderAuthorised', status: 'authorised' }),
    expect.objectContaining({ sequence: 10, type: 'OrderConfirmed', status: 'confirmed' }),
  ]);
});

it('keeps more events at once than one call of DynamoDB takes', async () => {
  const timeline = createTimelineStore(tables.documents, 'timeline');
  const orders = Array.from({ length: 60 }, () => orderIdSchema.parse(randomUUID()));
  const placed = orders.map((aggregateId) => ({
    ...event(1, 'OrderPlaced', 'awaiting_payment'),
    aggregateId,
  }));
  expect(await timeline.keepAll(placed)).toEqual(orders.map(() => true));
  for (const each of orders) expect(await timeline.timelineOf(each)).toHaveLength(1);
});

it('has no lines of an order it has not heard of', async () => {
  const timeline = createTimelineStore(tables.documents, 'timeline');
  const other = orderIdSchema.parse('01900000-0000-7000-8000-000000000002');
  expect(await timeline.timelineOf(other)).toEqual([]);
});
