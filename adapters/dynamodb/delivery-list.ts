import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { Delivery } from '../../domain/delivery/delivery.ts';
import type { DeliveryStore } from '../../domain/delivery/ports.ts';
import { deliveriesTable, deliveryKeys } from '../../domain/delivery/table.ts';
import { readDeliveryItem } from './delivery-item.ts';

type Filter = Parameters<DeliveryStore['list']>[0];
type Page = Awaited<ReturnType<DeliveryStore['list']>>;

/**
 * A page of the work index, oldest first. Every shard is asked for a whole page, and the oldest of all are kept;
 * the cursor is the sort key of the last one, which is good for every shard.
 */
export async function listDeliveries(
  client: DynamoDBDocumentClient,
  tableName: string,
  filter: Filter,
): Promise<Page> {
  const { name, partitionKey, sortKey } = deliveriesTable.workIndex;
  const partitions =
    filter.courierId === undefined
      ? Array.from({ length: deliveriesTable.readyShards }, (_, shard) => deliveryKeys.ready(shard))
      : [deliveryKeys.courier(filter.courierId)];
  const pages = await Promise.all(
    partitions.map((partition) =>
      client.send(
        new QueryCommand({
          TableName: tableName,
          IndexName: name,
          Limit: filter.limit,
          KeyConditionExpression:
            filter.cursor === undefined ? '#pk = :pk' : '#pk = :pk AND #sk > :after',
          ExpressionAttributeNames: {
            '#pk': partitionKey,
            ...(filter.cursor === undefined ? {} : { '#sk': sortKey }),
          },
          ExpressionAttributeValues: {
            ':pk': partition,
            ...(filter.cursor === undefined ? {} : { ':after': filter.cursor }),
          },
        }),
      ),
    ),
  );
  const deliveries = pages
    .flatMap((page) => (page.Items ?? []).map(readDeliveryItem))
    .sort((a, b) => (workKey(a) < workKey(b) ? -1 : 1))
    .slice(0, filter.limit);
  const last = deliveries.at(-1);
  return last !== undefined && deliveries.length === filter.limit
    ? { deliveries, cursor: workKey(last) }
    : { deliveries };
}

function workKey(delivery: Delivery): string {
  return deliveryKeys.work(delivery.openedAt, delivery.deliveryId);
}
