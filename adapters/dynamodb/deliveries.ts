import { type DynamoDBDocumentClient, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Delivery } from '../../domain/delivery/delivery.ts';
import type {
  DeliveryCommandResult,
  DeliveryStore,
  WithdrawResult,
} from '../../domain/delivery/ports.ts';
import type { DeliveryStatus } from '../../domain/delivery/status.ts';
import { deliveryKeys } from '../../domain/delivery/table.ts';
import type { DeliveryFailureReason } from '../../domain/orders/steps.ts';
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

    accept: async (deliveryId, courierId, now) => {
      const answer = await change(deliveryId, 'accepted', now, {
        set: 'courierId = :courier, workPk = :work',
        condition: '#status = :from',
        values: {
          ':from': 'ready',
          ':courier': courierId,
          ':work': deliveryKeys.courier(courierId),
        },
      });
      return commandResult(answer, courierId, 'accepted');
    },

    delivered: (deliveryId, courierId, now) => close(deliveryId, courierId, 'delivered', now),

    failed: (deliveryId, courierId, reason, now) =>
      close(deliveryId, courierId, 'failed', now, reason),

    lost: (deliveryId, courierId, now) => close(deliveryId, courierId, 'lost', now),

    withdraw: async (deliveryId, now): Promise<WithdrawResult> => {
      const answer = await change(deliveryId, 'withdrawn', now, {
        remove: 'workPk, workSk',
        condition: '#status = :from',
        values: { ':from': 'ready' },
      });
      if (answer.delivery === undefined) return { outcome: 'not_found' };
      const { status } = answer.delivery;
      return status === 'withdrawn' ? { outcome: 'withdrawn' } : { outcome: 'too_late', status };
    },
  };

  /** What only the courier who has the parcel may report; it leaves the work index. */
  async function close(
    deliveryId: string,
    courierId: Subject,
    to: 'delivered' | 'failed' | 'lost',
    now: Date,
    reason?: DeliveryFailureReason,
  ): Promise<DeliveryCommandResult> {
    const answer = await change(deliveryId, to, now, {
      ...(reason === undefined ? {} : { set: 'reason = :reason' }),
      remove: 'workPk, workSk',
      condition: '#status = :from AND courierId = :courier',
      values: {
        ':from': 'accepted',
        ':courier': courierId,
        ...(reason === undefined ? {} : { ':reason': reason }),
      },
    });
    return commandResult(answer, courierId, to);
  }

  /** One conditional write. Answers the delivery as it stands after it, whether it was changed or not. */
  function change(
    deliveryId: string,
    to: DeliveryStatus,
    now: Date,
    write: {
      readonly set?: string;
      readonly remove?: string;
      readonly condition: string;
      readonly values: Readonly<Record<string, string>>;
    },
  ): Promise<Change> {
    const common = '#status = :to, changedAt = :now, #sequence = #sequence + :one';
    return withFaults(async () => {
      const answer = await conditionally(() =>
        client.send(
          new UpdateCommand({
            TableName: tableName,
            Key: deliveryKey(deliveryId),
            UpdateExpression: [
              `SET ${common}${write.set === undefined ? '' : `, ${write.set}`}`,
              ...(write.remove === undefined ? [] : [`REMOVE ${write.remove}`]),
            ].join(' '),
            ConditionExpression: write.condition,
            ExpressionAttributeNames: { '#status': 'status', '#sequence': 'sequence' },
            ExpressionAttributeValues: {
              ':to': to,
              ':now': now.toISOString(),
              ':one': 1,
              ...write.values,
            },
            ReturnValues: 'ALL_NEW',
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        ),
      );
      const item = answer.held ? answer.value.Attributes : answer.item;
      return {
        changed: answer.held,
        delivery: item === undefined ? undefined : readDeliveryItem(item),
      };
    });
  }
}

interface Change {
  readonly changed: boolean;
  readonly delivery: Delivery | undefined;
}

function commandResult(
  { changed, delivery }: Change,
  courierId: Subject,
  to: DeliveryStatus,
): DeliveryCommandResult {
  if (delivery === undefined) return { outcome: 'not_found' };
  if (changed) return { outcome: 'done', delivery };
  if (delivery.courierId !== null && delivery.courierId !== courierId) return { outcome: 'taken' };
  if (delivery.status === to) return { outcome: 'done', delivery };
  return { outcome: 'not_now', status: delivery.status };
}
