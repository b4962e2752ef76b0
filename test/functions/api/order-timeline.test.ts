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

/** A timeline that keeps all but the events of these sequences. */
function timelineWithout(...lost: readonly number[]) {
  const keepAll = vi.fn<TimelineWriter['keepAll']>(async (events) =>
    events.map(({ sequence }) => !lost.includes(sequence)),
  );
  return { keepAll, run: orderTimeline(() => ({ timeline: { keepAll } })) };
}

it('keeps every event of a batch in one go, in any order', async () => {
  const { keepAll, run } = timelineWithout();
  const Records = [record('a', event(2)), record('b', event(1))];
  expect(await run({ Records })).toEqual({ batchItemFailures: [] });
  expect(keepAll.mock.calls).toEqual([[[event(2), event(1)]]]);
});

it('an event that could not be kept comes again alone', async () => {
  const { run } = timelineWithout(2);
  const Records = [record('a', event(1)), record('b', event(2)), record('c', event(3))];
  expect(await run({ Records })).toEqual({ batchItemFailures: [{ itemIdentifier: 'b' }] });
});

it('a poison message fails alone, and does not block its batch', async () => {
  const { keepAll, run } = timelineWithout();
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
  expect(keepAll.mock.calls).toEqual([[[event(3)]]]);
  expect((await run({ Records: poison })).batchItemFailures).toHaveLength(3);
});

it('a batch of nothing but failures names each, rather than failing whole', async () => {
  const keepAll = () => Promise.reject(new TransientFault('dynamodb_unavailable', 'down'));
  const run = orderTimeline(() => ({ timeline: { keepAll } }));
  const response = await run({ Records: [record('a', event(1)), record('b', event(2))] });
  expect(response.batchItemFailures).toHaveLength(2);
});

it('an event with members that a later deployment added is kept', async () => {
  const { keepAll, run } = timelineWithout();
  const known = event(3);
  const later = { ...known, causedBy: 'x', state: { ...known.state, giftWrapped: true } };
  expect(await run({ Records: [record('a', later)] })).toEqual({ batchItemFailures: [] });
  expect(keepAll).toHaveBeenCalledWith([known]);
});
