import { type DynamoDBDocumentClient, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { TimelineReader } from '../../domain/orders/ports.ts';
import { type TimelineWriter, timelineItemSchema } from '../../domain/orders/timeline.ts';
import { timelineKeys } from '../../domain/orders/timeline-table.ts';
import { PermanentFault } from '../../domain/shared/errors.ts';
import { conditionally } from './conditionally.ts';
import { withFaults } from './faults.ts';

/** An order has about a dozen events; this only keeps an answer bounded. */
const mostEntries = 200;

/** @throws TransientFault, PermanentFault */
export function createTimelineStore(
  client: DynamoDBDocumentClient,
  tableName: string,
): TimelineReader & TimelineWriter {
  return {
    keep: (event) =>
      withFaults(async () => {
        const written = await conditionally(() =>
          client.send(
            new PutCommand({
              TableName: tableName,
              Item: {
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
              },
              ConditionExpression: 'attribute_not_exists(pk)',
            }),
          ),
        );
        return written.held ? 'kept' : 'duplicate';
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
