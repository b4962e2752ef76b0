import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import {
  ConditionalCheckFailedException,
  DescribeTableCommand,
  DynamoDBClient,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { VirtualClock } from '../../../local/clock.ts';
import {
  type DynamoDb,
  GlobalTableProperties,
  startDynamoDb,
  TableProperties,
} from '../../../local/services/dynamodb.ts';

const start = Date.parse('2026-11-02T10:00:00Z');
let dir: string;
let clock: VirtualClock;
let server: DynamoDb;
let client: DynamoDBClient;

async function open(): Promise<void> {
  clock = new VirtualClock({ stoppedAt: start });
  server = await startDynamoDb({ dir, clock });
  client = new DynamoDBClient({
    endpoint: server.url,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
}

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'kassa-dynamodb-'));
  await open();
});

afterAll(async () => {
  client.destroy();
  await server.close();
  rmSync(dir, { recursive: true, force: true });
});

const properties = {
  TableName: 'deliveries',
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'S' },
    { AttributeName: 'courier', AttributeType: 'S' },
  ],
  KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'byCourier',
      KeySchema: [{ AttributeName: 'courier', KeyType: 'HASH' }],
      Projection: { ProjectionType: 'ALL' },
    },
  ],
  StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
  TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: 'true' },
};

it('makes a table with index and stream, and takes it again', async () => {
  const table = TableProperties.parse('Deliveries', properties);
  await server.ensureTable('deliveries', table);
  await server.ensureTable('deliveries', table);
  await client.send(
    new PutItemCommand({
      TableName: 'deliveries',
      Item: { pk: { S: 'd1' }, courier: { S: 'ann' } },
    }),
  );
  const found = await client.send(
    new QueryCommand({
      TableName: 'deliveries',
      IndexName: 'byCourier',
      KeyConditionExpression: 'courier = :c',
      ExpressionAttributeValues: { ':c': { S: 'ann' } },
    }),
  );
  expect(found.Items?.map(({ pk }) => pk?.S)).toEqual(['d1']);
  const described = await client.send(new DescribeTableCommand({ TableName: 'deliveries' }));
  expect(described.Table?.StreamSpecification?.StreamEnabled).toBe(true);
});

it('adds an index that the template has gained', async () => {
  const [index] = properties.GlobalSecondaryIndexes;
  const table = TableProperties.parse('Deliveries', {
    ...properties,
    AttributeDefinitions: [
      ...properties.AttributeDefinitions,
      { AttributeName: 'order', AttributeType: 'S' },
    ],
    GlobalSecondaryIndexes: [
      index,
      {
        IndexName: 'byOrder',
        KeySchema: [{ AttributeName: 'order', KeyType: 'HASH' }],
        Projection: { ProjectionType: 'KEYS_ONLY' },
      },
    ],
  });
  await server.ensureTable('deliveries', table);
  const described = await client.send(new DescribeTableCommand({ TableName: 'deliveries' }));
  expect(described.Table?.GlobalSecondaryIndexes?.map(({ IndexName }) => IndexName).sort()).toEqual(
    ['byCourier', 'byOrder'],
  );
});

it('refuses other keys for a table that holds data, and properties it does not know', async () => {
  const changed = TableProperties.parse('Deliveries', {
    ...properties,
    KeySchema: [{ AttributeName: 'courier', KeyType: 'HASH' }],
  });
  await expect(server.ensureTable('deliveries', changed)).rejects.toThrow(/other keys/);
  expect(() =>
    GlobalTableProperties.parse('Stack/Deliveries', {
      ...properties,
      KinesisStreamSpecification: 1,
    }),
  ).toThrow(/Stack\/Deliveries.*KinesisStreamSpecification/);
});

it('finds stream records by index, however many there are', () => {
  const database = new DatabaseSync(join(dir, 'dynamodb', 'data.sqlite'), { readOnly: true });
  const plan = (query: string): string =>
    JSON.stringify(database.prepare(`EXPLAIN QUERY PLAN ${query}`).all());
  const sequence = 'CAST(sequence_number AS INTEGER)';
  expect(
    plan(
      `SELECT keys_json FROM _stream_records WHERE table_name = 'a' AND shard_id = 'b' AND ${sequence} > 1 ORDER BY ${sequence} LIMIT 1`,
    ),
  ).toContain('kassa_stream_read');
  expect(
    plan(`SELECT COALESCE(MAX(${sequence}), 0) + 1 FROM _stream_records WHERE table_name = 'a'`),
  ).toContain('kassa_stream_last');
  database.close();
});

it('is a DynamoDB with transactions', async () => {
  const put = (pk: string) => ({
    Put: {
      TableName: 'deliveries',
      Item: { pk: { S: pk } },
      ConditionExpression: 'attribute_not_exists(pk)',
    },
  });
  await expect(
    client.send(new TransactWriteItemsCommand({ TransactItems: [put('d2'), put('d1')] })),
  ).rejects.toMatchObject({ name: 'TransactionCanceledException' });
  await expect(client.send(new PutItemCommand({ ...put('d1').Put }))).rejects.toBeInstanceOf(
    ConditionalCheckFailedException,
  );
  const all = await client.send(new ScanCommand({ TableName: 'deliveries' }));
  expect(all.Items?.map(({ pk }) => pk?.S)).toEqual(['d1']);
});

it('deletes what has expired on the virtual clock, and nothing else', async () => {
  const seconds = start / 1000;
  const put = (pk: string, expiresAt: number) =>
    client.send(
      new PutItemCommand({
        TableName: 'deliveries',
        Item: { pk: { S: pk }, expiresAt: { N: String(expiresAt) } },
      }),
    );
  await put('soon', seconds + 60);
  await put('later', seconds + 7200);
  await clock.advance(20 * 60_000);
  await vi.waitFor(() => expect(server.idle()).toBe(true));
  const all = await client.send(new ScanCommand({ TableName: 'deliveries' }));
  expect(all.Items?.map(({ pk }) => pk?.S).sort()).toEqual(['d1', 'later']);
});

it('does not take another program on its port for itself', async () => {
  const port = Number(new URL(server.url).port);
  const elsewhere = mkdtempSync(join(tmpdir(), 'kassa-dynamodb-'));
  await expect(startDynamoDb({ dir: elsewhere, clock, port })).rejects.toMatchObject({
    code: 'EADDRINUSE',
  });
  rmSync(elsewhere, { recursive: true });
});

it('uses another DynamoDB when given its endpoint', async () => {
  const other = await startDynamoDb({ dir, clock, endpoint: server.url });
  const told = new Promise<void>((resolve) => {
    other.onWrite(resolve);
  });
  expect(await other.client.call('ListTables', {})).toEqual({ TableNames: ['deliveries'] });
  await told;
  await other.close();
  expect(await server.client.call('ListTables', {})).toEqual({ TableNames: ['deliveries'] });
});

it('keeps its data and ends a server that a killed run left behind', async () => {
  const left = Number(readFileSync(join(dir, 'dynamodb.pid'), 'utf8'));
  await open();
  await vi.waitFor(() => expect(() => process.kill(left, 0)).toThrow());
  const all = await client.send(new ScanCommand({ TableName: 'deliveries' }));
  expect(all.Items?.length).toBe(2);
});
