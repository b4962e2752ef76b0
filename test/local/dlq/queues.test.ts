import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { VirtualClock } from '../../../local/clock.ts';
import {
  type DeadLetters,
  deadLetterQueues,
  discard,
  discardAll,
  look,
  NotReplayable,
  replay,
  replayAll,
} from '../../../local/dlq/queues.ts';
import { QueueProperties, type Sqs, startSqs } from '../../../local/services/sqs.ts';
import { openStore, type Store } from '../../../local/services/store.ts';

const account = '000000000000';
const region = 'eu-central-1';
const dead = 'kassa-staging-work-dlq';
const failures = 'kassa-staging-schedule-failures';
let dir: string;
let store: Store;
let service: Sqs;
let sqs: SQSClient;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'kassa-dlq-'));
  store = openStore(join(dir, 'services.db'));
  const clock = new VirtualClock({ stoppedAt: Date.parse('2026-11-02T10:00:00Z') });
  service = await startSqs({ store, clock, region, account });
  const redrive = (name: string) => ({
    RedrivePolicy: {
      deadLetterTargetArn: `arn:aws:sqs:${region}:${account}:${name}`,
      maxReceiveCount: 1,
    },
  });
  for (const name of [dead, failures, 'kassa-prod-work-dlq']) {
    service.ensureQueue(name, QueueProperties.parse(name, {}));
  }
  service.ensureQueue('kassa-staging-work', QueueProperties.parse('Work', redrive(dead)));
  service.ensureQueue(
    'kassa-prod-work',
    QueueProperties.parse('Work', redrive('kassa-prod-work-dlq')),
  );
  sqs = new SQSClient({
    ...{ endpoint: service.url, region },
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
});

afterEach(async () => {
  sqs.destroy();
  await service.close();
  store.close();
  rmSync(dir, { recursive: true, force: true });
});

async function send(queue: string, ...bodies: readonly string[]): Promise<readonly string[]> {
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: queue }));
  const ids: string[] = [];
  for (const MessageBody of bodies) {
    const { MessageId = '' } = await sqs.send(
      new SendMessageCommand({
        QueueUrl,
        MessageBody,
        MessageAttributes: { REASON: { DataType: 'String', StringValue: `about ${MessageBody}` } },
      }),
    );
    ids.push(MessageId);
  }
  return ids;
}

async function queueNamed(name: string): Promise<DeadLetters> {
  const found = (await deadLetterQueues(sqs, 'kassa-staging-')).find((one) => one.name === name);
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
}

async function receive(queue: string) {
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: queue }));
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({
      ...{ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 60 },
      MessageAttributeNames: ['All'],
    }),
  );
  return Messages.map(({ Body, MessageAttributes }) => [
    Body,
    MessageAttributes?.['REASON']?.StringValue,
  ]);
}

it('lists the queues of the stage where messages end, and where they came from', async () => {
  await send(dead, 'one', 'two');
  const queues = await deadLetterQueues(sqs, 'kassa-staging-');
  expect(queues.map(({ name, visible, sources }) => [name, visible, sources])).toEqual([
    [dead, 2, [`${service.url}/${account}/kassa-staging-work`]],
    [failures, 0, []],
  ]);
});

it('looks at up to so many messages and gives every one of them back', async () => {
  const ids = await send(dead, 'one', 'two', 'three');
  const queue = await queueNamed(dead);
  expect(await look(sqs, queue, 2)).toEqual([
    expect.objectContaining({ id: ids[0], body: 'one', attributes: { REASON: 'about one' } }),
    expect.objectContaining({ id: ids[1], body: 'two' }),
  ]);
  expect(await look(sqs, queue, 10)).toHaveLength(3);
  expect(await queueNamed(dead)).toMatchObject({ visible: 3, inFlight: 0 });
});

it('goes once through more messages than one receive brings', async () => {
  const bodies = Array.from({ length: 23 }, (_, index) => String(index));
  await send(dead, ...bodies);
  const seen = await look(sqs, await queueNamed(dead), 100);
  expect(new Set(seen.map(({ body }) => body))).toEqual(new Set(bodies));
  expect(seen).toHaveLength(23);
});

it('replays the named messages with their attributes and leaves the others', async () => {
  const [, second = ''] = await send(dead, 'one', 'two', 'three');
  const unknown = '00000000-0000-4000-8000-000000000000';
  expect(await replay(sqs, await queueNamed(dead), [second, unknown])).toEqual([second]);
  expect(await receive('kassa-staging-work')).toEqual([['two', 'about two']]);
  expect(await queueNamed(dead)).toMatchObject({ visible: 2, inFlight: 0 });
});

it('replays all of a queue to its source', async () => {
  await send(dead, 'one', 'two');
  await replayAll(sqs, await queueNamed(dead));
  expect(await receive('kassa-staging-work')).toEqual([
    ['one', 'about one'],
    ['two', 'about two'],
  ]);
  expect(await queueNamed(dead)).toMatchObject({ visible: 0, inFlight: 0 });
});

/** As EventBridge and Scheduler leave it: what was to be sent, and to whom. */
async function undelivered(target: string, ...bodies: readonly string[]) {
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: failures }));
  const MessageAttributes = {
    TARGET_ARN: { DataType: 'String', StringValue: target },
    REASON: { DataType: 'String', StringValue: 'NO_PERMISSIONS' },
  };
  const sent = bodies.map((MessageBody) =>
    sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, MessageAttributes })),
  );
  return (await Promise.all(sent)).map(({ MessageId = '' }) => MessageId);
}
const work = `arn:aws:sqs:${region}:${account}:kassa-staging-work`;
const machine = `arn:aws:states:${region}:${account}:stateMachine:expiry`;

it('replays what a service could not put into a queue to that queue, as it was to be sent', async () => {
  const [first = ''] = await undelivered(work, 'one', 'two', 'three');
  expect(await replay(sqs, await queueNamed(failures), [first])).toEqual([first]);
  expect(await receive('kassa-staging-work')).toEqual([['one', undefined]]);
  await replayAll(sqs, await queueNamed(failures));
  expect(new Set(await receive('kassa-staging-work'))).toEqual(
    new Set([
      ['two', undefined],
      ['three', undefined],
    ]),
  );
  expect(await queueNamed(failures)).toMatchObject({ visible: 0, inFlight: 0 });
});

it('replays nothing that was meant for no queue, and loses nothing', async () => {
  const [id = ''] = await undelivered(machine, 'one');
  await expect(replay(sqs, await queueNamed(failures), [id])).rejects.toThrow(NotReplayable);
  await undelivered(work, 'two');
  await expect(replayAll(sqs, await queueNamed(failures))).rejects.toThrow(/runbooks/);
  const { visible, inFlight } = await queueNamed(failures);
  expect(visible + (await receive('kassa-staging-work')).length).toBe(2);
  expect(inFlight).toBe(0);
});

it('replays nothing of a queue that has no source, and loses nothing', async () => {
  const [id = ''] = await send(failures, 'one');
  const queue = await queueNamed(failures);
  await expect(replay(sqs, queue, [id])).rejects.toThrow(NotReplayable);
  await expect(replayAll(sqs, queue)).rejects.toThrow(/runbooks/);
  expect(await queueNamed(failures)).toMatchObject({ visible: 1, inFlight: 0 });
});

it('discards the named messages, or all', async () => {
  const [first = ''] = await send(dead, 'one', 'two', 'three');
  const queue = await queueNamed(dead);
  expect(await discard(sqs, queue, [first])).toEqual([first]);
  expect((await look(sqs, queue, 10)).map(({ body }) => body)).toEqual(['two', 'three']);
  await discardAll(sqs, queue);
  expect(await queueNamed(dead)).toMatchObject({ visible: 0, inFlight: 0 });
});
