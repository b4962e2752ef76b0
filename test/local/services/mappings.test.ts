import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { VirtualClock } from '../../../local/clock.ts';
import { type DynamoDb, startDynamoDb, TableProperties } from '../../../local/services/dynamodb.ts';
import {
  createEventSourceMappings,
  EventSourceMappingProperties,
  type EventSourceMappings,
} from '../../../local/services/event-source-mapping.ts';
import { QueueProperties, type Sqs, startSqs } from '../../../local/services/sqs.ts';
import { openStore, type Store } from '../../../local/services/store.ts';

const place = { region: 'eu-central-1', account: '000000000000' };
const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
const functionArn = 'arn:aws:lambda:eu-central-1:000000000000:function:worker';
const deadArn = 'arn:aws:sqs:eu-central-1:000000000000:dead';
const workArn = 'arn:aws:sqs:eu-central-1:000000000000:work';

const QueueBatch = z.object({
  Records: z.array(
    z.looseObject({ body: z.string(), messageId: z.string(), attributes: z.looseObject({}) }),
  ),
});
const StreamBatch = z.object({
  Records: z.array(
    z.looseObject({
      eventName: z.string(),
      eventSourceARN: z.string(),
      dynamodb: z.looseObject({
        SequenceNumber: z.string(),
        Keys: z.object({ pk: z.object({ S: z.string() }) }),
      }),
    }),
  ),
});

interface Answer {
  readonly payload: unknown;
  readonly functionError?: string;
}
const fine: Answer = { payload: null };
const broken: Answer = { payload: {}, functionError: 'Unhandled' };
const invoke = vi.fn<(arn: string, payload: unknown) => Promise<Answer>>();

let dir: string;
let store: Store;
let clock: VirtualClock;
let sqs: Sqs;
let mappings: EventSourceMappings;
let dynamodb: DynamoDb;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'kassa-mappings-'));
  clock = new VirtualClock({ stoppedAt: 0 });
  dynamodb = await startDynamoDb({ dir, clock });
});

afterAll(async () => {
  await dynamodb.close();
  rmSync(dir, { recursive: true, force: true });
});

beforeEach(async () => {
  clock = new VirtualClock({ stoppedAt: Date.now() });
  store = openStore(':memory:');
  sqs = await startSqs({ store, clock, ...place });
  sqs.ensureQueue('dead', QueueProperties.parse('Dead', {}));
  sqs.ensureQueue(
    'work',
    QueueProperties.parse('Work', {
      VisibilityTimeout: 60,
      RedrivePolicy: { deadLetterTargetArn: deadArn, maxReceiveCount: 2 },
    }),
  );
  invoke.mockReset().mockResolvedValue(fine);
  begin();
});

afterEach(async () => {
  mappings.close();
  await sqs.close();
  store.close();
});

function begin(): void {
  mappings = createEventSourceMappings({
    store,
    clock,
    sqs,
    dynamodb,
    invoke,
    region: place.region,
  });
}

const settled = () => vi.waitFor(() => expect(mappings.busy()).toBe(false));

describe('from a queue', () => {
  const send = (...bodies: string[]) => {
    for (const body of bodies) sqs.find('work')?.send({ body });
  };
  const batches = () =>
    invoke.mock.calls.map(([, payload]) =>
      QueueBatch.parse(payload).Records.map(({ body }) => body),
    );
  const map = (more: object = {}) =>
    mappings.add(
      'm1',
      EventSourceMappingProperties.parse('M1', {
        FunctionName: functionArn,
        EventSourceArn: workArn,
        ...more,
      }),
    );

  it('hands over what the SDK sent, as Lambda writes it, and takes it off the queue', async () => {
    map();
    const client = new SQSClient({ endpoint: sqs.url, region: place.region, credentials });
    const MessageAttributes = { kind: { DataType: 'String', StringValue: 'a' } };
    const QueueUrl = `${sqs.url}/${place.account}/work`;
    await client.send(
      new SendMessageCommand({ QueueUrl, MessageBody: 'hello', MessageAttributes }),
    );
    client.destroy();
    await settled();
    expect(invoke.mock.calls).toMatchObject([
      [
        functionArn,
        {
          Records: [
            {
              body: 'hello',
              attributes: { ApproximateReceiveCount: '1' },
              messageAttributes: { kind: { stringValue: 'a', dataType: 'String' } },
              eventSource: 'aws:sqs',
              eventSourceARN: workArn,
              awsRegion: place.region,
            },
          ],
        },
      ],
    ]);
    expect(sqs.find('work')?.counts).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
  });

  it('makes batches no larger than asked and runs no more at once than allowed', async () => {
    let running = 0;
    let most = 0;
    invoke.mockImplementation(async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      return fine;
    });
    map({ BatchSize: 3, ScalingConfig: { MaximumConcurrency: 2 } });
    send(...Array.from({ length: 20 }, (_, at) => `m${at}`));
    await settled();
    expect(batches().flat()).toHaveLength(20);
    expect(Math.max(...batches().map(({ length }) => length))).toBe(3);
    expect(most).toBe(2);
  });

  it('waits for a full batch or the end of the window', async () => {
    map({ BatchSize: 3, MaximumBatchingWindowInSeconds: 10 });
    send('a', 'b');
    await settled();
    expect(invoke).not.toHaveBeenCalled();
    await clock.advance(10_000, settled);
    expect(batches()).toEqual([['a', 'b']]);
    send('c', 'd', 'e');
    await settled();
    expect(batches()[1]).toEqual(['c', 'd', 'e']);
  });

  it('brings a failed batch again after the visibility timeout, then the queue buries it', async () => {
    invoke.mockResolvedValue(broken);
    map();
    send('poison');
    await settled();
    expect(invoke).toHaveBeenCalledTimes(1);
    await clock.advance(60_000, settled);
    expect(invoke).toHaveBeenCalledTimes(2);
    await clock.advance(60_000, settled);
    expect(invoke).toHaveBeenCalledTimes(2);
    expect(
      sqs
        .find('dead')
        ?.receive(1)
        .map(({ body }) => body),
    ).toEqual(['poison']);
  });

  it('does not let a poison message block its batch', async () => {
    invoke.mockImplementation(async (_, payload) => ({
      payload: {
        batchItemFailures: QueueBatch.parse(payload)
          .Records.filter(({ body }) => body === 'poison')
          .map(({ messageId }) => ({ itemIdentifier: messageId })),
      },
    }));
    map({ FunctionResponseTypes: ['ReportBatchItemFailures'] });
    send('good', 'poison', 'good too');
    await settled();
    expect(sqs.find('work')?.counts).toMatchObject({ visible: 0, inFlight: 1 });
  });

  it.each([
    ['names an item it was not given', { batchItemFailures: [{ itemIdentifier: 'x' }] }],
    ['cannot be read', { batchItemFailures: 'all' }],
  ])('takes an answer that %s for a failure of the batch', async (_, payload) => {
    invoke.mockResolvedValue({ payload });
    map({ FunctionResponseTypes: ['ReportBatchItemFailures'] });
    send('a', 'b');
    await settled();
    expect(sqs.find('work')?.counts).toMatchObject({ inFlight: 2 });
  });

  it('drops what no filter lets through', async () => {
    map({ FilterCriteria: { Filters: [{ Pattern: '{"body":{"kind":["wanted"]}}' }] } });
    send('{"kind":"wanted"}', '{"kind":"other"}', 'no json');
    await settled();
    expect(batches()).toEqual([['{"kind":"wanted"}']]);
    expect(sqs.find('work')?.counts).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
  });

  it('refuses a source and properties it does not know', () => {
    expect(() => map({ EventSourceArn: 'arn:aws:kinesis:x:1:stream/y' })).toThrow(/no queue/);
    expect(() => map({ TumblingWindowInSeconds: 5 })).toThrow(/TumblingWindowInSeconds/);
  });
});

describe('from a table', () => {
  let table: string;
  let tables = 0;
  let client: DynamoDBClient;
  const streamArn = () => `arn:aws:dynamodb:eu-central-1:000000000000:table/${table}/stream/2026`;

  beforeEach(async () => {
    tables += 1;
    table = `table${tables}`;
    await dynamodb.ensureTable(
      table,
      TableProperties.parse('T', {
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
      }),
    );
    client = new DynamoDBClient({ endpoint: dynamodb.url, region: place.region, credentials });
  });
  afterEach(() => client.destroy());

  const put = async (...keys: string[]) => {
    for (const pk of keys) {
      await client.send(new PutItemCommand({ TableName: table, Item: { pk: { S: pk } } }));
    }
  };
  const keysOf = (payload: unknown) =>
    StreamBatch.parse(payload).Records.map(({ dynamodb: { Keys } }) => Keys.pk.S);
  const batches = () => invoke.mock.calls.map(([, payload]) => keysOf(payload));
  const map = (more: object = {}) =>
    mappings.add(
      'm1',
      EventSourceMappingProperties.parse('M1', {
        FunctionName: functionArn,
        EventSourceArn: streamArn(),
        StartingPosition: 'TRIM_HORIZON',
        ...more,
      }),
    );
  const delivered = (...keys: string[]) =>
    vi.waitFor(() => expect(batches().flat()).toEqual(keys), { interval: 2, timeout: 5000 });
  /** Retries are timers of the clock: one is let pass as soon as it is set. */
  const passRetries = async (until: () => boolean) => {
    for (let tries = 0; !until() && tries < 200; tries += 1) {
      await settled();
      await clock.advance(60_000, settled);
    }
    expect(until()).toBe(true);
  };

  it('hands records over in order soon after the write', async () => {
    map();
    await settled();
    await put('a', 'b', 'c');
    await delivered('a', 'b', 'c');
    const inserted = { eventName: 'INSERT', awsRegion: place.region, eventSourceARN: streamArn() };
    // How many come at once is a matter of when the stream is looked at.
    expect(invoke.mock.calls[0]).toEqual([
      functionArn,
      { Records: expect.arrayContaining([expect.objectContaining(inserted)]) },
    ]);
  });

  it('goes on where it stopped, and takes what was written meanwhile', async () => {
    map();
    await put('a');
    await delivered('a');
    await settled();
    mappings.close();
    await put('b');
    begin();
    map();
    await delivered('a', 'b');
  });

  it('starts at the end when told to, and a restart skips nothing', async () => {
    await put('before');
    map({ StartingPosition: 'LATEST' });
    await settled();
    mappings.close();
    await put('a');
    begin();
    map({ StartingPosition: 'LATEST' });
    await delivered('a');
  });

  it('passes only what a filter lets through', async () => {
    map({
      FilterCriteria: { Filters: [{ Pattern: '{"dynamodb":{"Keys":{"pk":{"S":["b"]}}}}' }] },
    });
    await put('a', 'b', 'c');
    await delivered('b');
  });

  it('comes again from the first failed item, keeping the order', async () => {
    let failures = 1;
    invoke.mockImplementation(async (_, payload) => {
      const bad = StreamBatch.parse(payload).Records.find(
        ({ dynamodb: { Keys } }) => Keys.pk.S === 'b',
      );
      if (bad === undefined || failures === 0) return fine;
      failures -= 1;
      return {
        payload: { batchItemFailures: [{ itemIdentifier: bad.dynamodb.SequenceNumber }] },
      };
    });
    await put('a', 'b', 'c');
    map({ FunctionResponseTypes: ['ReportBatchItemFailures'] });
    await passRetries(() => batches().length === 2);
    expect(batches()).toEqual([
      ['a', 'b', 'c'],
      ['b', 'c'],
    ]);
  });

  it('halves a failing batch until the poison record is alone, buries that and goes on', async () => {
    invoke.mockImplementation(async (_, payload) =>
      keysOf(payload).includes('bad') ? broken : fine,
    );
    await put('a', 'b', 'bad', 'd');
    map({
      BisectBatchOnFunctionError: true,
      MaximumRetryAttempts: 3,
      DestinationConfig: { OnFailure: { Destination: deadArn } },
    });
    const good = () => invoke.mock.calls.map(([, payload]) => keysOf(payload)).at(-1)?.[0] === 'd';
    await passRetries(good);
    const dead = sqs.find('dead')?.receive(10) ?? [];
    expect(dead.map(({ body }) => JSON.parse(body))).toMatchObject([
      {
        requestContext: { functionArn, condition: 'RetryAttemptsExhausted' },
        DDBStreamBatchInfo: { batchSize: 1, startSequenceNumber: '3', streamArn: streamArn() },
      },
    ]);
    expect(batches()).toContainEqual(['a', 'b']);
  });
});
