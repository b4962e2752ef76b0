import { setTimeout as pause } from 'node:timers/promises';
import {
  BatchWriteCommand,
  type DynamoDBDocumentClient,
  QueryCommand,
} from '@aws-sdk/lib-dynamodb';
import type { OrderEvent } from '../../domain/orders/events.ts';
import type { TimelineReader } from '../../domain/orders/ports.ts';
import { type TimelineWriter, timelineItemSchema } from '../../domain/orders/timeline.ts';
import { timelineKeys } from '../../domain/orders/timeline-table.ts';
import { PermanentFault } from '../../domain/shared/errors.ts';
import { withFaults } from './faults.ts';

/** An order has about a dozen events; this only keeps an answer bounded. */
const mostEntries = 200;
/** What one BatchWriteItem takes. */
const mostWritten = 25;
/** Milliseconds before what a throttled table left unprocessed is sent again. */
const waits: readonly number[] = [50, 100, 200];

/** @throws TransientFault, PermanentFault */
export function createTimelineStore(
  client: DynamoDBDocumentClient,
  tableName: string,
): TimelineReader & TimelineWriter {
  /** @returns the keys of the lines that stay unwritten */
  const write = async (lines: readonly Line[]): Promise<readonly string[]> => {
    let left = lines;
    for (const wait of [0, ...waits]) {
      if (wait > 0) await pause(wait);
      const { UnprocessedItems } = await client.send(
        new BatchWriteCommand({
          RequestItems: { [tableName]: left.map((Item) => ({ PutRequest: { Item } })) },
        }),
      );
      const unprocessed = (UnprocessedItems?.[tableName] ?? []).map(({ PutRequest }) =>
        [PutRequest?.Item?.['pk'], PutRequest?.Item?.['sk']].join(),
      );
      left = left.filter((line) => unprocessed.includes(keyOf(line)));
      if (left.length === 0) break;
    }
    return left.map(keyOf);
  };

  return {
    // Without a condition: an order gives each sequence number to one event, so what stands there is the same line.
    keepAll: (events) =>
      withFaults(async () => {
        const lines = events.map(lineOf);
        // One call must not name a key twice, which a repeated message would.
        const once = [...new Map(lines.map((line) => [keyOf(line), line])).values()];
        const lost = new Set<string>();
        for (let at = 0; at < once.length; at += mostWritten) {
          for (const key of await write(once.slice(at, at + mostWritten))) lost.add(key);
        }
        return lines.map((line) => !lost.has(keyOf(line)));
      }),

    timelineOf: (orderId) =>
      withFaults(async () => {
        const page = await client.send(
          new QueryCommand({
            TableName: tableName,
            Limit: mostEntries,
            KeyConditionExpression: 'pk = :pk',
            ExpressionAttributeValues: { ':pk': timelineKeys.partition(orderId) },
          }),
        );
        return (page.Items ?? []).map((item) => {
          const parsed = timelineItemSchema.safeParse(item);
          if (!parsed.success) throw new PermanentFault('timeline_malformed', orderId);
          return parsed.data.entry;
        });
      }),
  };
}

type Line = ReturnType<typeof lineOf>;

function lineOf(event: OrderEvent) {
  return {
    pk: timelineKeys.partition(event.aggregateId),
    sk: timelineKeys.sort(event.sequence),
    eventId: event.eventId,
    entry: {
      sequence: event.sequence,
      type: event.type,
      at: event.occurredAt,
      status: event.state.status,
      paymentStatus: event.state.paymentStatus,
    },
  };
}

function keyOf({ pk, sk }: Line): string {
  return [pk, sk].join();
}
