import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { VirtualClock } from '../../../local/clock.ts';
import { createDeliveries, type Deliveries } from '../../../local/services/deliveries.ts';
import {
  type EventBridge,
  RuleProperties,
  startEventBridge,
} from '../../../local/services/eventbridge.ts';
import { QueueProperties, type Sqs, startSqs } from '../../../local/services/sqs.ts';
import { openStore, type Store } from '../../../local/services/store.ts';

const place = { region: 'eu-central-1', account: '000000000000' };
const arn = (service: string, rest: string) =>
  `arn:aws:${service}:${place.region}:${place.account}:${rest}`;
const lambdaArn = arn('lambda', 'function:mail');
const machineArn = arn('states', 'stateMachine:settlement');
const queueArn = arn('sqs', 'timeline');
const deadArn = arn('sqs', 'dead');

let dir: string;
let store: Store;
let clock: VirtualClock;
let sqs: Sqs;
let deliveries: Deliveries;
let events: EventBridge;
let client: EventBridgeClient;
const invokeAsync = vi.fn<(arn: string, payload: unknown) => void>();
const startExecution = vi.fn<(execution: object) => Promise<unknown>>();

async function open(): Promise<void> {
  store = openStore(join(dir, 'services.sqlite'));
  sqs = await startSqs({ store, clock, ...place });
  sqs.ensureQueue('timeline', QueueProperties.parse('Timeline', {}));
  sqs.ensureQueue('dead', QueueProperties.parse('Dead', {}));
  deliveries = createDeliveries({
    store,
    clock,
    sqs,
    calls: { invokeAsync, startExecution, putEvent: (bus, event) => events.putEvent(bus, event) },
  });
  events = await startEventBridge({ store, clock, deliveries, ...place });
  events.ensureBus('kassa');
  client = new EventBridgeClient({
    endpoint: events.url,
    region: place.region,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
}

async function shutDown(): Promise<void> {
  client.destroy();
  await events.close();
  deliveries.close();
  await sqs.close();
  store.close();
}

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'kassa-events-'));
  clock = new VirtualClock({ stoppedAt: Date.parse('2026-11-02T10:00:00Z') });
  invokeAsync.mockReset();
  startExecution.mockReset().mockResolvedValue({});
  await open();
});

afterEach(async () => {
  await shutDown();
  rmSync(dir, { recursive: true, force: true });
});

function rule(name: string, targets: readonly object[], more: object = {}): void {
  events.ensureRule(
    name,
    RuleProperties.parse(name, {
      EventBusName: 'kassa',
      EventPattern: { source: ['kassa.orders'] },
      Targets: targets.map((target, at) => ({ Id: `t${at}`, ...target })),
      ...more,
    }),
  );
}

const entry = {
  EventBusName: 'kassa',
  Source: 'kassa.orders',
  DetailType: 'OrderPaid',
  Detail: '{"orderId":"o1","lines":[{"sku":"a"}],"note":"say \\"hi\\""}',
};

const put = (...Entries: object[]) => client.send(new PutEventsCommand({ Entries }));
const take = (name: string) => sqs.find(name)?.receive(10) ?? [];
const bodies = (name: string): unknown[] => take(name).map(({ body }) => JSON.parse(body));

it('delivers to every kind of target whose rule fits, and answers by entry', async () => {
  rule('all', [{ Arn: queueArn }, { Arn: lambdaArn }, { Arn: machineArn, RoleArn: 'r' }]);
  rule('other', [{ Arn: queueArn }], { EventPattern: { source: ['kassa.payments'] } });
  const answer = await put(
    entry,
    { ...entry, Detail: '[1]' },
    { ...entry, Source: undefined },
    { ...entry, EventBusName: 'nowhere' },
  );
  expect(answer.FailedEntryCount).toBe(3);
  expect(answer.Entries?.map(({ ErrorCode }) => ErrorCode)).toEqual([
    undefined,
    'MalformedDetail',
    'InvalidArgument',
    'ResourceNotFoundException',
  ]);
  const event = {
    version: '0',
    id: answer.Entries?.[0]?.EventId,
    'detail-type': 'OrderPaid',
    source: 'kassa.orders',
    account: place.account,
    time: '2026-11-02T10:00:00Z',
    region: place.region,
    resources: [],
    detail: JSON.parse(entry.Detail),
  };
  expect(bodies('timeline')).toEqual([event]);
  expect(invokeAsync.mock.calls).toEqual([[lambdaArn, event]]);
  expect(startExecution.mock.calls).toEqual([
    [
      {
        stateMachineArn: machineArn,
        name: expect.any(String),
        input: JSON.stringify(event),
      },
    ],
  ]);
});

it('gives targets a constant, a part, or a filled template', async () => {
  rule('shaped', [
    { Arn: queueArn, Input: '{"constant":true}' },
    { Arn: queueArn, InputPath: '$.detail.lines[0]' },
    {
      Arn: queueArn,
      InputTransformer: {
        InputPathsMap: { id: '$.detail.orderId', note: '$.detail.note', lines: '$.detail.lines' },
        InputTemplate: '{"text":"<id>: <note>","lines":<lines>,"rule":"<aws.events.rule-name>"}',
      },
    },
  ]);
  await put(entry);
  expect(bodies('timeline')).toEqual([
    { constant: true },
    { sku: 'a' },
    { text: 'o1: say "hi"', lines: [{ sku: 'a' }], rule: 'shaped' },
  ]);
});

it('passes events on to another bus', async () => {
  rule('onwards', [{ Arn: arn('events', 'event-bus/default') }]);
  rule('default-rule', [{ Arn: queueArn }], { EventBusName: 'default' });
  await put(entry);
  expect(bodies('timeline')).toMatchObject([{ source: 'kassa.orders' }]);
});

it('tries again on the virtual clock under one execution name, then buries with the reason', async () => {
  startExecution.mockRejectedValue(
    Object.assign(new Error('busy'), { name: 'ThrottlingException' }),
  );
  rule('retried', [
    {
      Arn: machineArn,
      RetryPolicy: { MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 3600 },
      DeadLetterConfig: { Arn: deadArn },
    },
  ]);
  await put(entry);
  await vi.waitFor(() => expect(deliveries.waiting).toBe(1));
  const settled = () => vi.waitFor(() => expect(deliveries.active).toBe(0));
  await clock.advance(60_000, settled);
  expect(startExecution).toHaveBeenCalledTimes(3);
  expect(new Set(startExecution.mock.calls.map(([call]) => JSON.stringify(call))).size).toBe(1);
  const [dead] = take('dead');
  expect(JSON.parse(dead?.body ?? '')).toMatchObject({ 'detail-type': 'OrderPaid' });
  const said = Object.entries(dead?.attributes ?? {}).map(([name, { StringValue }]) => [
    name,
    StringValue,
  ]);
  expect(Object.fromEntries(said)).toEqual({
    RULE_ARN: arn('events', 'rule/kassa/retried'),
    TARGET_ARN: machineArn,
    ERROR_CODE: 'ThrottlingException',
    ERROR_MESSAGE: 'busy',
    RETRY_ATTEMPTS: '2',
    EXHAUSTED_RETRY_CONDITION: 'MaximumRetryAttempts',
  });
});

it('buries at once what has no target', async () => {
  rule('gone', [{ Arn: arn('sqs', 'missing'), DeadLetterConfig: { Arn: deadArn } }]);
  await put(entry);
  expect(take('dead').map(({ attributes }) => attributes['ERROR_CODE']?.StringValue)).toEqual([
    'NO_RESOURCE',
  ]);
});

it('keeps a delivery over a crash, under the same execution name', async () => {
  startExecution.mockReturnValueOnce(new Promise(() => undefined));
  rule('kept', [{ Arn: machineArn }]);
  await put(entry);
  expect(startExecution).toHaveBeenCalledTimes(1);
  await shutDown();
  await open();
  deliveries.resume();
  expect(startExecution).toHaveBeenCalledTimes(2);
  expect(startExecution.mock.calls[1]).toEqual(startExecution.mock.calls[0]);
});

it('runs scheduled rules', async () => {
  rule('nightly', [{ Arn: queueArn }], {
    EventBusName: 'default',
    EventPattern: undefined,
    ScheduleExpression: 'rate(5 minutes)',
  });
  await clock.advance(10 * 60_000);
  expect(bodies('timeline')).toMatchObject([
    { 'detail-type': 'Scheduled Event', time: '2026-11-02T10:05:00Z' },
    { 'detail-type': 'Scheduled Event', time: '2026-11-02T10:10:00Z' },
  ]);
});

it('refuses eleven entries, too many bytes, unknown targets and unknown properties', async () => {
  await expect(put(...Array(11).fill(entry))).rejects.toMatchObject({
    name: 'ValidationException',
  });
  const large = { ...entry, Detail: JSON.stringify({ text: 'x'.repeat(270_000) }) };
  await expect(put(large)).rejects.toMatchObject({ name: 'ValidationException' });
  expect(() => rule('topic', [{ Arn: arn('sns', 'topic') }])).toThrow(/cannot be a target/);
  expect(() => rule('ecs', [{ Arn: queueArn, EcsParameters: {} }])).toThrow(/EcsParameters/);
});
