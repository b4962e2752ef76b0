import * as z from 'zod';
import { deliveryEventSource } from '../../domain/delivery/delivery.ts';
import type { BatchResponse } from '../shared/batch.ts';
import { describeError, logger } from '../shared/telemetry.ts';
import type { Dependencies } from './dependencies.ts';
import { deliveryEvent } from './event.ts';

const batchSchema = z.object({
  Records: z.array(z.looseObject({ dynamodb: z.looseObject({ SequenceNumber: z.string() }) })),
});

/**
 * Publishes what a batch of stream records tells, all in one go, and answers those that were not taken. Powertools
 * Batch would make a call of every record; PutEvents takes ten.
 */
export async function publishDeliveries(
  { read, events }: Dependencies,
  batch: unknown,
): Promise<BatchResponse> {
  const readings = batchSchema.parse(batch).Records.map((record) => {
    const itemIdentifier = record.dynamodb.SequenceNumber;
    try {
      return { itemIdentifier, delivery: read(record), unreadable: false };
    } catch (error) {
      logger.error('record failed', describeError(error));
      return { itemIdentifier, delivery: undefined, unreadable: true };
    }
  });
  const told = readings.flatMap(({ itemIdentifier, delivery }) =>
    delivery === undefined ? [] : [{ itemIdentifier, event: deliveryEvent(delivery) }],
  );
  const taken =
    told.length === 0
      ? []
      : await events.publish(
          told.map(({ event }) => ({
            source: deliveryEventSource,
            type: event.type,
            detail: event,
          })),
        );
  const lost = new Set(told.filter((_, index) => taken[index] !== true).map(identifier));
  return {
    batchItemFailures: readings
      .filter((each) => each.unreadable || lost.has(each.itemIdentifier))
      .map(({ itemIdentifier }) => ({ itemIdentifier })),
  };
}

function identifier({ itemIdentifier }: { readonly itemIdentifier: string }): string {
  return itemIdentifier;
}
