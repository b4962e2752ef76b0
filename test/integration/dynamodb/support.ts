import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createDocumentClient } from '../../../adapters/dynamodb/client.ts';
import { accessTable } from '../../../domain/access/table.ts';
import { type Delivery, deliverySchema } from '../../../domain/delivery/delivery.ts';
import { deliveriesTable, idempotencyTable } from '../../../domain/delivery/table.ts';
import { timelineTable } from '../../../domain/orders/timeline-table.ts';
import { type Subject, subjectSchema } from '../../../domain/shared/ids.ts';
import { VirtualClock } from '../../../local/clock.ts';
import { type DynamoDb, startDynamoDb, TableProperties } from '../../../local/services/dynamodb.ts';

export const anna: Subject = subjectSchema.parse('anna');
export const boris: Subject = subjectSchema.parse('boris');

/** A DynamoDB of its own with the shop's tables. */
export async function startTables() {
  const dir = mkdtempSync(join(tmpdir(), 'kassa-tables-'));
  const server = await startDynamoDb({ dir, clock: new VirtualClock() });
  try {
    await makeTables(server);
  } catch (error) {
    await server.close();
    throw error;
  }
  const config = clientConfig(server.url);
  const client = new DynamoDBClient(config);
  const documents = createDocumentClient(config);
  return {
    client,
    documents,
    close: async () => {
      client.destroy();
      documents.destroy();
      await server.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function makeTables(server: DynamoDb): Promise<void> {
  const { partitionKey, sortKey, workIndex } = deliveriesTable;
  await server.ensureTable(
    'deliveries',
    TableProperties.parse('test', {
      TableName: 'deliveries',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: strings(
        partitionKey,
        sortKey,
        workIndex.partitionKey,
        workIndex.sortKey,
      ),
      KeySchema: keys(partitionKey, sortKey),
      GlobalSecondaryIndexes: [
        {
          IndexName: workIndex.name,
          KeySchema: keys(workIndex.partitionKey, workIndex.sortKey),
          Projection: { ProjectionType: workIndex.projection },
        },
      ],
    }),
  );
  const { listIndex } = accessTable;
  await server.ensureTable(
    'access',
    TableProperties.parse('test', {
      TableName: 'access',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: strings(
        accessTable.partitionKey,
        accessTable.sortKey,
        listIndex.partitionKey,
        listIndex.sortKey,
      ),
      KeySchema: keys(accessTable.partitionKey, accessTable.sortKey),
      GlobalSecondaryIndexes: [
        {
          IndexName: listIndex.name,
          KeySchema: keys(listIndex.partitionKey, listIndex.sortKey),
          Projection: { ProjectionType: listIndex.projection },
        },
      ],
    }),
  );
  await server.ensureTable(
    'timeline',
    TableProperties.parse('test', {
      TableName: 'timeline',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: strings(timelineTable.partitionKey, timelineTable.sortKey),
      KeySchema: keys(timelineTable.partitionKey, timelineTable.sortKey),
    }),
  );
  await server.ensureTable(
    'idempotency',
    TableProperties.parse('test', {
      TableName: 'idempotency',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: strings(idempotencyTable.partitionKey),
      KeySchema: keys(idempotencyTable.partitionKey),
    }),
  );
}

export function clientConfig(endpoint: string) {
  return {
    endpoint,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  };
}

/** The `n`th delivery, opened `n` minutes after ten. */
export function delivery(n: number): Delivery {
  const orderId = `01900000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;
  const openedAt = new Date(Date.parse('2026-11-02T10:00:00Z') + n * 60_000).toISOString();
  return deliverySchema.parse({
    deliveryId: `${orderId}.1`,
    orderId,
    generation: 1,
    attempt: 1,
    status: 'ready',
    courierId: null,
    address: {
      recipient: 'Ada Example',
      line1: 'Hauptstraße 1',
      postalCode: '10115',
      city: 'Berlin',
      country: 'DE',
    },
    sequence: 1,
    openedAt,
    changedAt: openedAt,
    correlationId: `request-${n}`,
  });
}

function strings(...names: readonly string[]) {
  return names.map((AttributeName) => ({ AttributeName, AttributeType: 'S' }));
}

function keys(partition: string, sort?: string) {
  return [
    { AttributeName: partition, KeyType: 'HASH' },
    ...(sort === undefined ? [] : [{ AttributeName: sort, KeyType: 'RANGE' }]),
  ];
}
