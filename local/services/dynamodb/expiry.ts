import * as z from 'zod';
import type { Clock } from '../../clock.ts';
import type { DynamoClient } from './client.ts';

const Page = z.object({
  Items: z.array(z.record(z.string(), z.unknown())),
  LastEvaluatedKey: z.unknown().optional(),
});

/**
 * Deletes the items whose time-to-live attribute (epoch seconds) has passed. AWS may take days over it;
 * here they go with the next sweep, so a reader must still mind the attribute itself.
 * Nothing more than five years past is touched, as on AWS.
 * @returns how many went
 */
export async function deleteExpired(
  client: DynamoClient,
  clock: Clock,
  table: { readonly name: string; readonly keys: readonly string[]; readonly attribute: string },
): Promise<number> {
  const now = Math.floor(clock.now() / 1000);
  const names = Object.fromEntries(table.keys.map((key, at) => [`#k${at}`, key]));
  const values = { ':now': { N: String(now) }, ':old': { N: String(now - 5 * 365 * 86_400) } };
  let deleted = 0;
  let from: unknown;
  do {
    const page = Page.parse(
      await client.call('Scan', {
        TableName: table.name,
        FilterExpression: '#ttl < :now AND #ttl > :old',
        ProjectionExpression: Object.keys(names).join(', '),
        ExpressionAttributeNames: { '#ttl': table.attribute, ...names },
        ExpressionAttributeValues: values,
        ...(from === undefined ? {} : { ExclusiveStartKey: from }),
      }),
    );
    for (const key of page.Items) {
      // The item may have been written anew since the scan.
      const gone = await client
        .call('DeleteItem', {
          TableName: table.name,
          Key: key,
          ConditionExpression: '#ttl < :now AND #ttl > :old',
          ExpressionAttributeNames: { '#ttl': table.attribute },
          ExpressionAttributeValues: values,
        })
        .then(
          () => true,
          (error: unknown) => {
            if (error instanceof Error && error.name === 'ConditionalCheckFailedException') {
              return false;
            }
            throw error;
          },
        );
      if (gone) deleted += 1;
    }
    from = page.LastEvaluatedKey;
  } while (from !== undefined);
  return deleted;
}
