import { expect, it, vi } from 'vitest';
import { type OrderEvent, orderEventSchema } from '../../../domain/orders/events.ts';
import type { TimelineWriter } from '../../../domain/orders/timeline.ts';
import { TransientFault } from '../../../domain/shared/errors.ts';
import { orderTimeline } from '../../../functions/order-timeline/index.ts';
import { orderId } from './support.ts';

function event(sequence: number): OrderEvent {
  return orderEventSchema.parse({
    eventId: `01900000-0000-7000-8000-00000000000${sequence}`,
    type: 'OrderPlaced',
    version: 1,
    aggregate: 'order',
    aggregateId: orderId,
    sequence,
    occurredAt: '2026-11-02T10:00:00.000Z',
    correlationId: 'request-1',
    state: {
      orderId,
      generation: 1,
      customerId: 'anna',
      status: 'awaiting_payment',
      paymentStatus: 'pending',
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

/** A queue's record of what EventBridge put there. */
function record(messageId: string, detail: unknown) {
  const envelope = { version: '0', source: 'kassa.orders', 'detail-type': 'OrderPlaced', detail };
  return { messageId, eventSource: 'aws:sqs', body: JSON.stringify(envelope) };
}

it('keeps every event under its own sequence, in any order', async () => {
  const keep = vi.fn<TimelineWriter['keep']>(async () => 'kept');
  const run = orderTimeline(() => ({ timeline: { keep } }));
  const Records = [record('a', event(2)), record('b', event(1))];
  expect(await run({ Records })).toEqual({ batchItemFailures: [] });
  expect(keep.mock.calls.map(([kept]) => kept.sequence).sort()).toEqual([1, 2]);
});

it('an event that was kept before is a success', async () => {
  const run = orderTimeline(() => ({ timeline: { keep: async () => 'duplicate' } }));
  expect(await run({ Records: [record('a', event(1))] })).toEqual({ batchItemFailures: [] });
});

it('a poison message fails alone, and does not block its batch', async () => {
  const keep = vi.fn<TimelineWriter['keep']>(async () => 'kept');
  const run = orderTimeline(() => ({ timeline: { keep } }));
  const poison = [
    { messageId: 'no-json', eventSource: 'aws:sqs', body: '{' },
    record('no-event', { hello: 'world' }),
    record('another-version', { ...event(1), version: 2 }),
  ];
  const response = await run({ Records: [...poison, record('good', event(3))] });
  expect(response.batchItemFailures.map((each) => each.itemIdentifier)).toEqual([
    'no-json',
    'no-event',
    'another-version',
  ]);
  expect(keep).toHaveBeenCalledTimes(1);
});

it('a batch of nothing but failures names each, rather than failing whole', async () => {
  const keep = () => Promise.reject(new TransientFault('dynamodb_unavailable', 'down'));
  const run = orderTimeline(() => ({ timeline: { keep } }));
  const response = await run({ Records: [record('a', event(1)), record('b', event(2))] });
  expect(response.batchItemFailures).toHaveLength(2);
});

it('an event with members that a later deployment added is kept', async () => {
  const keep = vi.fn<TimelineWriter['keep']>(async () => 'kept');
  const run = orderTimeline(() => ({ timeline: { keep } }));
  const known = event(3);
  const later = { ...known, causedBy: 'x', state: { ...known.state, giftWrapped: true } };
  expect(await run({ Records: [record('a', later)] })).toEqual({ batchItemFailures: [] });
  expect(keep).toHaveBeenCalledWith(known);
});
