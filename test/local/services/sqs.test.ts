import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { VirtualClock } from '../../../local/clock.ts';
import { QueueProperties, type Sqs, startSqs } from '../../../local/services/sqs.ts';
import { openStore, type Store } from '../../../local/services/store.ts';

let dir: string;
let store: Store;
let clock: VirtualClock;
let sqs: Sqs;
let client: SQSClient;

const deadLetters = 'arn:aws:sqs:eu-central-1:000000000000:dead';

async function open(): Promise<void> {
  store = openStore(join(dir, 'services.sqlite'));
  sqs = await startSqs({ store, clock, region: 'eu-central-1', account: '000000000000' });
  sqs.ensureQueue('dead', QueueProperties.parse('Dead', {}));
  sqs.ensureQueue(
    'work',
    QueueProperties.parse('Work', {
      VisibilityTimeout: 60,
      RedrivePolicy: { deadLetterTargetArn: deadLetters, maxReceiveCount: 2 },
    }),
  );
  sqs.ensureQueue(
    'line.fifo',
    QueueProperties.parse('Line', { FifoQueue: true, ContentBasedDeduplication: true }),
  );
  client = new SQSClient({
    endpoint: sqs.url,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
}

async function shutDown(): Promise<void> {
  client.destroy();
  await sqs.close();
  store.close();
}

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'kassa-sqs-'));
  clock = new VirtualClock({ stoppedAt: Date.parse('2026-11-02T10:00:00Z') });
  await open();
});

afterEach(async () => {
  await shutDown();
  rmSync(dir, { recursive: true, force: true });
});

const urlOf = (name: string): string => `${sqs.url}/000000000000/${name}`;

async function send(name: string, body: string, more: object = {}): Promise<void> {
  await client.send(new SendMessageCommand({ QueueUrl: urlOf(name), MessageBody: body, ...more }));
}

async function receive(name: string, more: object = {}) {
  const { Messages = [] } = await client.send(
    new ReceiveMessageCommand({
      QueueUrl: urlOf(name),
      MaxNumberOfMessages: 10,
      MessageSystemAttributeNames: ['All'],
      MessageAttributeNames: ['All'],
      ...more,
    }),
  );
  return Messages;
}

it('hands a message out with its attributes and checksums the SDK accepts', async () => {
  await send('work', 'grüße', {
    MessageAttributes: {
      kind: { DataType: 'String', StringValue: 'a' },
      raw: { DataType: 'Binary', BinaryValue: new Uint8Array([1, 2, 255]) },
    },
  });
  const [message] = await receive('work');
  expect(message?.Body).toBe('grüße');
  expect(message?.MessageAttributes?.['kind']?.StringValue).toBe('a');
  expect([...(message?.MessageAttributes?.['raw']?.BinaryValue ?? [])]).toEqual([1, 2, 255]);
  expect(message?.Attributes?.ApproximateReceiveCount).toBe('1');
});

it('hides what was received until the visibility timeout, then counts again', async () => {
  await send('work', 'a');
  await receive('work');
  await clock.advance(59_000);
  expect(await receive('work')).toEqual([]);
  await clock.advance(1_000);
  const [again] = await receive('work');
  expect(again?.Attributes?.ApproximateReceiveCount).toBe('2');
});

it('moves a message to the dead-letter queue after its last receive, and back on request', async () => {
  await send('work', 'poison');
  await receive('work');
  await clock.advance(60_000);
  await receive('work');
  await clock.advance(60_000);
  expect(await receive('work')).toEqual([]);
  const [dead] = await receive('dead', { VisibilityTimeout: 0 });
  expect(dead?.Body).toBe('poison');
  expect(dead?.Attributes?.['DeadLetterQueueSourceArn']).toMatch(/:work$/);
  await client.send(new StartMessageMoveTaskCommand({ SourceArn: deadLetters }));
  const [back] = await receive('work');
  expect(back?.Body).toBe('poison');
});

it('does not let a stale receipt handle delete what somebody else holds', async () => {
  await send('work', 'a');
  const [first] = await receive('work');
  await clock.advance(60_000);
  const [second] = await receive('work');
  const remove = (ReceiptHandle: string | undefined) =>
    client.send(new DeleteMessageCommand({ QueueUrl: urlOf('work'), ReceiptHandle }));
  await remove(first?.ReceiptHandle);
  const inFlight = async () =>
    (
      await client.send(
        new GetQueueAttributesCommand({ QueueUrl: urlOf('work'), AttributeNames: ['All'] }),
      )
    ).Attributes?.ApproximateNumberOfMessagesNotVisible;
  expect(await inFlight()).toBe('1');
  await remove(second?.ReceiptHandle);
  expect(await inFlight()).toBe('0');
});

it('gives a message back at once when its visibility is set to nothing', async () => {
  await send('work', 'a');
  const [first] = await receive('work');
  await client.send(
    new ChangeMessageVisibilityCommand({
      QueueUrl: urlOf('work'),
      ReceiptHandle: first?.ReceiptHandle,
      VisibilityTimeout: 0,
    }),
  );
  expect((await receive('work')).map(({ Body }) => Body)).toEqual(['a']);
});

it('delays', async () => {
  await send('work', 'later', { DelaySeconds: 30 });
  await clock.advance(29_999);
  expect(await receive('work')).toEqual([]);
  await clock.advance(1);
  expect((await receive('work')).map(({ Body }) => Body)).toEqual(['later']);
});

it('answers a long poll as soon as a message comes', async () => {
  const waiting = receive('work', { WaitTimeSeconds: 20 });
  await send('work', 'now');
  expect((await waiting).map(({ Body }) => Body)).toEqual(['now']);
});

it('answers each entry of a batch for itself', async () => {
  const answer = await client.send(
    new SendMessageBatchCommand({
      QueueUrl: urlOf('work'),
      Entries: [
        { Id: 'a', MessageBody: 'one' },
        { Id: 'b', MessageBody: 'x'.repeat(1_048_577) },
      ],
    }),
  );
  expect(answer.Successful?.map(({ Id }) => Id)).toEqual(['a']);
  expect(answer.Failed?.map(({ Id, Code }) => [Id, Code])).toEqual([
    ['b', 'InvalidParameterValue'],
  ]);
  const [message] = await receive('work');
  const removed = await client.send(
    new DeleteMessageBatchCommand({
      QueueUrl: urlOf('work'),
      Entries: [
        { Id: 'a', ReceiptHandle: message?.ReceiptHandle },
        { Id: 'b', ReceiptHandle: 'nonsense' },
      ],
    }),
  );
  expect(removed.Failed?.map(({ Code }) => Code)).toEqual(['ReceiptHandleIsInvalid']);
  const same = { Id: 'a', MessageBody: 'one' };
  await expect(
    client.send(new SendMessageBatchCommand({ QueueUrl: urlOf('work'), Entries: [same, same] })),
  ).rejects.toMatchObject({ name: 'BatchEntryIdsNotDistinct' });
});

it('keeps a FIFO group in order and drops duplicates', async () => {
  const line = (body: string, group: string) => send('line.fifo', body, { MessageGroupId: group });
  await line('a1', 'a');
  await line('a2', 'a');
  await line('a1', 'a');
  await line('b1', 'b');
  const [first] = await receive('line.fifo', { MaxNumberOfMessages: 1 });
  expect(first?.Body).toBe('a1');
  expect((await receive('line.fifo')).map(({ Body }) => Body)).toEqual(['b1']);
  await clock.advance(30_000);
  expect((await receive('line.fifo')).map(({ Body }) => Body)).toEqual(['a1', 'a2', 'b1']);
});

it('forgets messages older than the retention period', async () => {
  await send('work', 'old');
  await clock.advance(345_600_000);
  expect(await receive('work')).toEqual([]);
});

it('loses nothing when the process ends', async () => {
  await send('work', 'waiting');
  await send('line.fifo', 'in order', { MessageGroupId: 'a' });
  await receive('work');
  await shutDown();
  await open();
  expect(
    (await receive('work')).map(({ Body, Attributes }) => [
      Body,
      Attributes?.ApproximateReceiveCount,
    ]),
  ).toEqual([['waiting', '2']]);
  expect((await receive('line.fifo')).map(({ Body }) => Body)).toEqual(['in order']);
});

it('names a queue that is not there as AWS does', async () => {
  await expect(client.send(new GetQueueUrlCommand({ QueueName: 'nowhere' }))).rejects.toMatchObject(
    { name: 'QueueDoesNotExist' },
  );
});
