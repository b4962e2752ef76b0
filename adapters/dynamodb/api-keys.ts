import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  type DynamoDBDocumentClient,
  GetCommand,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import {
  type ApiKey,
  type ApiKeyId,
  type ApiKeyWish,
  isWished,
} from '../../domain/access/api-key.ts';
import type { ApiKeyStore, IssueResult } from '../../domain/access/ports.ts';
import { accessKeys, accessTable } from '../../domain/access/table.ts';
import { TransientFault } from '../../domain/shared/errors.ts';
import type { Subject } from '../../domain/shared/ids.ts';
import { readApiKeyItem } from './api-key-item.ts';
import { type Place, placesOf, putKey } from './api-key-places.ts';
import { withFaults } from './faults.ts';

/** How often a place is taken in vain because somebody else was quicker. */
const attempts = 5;

/** @throws TransientFault, PermanentFault */
export function createApiKeyReader(
  client: DynamoDBDocumentClient,
  tableName: string,
): Pick<ApiKeyStore, 'find'> {
  return {
    find: (id) =>
      withFaults(async () => {
        const { Item } = await client.send(
          new GetCommand({ TableName: tableName, Key: accessKeys.key(id), ConsistentRead: true }),
        );
        return Item === undefined ? undefined : readApiKeyItem(Item);
      }),
  };
}

/**
 * @param places How many third parties a plan has room for: as many as it has API Gateway keys.
 * @throws TransientFault, PermanentFault
 */
export function createApiKeyStore(
  client: DynamoDBDocumentClient,
  tableName: string,
  places: number,
): ApiKeyStore {
  const { freePlace } = placesOf(client, tableName, places);
  const { find } = createApiKeyReader(client, tableName);

  return {
    find,

    issue: async (id, wish, made) => {
      for (let attempt = 1; attempt <= attempts; attempt += 1) {
        const known = await knownAs(id, wish, made.hash);
        if (known !== undefined) return known;
        const place = await withFaults(() => freePlace(wish.partner, wish.plan));
        if (place === undefined) return { outcome: 'plan_full' };
        const key = newKey(id, wish, made, place);
        if (await withFaults(() => putKey(client, tableName, place, key))) {
          return { outcome: 'issued', key };
        }
      }
      throw new TransientFault('plan_contended', 'others took places at the same moment');
    },

    list: ({ limit, after }) =>
      withFaults(async () => {
        const { name, partitionKey, sortKey } = accessTable.listIndex;
        const { Items } = await client.send(
          new QueryCommand({
            TableName: tableName,
            IndexName: name,
            Limit: limit,
            ScanIndexForward: false,
            KeyConditionExpression:
              after === undefined ? '#pk = :pk' : '#pk = :pk AND #sk < :after',
            ExpressionAttributeNames: {
              '#pk': partitionKey,
              ...(after === undefined ? {} : { '#sk': sortKey }),
            },
            ExpressionAttributeValues: {
              ':pk': accessKeys.list,
              ...(after === undefined ? {} : { ':after': after }),
            },
          }),
        );
        const keys = (Items ?? []).map(readApiKeyItem);
        const last = keys.at(-1);
        return last !== undefined && keys.length === limit
          ? { keys, next: accessKeys.age(last.createdAt, last.keyId) }
          : { keys };
      }),

    revoke: (id, by, now) =>
      withFaults(async () => {
        try {
          const { Attributes } = await client.send(
            new UpdateCommand({
              TableName: tableName,
              Key: accessKeys.key(id),
              UpdateExpression: 'SET revokedBy = :by, revokedAt = :now',
              ConditionExpression: 'attribute_exists(pk) AND revokedAt = :never',
              ExpressionAttributeValues: { ':by': by, ':now': now.toISOString(), ':never': null },
              ReturnValues: 'ALL_NEW',
            }),
          );
          return readApiKeyItem(Attributes);
        } catch (error) {
          if (error instanceof ConditionalCheckFailedException) return find(id);
          throw error;
        }
      }),
  };

  /** What became of the request before, if it came before. */
  async function knownAs(
    id: ApiKeyId,
    wish: ApiKeyWish,
    hash: string,
  ): Promise<IssueResult | undefined> {
    const key = await find(id);
    if (key === undefined) return undefined;
    // The SDK sent it again, and the first time had been carried out.
    if (key.hash === hash) return { outcome: 'issued', key };
    return isWished(key, wish) ? { outcome: 'existing', key } : { outcome: 'key_reused' };
  }
}

function newKey(
  keyId: ApiKeyId,
  wish: ApiKeyWish,
  made: { readonly hash: string; readonly by: Subject; readonly now: Date },
  { slot }: Place,
): ApiKey {
  return {
    ...wish,
    keyId,
    hash: made.hash,
    slot,
    createdAt: made.now.toISOString(),
    createdBy: made.by,
    revokedAt: null,
    revokedBy: null,
  };
}
