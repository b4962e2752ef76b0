import { type DynamoDBDocumentClient, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Delivery } from '../../domain/delivery/delivery.ts';
import type { DeliveryCommandResult, DeliveryStore } from '../../domain/delivery/ports.ts';
import { deliveryKeys } from '../../domain/delivery/table.ts';
import type { Subject } from '../../domain/shared/ids.ts';
import { conditionally } from './conditionally.ts';
import { deliveryKey, newDeliveryItem, readDeliveryItem } from './delivery-item.ts';
import { listDeliveries } from './delivery-list.ts';
import { withFaults } from './faults.ts';

/** @throws TransientFault, PermanentFault */
export function createDeliveryStore(
  client: DynamoDBDocumentClient,
  tableName: string,
): DeliveryStore {
  return {
    open: (delivery) =>
      withFaults(async () => {
        await conditionally(() =>
          client.send(
            new PutCommand({
              TableName: tableName,
              Item: newDeliveryItem(delivery),
              ConditionExpression: 'attribute_not_exists(pk)',
            }),
          ),
        );
      }),

    list: (filter) => withFaults(() => listDeliveries(client, tableName, filter)),

    accept: (deliveryId, courierId, now) =>
      change(deliveryId, courierId, 'accepted', {
        UpdateExpression:
          'SET #status = :to, courierId = :courier, changedAt = :now, #sequence = #sequence + :one, workPk = :work',
        ConditionExpression: '#status = :from',
        ExpressionAttributeValues: {
          ':from': 'ready',
          ':to': 'accepted',
          ':courier': courierId,
          ':now': now.toISOString(),
          ':one': 1,
          ':work': deliveryKeys.courier(courierId),
        },
      }),

    delivered: (deliveryId, courierId, now) =>
      change(deliveryId, courierId, 'delivered', {
        UpdateExpression:
          'SET #status = :to, changedAt = :now, #sequence = #sequence + :one REMOVE workPk, workSk',
        ConditionExpression: '#status = :from AND courierId = :courier',
        ExpressionAttributeValues: {
          ':from': 'accepted',
          ':to': 'delivered',
          ':courier': courierId,
          ':now': now.toISOString(),
          ':one': 1,
        },
      }),
  };

  /** One conditional write; where its condition does not hold, the item as it is says why. */
  function change(
    deliveryId: string,
    courierId: Subject,
    to: 'accepted' | 'delivered',
    write: {
      readonly UpdateExpression: string;
      readonly ConditionExpression: string;
      readonly ExpressionAttributeValues: Record<string, unknown>;
    },
  ): Promise<DeliveryCommandResult> {
    return withFaults(async () => {
      const answer = await conditionally(() =>
        client.send(
          new UpdateCommand({
            TableName: tableName,
            Key: deliveryKey(deliveryId),
            ...write,
            ExpressionAttributeNames: { '#status': 'status', '#sequence': 'sequence' },
            ReturnValues: 'ALL_NEW',
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        ),
      );
      if (answer.held)
        return { outcome: 'done', delivery: readDeliveryItem(answer.value.Attributes) };
      if (answer.item === undefined) return { outcome: 'not_found' };
      return refusal(readDeliveryItem(answer.item), courierId, to);
    });
  }
}

function refusal(
  delivery: Delivery,
  courierId: Subject,
  to: 'accepted' | 'delivered',
): DeliveryCommandResult {
  if (delivery.courierId !== null && delivery.courierId !== courierId) return { outcome: 'taken' };
  if (delivery.status === to) return { outcome: 'done', delivery };
  return { outcome: 'not_now', status: delivery.status };
}
