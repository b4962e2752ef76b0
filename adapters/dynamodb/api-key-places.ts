import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import {
  type DynamoDBDocumentClient,
  GetCommand,
  TransactWriteCommand,
} from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import type { ApiKey } from '../../domain/access/api-key.ts';
import type { PartnerId } from '../../domain/access/partner.ts';
import { type PlanName, slotSchema } from '../../domain/access/plans.ts';
import { accessKeys } from '../../domain/access/table.ts';
import { newApiKeyItem } from './api-key-item.ts';

/** A third party's place in a plan; `taken` where it is a new one: how many places were taken before it. */
export interface Place {
  readonly slot: number;
  readonly taken?: number;
}

const placeSchema = z.looseObject({ slot: slotSchema });
const planSchema = z.looseObject({ taken: z.int().min(0) });

/** Places go in order: the first third party of a plan has the first. */
export function placesOf(client: DynamoDBDocumentClient, tableName: string, size: number) {
  const read = async (key: { readonly pk: string; readonly sk: string }) => {
    const get = new GetCommand({ TableName: tableName, Key: key, ConsistentRead: true });
    return (await client.send(get)).Item;
  };
  return {
    /** The one it has, or the next one; undefined where the plan is full. */
    freePlace: async (partner: PartnerId, plan: PlanName): Promise<Place | undefined> => {
      const own = await read(accessKeys.place(partner, plan));
      if (own !== undefined) return { slot: placeSchema.parse(own).slot };
      const counted = await read(accessKeys.plan(plan));
      const taken = counted === undefined ? 0 : planSchema.parse(counted).taken;
      return taken < size ? { slot: taken + 1, taken } : undefined;
    },
  };
}

/**
 * Writes a key, and its new place with it. False where the key is there already, or the place has gone to somebody
 * else meanwhile.
 */
export async function putKey(
  client: DynamoDBDocumentClient,
  tableName: string,
  place: Place,
  key: ApiKey,
): Promise<boolean> {
  const absent = { TableName: tableName, ConditionExpression: 'attribute_not_exists(pk)' } as const;
  const taking =
    place.taken === undefined
      ? []
      : [
          {
            Put: {
              ...absent,
              Item: { ...accessKeys.place(key.partner, key.plan), slot: place.slot },
            },
          },
          {
            Update: {
              TableName: tableName,
              Key: accessKeys.plan(key.plan),
              UpdateExpression: 'SET taken = :after',
              ConditionExpression:
                place.taken === 0 ? 'attribute_not_exists(taken)' : 'taken = :before',
              ExpressionAttributeValues: {
                ':after': place.slot,
                ...(place.taken === 0 ? {} : { ':before': place.taken }),
              },
            },
          },
        ];
  try {
    await client.send(
      new TransactWriteCommand({
        TransactItems: [{ Put: { ...absent, Item: newApiKeyItem(key) } }, ...taking],
      }),
    );
    return true;
  } catch (error) {
    if (error instanceof TransactionCanceledException && onlyLost(error)) return false;
    throw error;
  }
}

/** Whether conditions that did not hold, or another transaction, are all that was in the way. */
function onlyLost(error: TransactionCanceledException): boolean {
  const codes = (error.CancellationReasons ?? []).map((reason) => reason.Code ?? 'None');
  const lost = new Set(['None', 'ConditionalCheckFailed', 'TransactionConflict']);
  return codes.length > 0 && codes.every((code) => lost.has(code));
}
