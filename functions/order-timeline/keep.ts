import * as z from 'zod';
import type { OrderEvent } from '../../domain/orders/events.ts';
import type { BatchResponse } from '../shared/batch.ts';
import { describeError, logger } from '../shared/telemetry.ts';
import type { Dependencies } from './dependencies.ts';
import { readOrderEvent } from './record.ts';

const batchSchema = z.object({ Records: z.array(z.looseObject({ messageId: z.string() })) });

/**
 * Keeps what a batch of messages tells, all in one go, and answers those that were not kept. Powertools Batch would
 * make a call of every record; DynamoDB takes twenty-five.
 */
export async function keepBatch(
  { timeline }: Dependencies,
  batch: unknown,
): Promise<BatchResponse> {
  const readings = batchSchema.parse(batch).Records.map((record) => ({
    itemIdentifier: record.messageId,
    event: readable(record),
  }));
  const events = readings.flatMap(({ event }) => (event === undefined ? [] : [event]));
  const kept = await keptOf(timeline, events);
  return {
    batchItemFailures: readings
      .filter(({ event }) => event === undefined || !kept.has(event))
      .map(({ itemIdentifier }) => ({ itemIdentifier })),
  };
}

function readable(record: unknown): OrderEvent | undefined {
  try {
    return readOrderEvent(record);
  } catch (error) {
    logger.error('record failed', describeError(error));
    return undefined;
  }
}

async function keptOf(
  timeline: Dependencies['timeline'],
  events: readonly OrderEvent[],
): Promise<ReadonlySet<OrderEvent>> {
  if (events.length === 0) return new Set();
  try {
    const kept = await timeline.keepAll(events);
    return new Set(events.filter((_, index) => kept[index] === true));
  } catch (error) {
    // Not passed on: each message is named as failed, and comes again beside those that cannot be read.
    logger.error('batch not kept', describeError(error));
    return new Set();
  }
}
