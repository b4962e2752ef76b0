import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import * as z from 'zod';
import { createDocumentClient } from '../../adapters/dynamodb/client.ts';
import { createTimelineStore } from '../../adapters/dynamodb/timeline.ts';
import { orderEventSchema } from '../../domain/orders/events.ts';
import { timelineKeys } from '../../domain/orders/timeline-table.ts';
import { type AwsEndpoint, type Call, clientOf, startAwsEndpoint } from './aws-endpoint.ts';

let aws: AwsEndpoint;
beforeAll(async () => {
  aws = await startAwsEndpoint();
});
afterAll(async () => {
  await aws.close();
});
beforeEach(() => {
  aws.calls.length = 0;
});

const orderId = '01900000-0000-7000-8000-000000000001';
const event = (sequence: number) =>
  orderEventSchema.parse({
    eventId: `01900000-0000-7000-8000-0000000000${String(sequence).padStart(2, '0')}`,
    type: 'OrderPlaced',
    version: 1,
    aggregate: 'order',
    aggregateId: orderId,
    sequence,
    occurredAt: '2026-11-02T10:00:00.000Z',
    correlationId: 'request-1',
    state: {
      ...{ orderId, generation: 1, customerId: 'anna', status: 'awaiting_payment' },
      ...{ paymentStatus: 'pending', currency: 'EUR', itemsTotal: 1000, shippingTotal: 390 },
      ...{ total: 1390, capturedAmount: 0 },
      lines: [{ sku: 'TEA-1', name: 'Tea', quantity: 1, unitPrice: 1000 }],
      placedAt: '2026-11-02T10:00:00.000Z',
      expiresAt: '2026-11-02T10:15:00.000Z',
    },
  });
const keepAll = (sequences: readonly number[]) =>
  createTimelineStore(createDocumentClient(clientOf(aws)), 'timeline').keepAll(
    sequences.map(event),
  );

const putSchema = z.looseObject({
  PutRequest: z.object({ Item: z.looseObject({ sk: z.object({ S: z.string() }) }) }),
});
const requestSchema = z.object({ RequestItems: z.object({ timeline: z.array(putSchema) }) });
const putsOf = ({ body }: Call) => requestSchema.parse(body).RequestItems.timeline;
const keysOf = (call: Call) => putsOf(call).map(({ PutRequest }) => PutRequest.Item.sk.S);
const busyWith = (call: Call, sequence: number) => ({
  UnprocessedItems: {
    timeline: putsOf(call).filter(
      ({ PutRequest }) => PutRequest.Item.sk.S === timelineKeys.sort(sequence),
    ),
  },
});

it('lines of the timeline go twenty-five to a call, a repeated one once', async () => {
  aws.reply = () => ({ body: {} });
  const sequences = Array.from({ length: 30 }, (_, index) => index + 1);
  expect(await keepAll([...sequences, 1, 2])).toEqual(Array.from({ length: 32 }, () => true));
  expect(aws.calls.map((call) => [call.operation, keysOf(call).length])).toEqual([
    ['BatchWriteItem', 25],
    ['BatchWriteItem', 5],
  ]);
});

it('what a throttled table leaves out of a call is sent again, and only that', async () => {
  aws.reply = (call) => ({ body: aws.calls.length < 3 ? busyWith(call, 2) : {} });
  expect(await keepAll([1, 2, 3])).toEqual([true, true, true]);
  expect(aws.calls.map((call) => keysOf(call).length)).toEqual([3, 1, 1]);
});

it('a line that a throttled table never takes is told of as not kept', async () => {
  aws.reply = (call) => ({ body: busyWith(call, 2) });
  expect(await keepAll([1, 2, 3])).toEqual([true, false, true]);
  expect(aws.calls).toHaveLength(4);
});
