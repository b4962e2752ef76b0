import * as z from 'zod';
import { cfnBoolean, templateProperties } from '../template.ts';
import { type DynamoClient, DynamoError } from './client.ts';

const KeySchema = z.array(
  z.object({ AttributeName: z.string(), KeyType: z.enum(['HASH', 'RANGE']) }),
);
const Projection = z.object({
  ProjectionType: z.enum(['ALL', 'KEYS_ONLY', 'INCLUDE']),
  NonKeyAttributes: z.array(z.string()).optional(),
});
const Index = z.object({ IndexName: z.string(), KeySchema, Projection });
const StreamSpecification = z.object({
  StreamViewType: z.enum(['KEYS_ONLY', 'NEW_IMAGE', 'OLD_IMAGE', 'NEW_AND_OLD_IMAGES']),
});

const shape = {
  TableName: z.string().optional(),
  AttributeDefinitions: z.array(
    z.object({ AttributeName: z.string(), AttributeType: z.enum(['S', 'N', 'B']) }),
  ),
  KeySchema,
  GlobalSecondaryIndexes: z.array(Index).optional(),
  LocalSecondaryIndexes: z.array(Index).optional(),
  StreamSpecification: StreamSpecification.optional(),
  TimeToLiveSpecification: z
    .object({ AttributeName: z.string().optional(), Enabled: cfnBoolean })
    .optional(),
};

const harmless = {
  BillingMode: 'the laptop neither bills nor throttles',
  ProvisionedThroughput: 'the laptop neither bills nor throttles',
  OnDemandThroughput: 'the laptop neither bills nor throttles',
  WarmThroughput: 'the laptop neither bills nor throttles',
  PointInTimeRecoverySpecification: 'no backups of local data',
  SSESpecification: 'nothing is encrypted at rest on the laptop',
  TableClass: 'a matter of price',
  DeletionProtectionEnabled: 'no local table is ever deleted by a deployment',
  ContributorInsightsSpecification: 'no metrics service runs locally',
  ResourcePolicy: 'IAM is not evaluated on the laptop',
  Tags: 'tags change no behaviour',
};

export const TableProperties = templateProperties('AWS::DynamoDB::Table', shape, harmless);

export const GlobalTableProperties = templateProperties('AWS::DynamoDB::GlobalTable', shape, {
  ...harmless,
  Replicas: 'one replica is enough on a laptop',
  WriteProvisionedThroughputSettings: 'the laptop neither bills nor throttles',
  WriteOnDemandThroughputSettings: 'the laptop neither bills nor throttles',
});

export type Table = ReturnType<typeof TableProperties.parse>;

const Described = z.object({
  Table: z.object({
    KeySchema,
    GlobalSecondaryIndexes: z.array(z.object({ IndexName: z.string() })).optional(),
    StreamSpecification: z.object({ StreamEnabled: z.boolean() }).optional(),
  }),
});

/**
 * Makes the table if it is not there; adds indexes and a stream to one from an earlier run.
 * @throws Error when the keys have changed: that table has to be made anew (`npm run reset`)
 */
export async function ensureTable(client: DynamoClient, name: string, table: Table): Promise<void> {
  const existing = await describe(client, name);
  if (existing === undefined) await create(client, name, table);
  else await widen(client, name, table, existing);
  const ttl = table.TimeToLiveSpecification;
  if (ttl?.Enabled === true) {
    await client
      .call('UpdateTimeToLive', { TableName: name, TimeToLiveSpecification: ttl })
      .catch((error: unknown) => {
        // Enabled by an earlier run.
        if (!(error instanceof DynamoError && error.name === 'ValidationException')) throw error;
      });
  }
}

async function describe(client: DynamoClient, name: string) {
  try {
    return Described.parse(await client.call('DescribeTable', { TableName: name })).Table;
  } catch (error) {
    if (error instanceof DynamoError && error.name === 'ResourceNotFoundException') {
      return undefined;
    }
    throw error;
  }
}

async function create(client: DynamoClient, name: string, table: Table): Promise<void> {
  const stream = table.StreamSpecification;
  await client.call('CreateTable', {
    TableName: name,
    AttributeDefinitions: table.AttributeDefinitions,
    KeySchema: table.KeySchema,
    BillingMode: 'PAY_PER_REQUEST',
    ...(table.GlobalSecondaryIndexes === undefined
      ? {}
      : { GlobalSecondaryIndexes: table.GlobalSecondaryIndexes }),
    ...(table.LocalSecondaryIndexes === undefined
      ? {}
      : { LocalSecondaryIndexes: table.LocalSecondaryIndexes }),
    ...(stream === undefined
      ? {}
      : { StreamSpecification: { StreamEnabled: true, StreamViewType: stream.StreamViewType } }),
  });
}

async function widen(
  client: DynamoClient,
  name: string,
  table: Table,
  existing: z.infer<typeof Described>['Table'],
): Promise<void> {
  if (keys(existing.KeySchema) !== keys(table.KeySchema)) {
    throw new Error(
      `table ${name} has other keys than in an earlier run: its data cannot be kept, run \`npm run reset\``,
    );
  }
  const there = new Set(existing.GlobalSecondaryIndexes?.map(({ IndexName }) => IndexName));
  for (const index of table.GlobalSecondaryIndexes ?? []) {
    if (there.has(index.IndexName)) continue;
    await client.call('UpdateTable', {
      TableName: name,
      AttributeDefinitions: table.AttributeDefinitions,
      GlobalSecondaryIndexUpdates: [{ Create: index }],
    });
  }
  if (table.StreamSpecification !== undefined && existing.StreamSpecification === undefined) {
    await client.call('UpdateTable', {
      TableName: name,
      StreamSpecification: { StreamEnabled: true, ...table.StreamSpecification },
    });
  }
}

function keys(schema: z.infer<typeof KeySchema>): string {
  return schema.map(({ AttributeName, KeyType }) => `${KeyType}=${AttributeName}`).join();
}
