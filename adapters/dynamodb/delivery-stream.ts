import { DynamoDBMarshalled } from '@aws-lambda-powertools/parser/helpers/dynamodb';
import * as z from 'zod';
import type { Delivery } from '../../domain/delivery/delivery.ts';
import { deliveryKeys } from '../../domain/delivery/table.ts';
import { readDeliveryItem } from './delivery-item.ts';

const recordSchema = z.object({
  eventName: z.enum(['INSERT', 'MODIFY', 'REMOVE']),
  dynamodb: z.object({
    Keys: DynamoDBMarshalled(z.object({ sk: z.string() })),
    NewImage: DynamoDBMarshalled(z.unknown()).optional(),
  }),
});

/**
 * The delivery a stream record of the table tells of, as the write left it; undefined where the record is not
 * about a delivery's state.
 * @throws PermanentFault `delivery_malformed`, ZodError where it is no stream record
 */
export function readDeliveryRecord(record: unknown): Delivery | undefined {
  const { eventName, dynamodb } = recordSchema.parse(record);
  if (eventName === 'REMOVE' || dynamodb.Keys.sk !== deliveryKeys.sort) return undefined;
  return readDeliveryItem(dynamodb.NewImage);
}
