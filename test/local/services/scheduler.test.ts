import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../local/clock.ts';
import { createDeliveries, type Deliveries } from '../../../local/services/deliveries.ts';
import {
  createScheduler,
  ScheduleProperties,
  type Scheduler,
} from '../../../local/services/scheduler.ts';
import { parseSchedule } from '../../../local/services/schedules/expression.ts';
import { type Sqs, startSqs } from '../../../local/services/sqs.ts';
import { openStore, type Store } from '../../../local/services/store.ts';

const start = Date.parse('2026-11-02T10:00:20Z');
const minute = 60_000;
const place = { region: 'eu-central-1', account: '000000000000' };
const scheduleArn = 'arn:aws:scheduler:eu-central-1:000000000000:schedule/default/tail';
const lambdaArn = 'arn:aws:lambda:eu-central-1:000000000000:function:tail';

let store: Store;
let clock: VirtualClock;
let sqs: Sqs;
let deliveries: Deliveries;
let scheduler: Scheduler;
let runs: string[];

async function open(): Promise<void> {
  sqs = await startSqs({ store, clock, ...place });
  const invokeAsync = (_: string, payload: unknown) => {
    runs.push(`${new Date(clock.now()).toISOString()} ${JSON.stringify(payload)}`);
  };
  const calls = { invokeAsync, startExecution: () => Promise.resolve() };
  deliveries = createDeliveries({ store, clock, sqs, calls });
  scheduler = createScheduler({ store, clock, deliveries });
}

async function shutDown(): Promise<void> {
  scheduler.close();
  deliveries.close();
  await sqs.close();
}

beforeEach(async () => {
  store = openStore(':memory:');
  clock = new VirtualClock({ stoppedAt: start });
  runs = [];
  await open();
});

afterEach(async () => {
  await shutDown();
  store.close();
});

function schedule(expression: string, more: object = {}): void {
  scheduler.ensureSchedule(
    scheduleArn,
    ScheduleProperties.parse('Tail', {
      ScheduleExpression: expression,
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: { Arn: lambdaArn, RoleArn: 'role', Input: '{}' },
      ...more,
    }),
  );
}

it('runs at a rate, counted from when it was first seen', async () => {
  schedule('rate(1 minute)');
  await clock.advance(2 * minute);
  expect(runs).toEqual(['2026-11-02T10:01:20.000Z {}', '2026-11-02T10:02:20.000Z {}']);
});

it('keeps its beat over a restart and does not catch up', async () => {
  schedule('rate(5 minutes)');
  await clock.advance(5 * minute);
  await shutDown();
  await clock.advance(62 * minute);
  await open();
  schedule('rate(5 minutes)');
  await clock.advance(3 * minute);
  expect(runs).toEqual(['2026-11-02T10:05:20.000Z {}', '2026-11-02T11:10:20.000Z {}']);
});

it('runs once, within its dates, and not when disabled', async () => {
  schedule('at(2026-11-02T12:00:00)', { ScheduleExpressionTimezone: 'Europe/Berlin' });
  await clock.advance(120 * minute);
  expect(runs).toEqual(['2026-11-02T11:00:00.000Z {}']);
  schedule('rate(1 minute)', {
    StartDate: '2026-11-02T12:10:00Z',
    EndDate: '2026-11-02T12:11:30Z',
  });
  await clock.advance(60 * minute);
  expect(runs.slice(1)).toEqual(['2026-11-02T12:10:00.000Z {}', '2026-11-02T12:11:00.000Z {}']);
  schedule('rate(1 minute)', { State: 'DISABLED' });
  await clock.advance(10 * minute);
  expect(runs).toHaveLength(3);
});

it('fills in when the run was due', async () => {
  schedule('cron(5 10 * * ? *)', {
    Target: { Arn: lambdaArn, Input: '{"due":"<aws.scheduler.scheduled-time>"}' },
  });
  await clock.advance(10 * minute);
  expect(runs).toEqual(['2026-11-02T10:05:00.000Z {"due":"2026-11-02T10:05:00Z"}']);
});

describe('cron as AWS writes it', () => {
  const after = Date.parse('2026-11-02T10:00:20Z'); // a Monday
  it.each([
    ['cron(0 12 * * ? *)', 'UTC', '2026-11-02T12:00:00.000Z'],
    ['cron(0/15 * * * ? *)', 'UTC', '2026-11-02T10:15:00.000Z'],
    ['cron(10/15,50 * * * ? *)', 'UTC', '2026-11-02T10:10:00.000Z'],
    ['cron(0 9 ? * MON-FRI *)', 'UTC', '2026-11-03T09:00:00.000Z'],
    ['cron(0 9 ? * 1 *)', 'UTC', '2026-11-08T09:00:00.000Z'],
    ['cron(0 9 ? * 2-6 *)', 'UTC', '2026-11-03T09:00:00.000Z'],
    ['cron(0 9 ? * 7 *)', 'UTC', '2026-11-07T09:00:00.000Z'],
    ['cron(0 0 L * ? *)', 'UTC', '2026-11-30T00:00:00.000Z'],
    ['cron(0 0 ? * 6L *)', 'UTC', '2026-11-27T00:00:00.000Z'],
    ['cron(0 0 ? * 3#2 *)', 'UTC', '2026-11-10T00:00:00.000Z'],
    ['cron(0 8 1 1 ? 2028)', 'UTC', '2028-01-01T08:00:00.000Z'],
    ['cron(0 12 * * ? *)', 'Europe/Berlin', '2026-11-02T11:00:00.000Z'],
    ['cron(30 10 15W * ? *)', 'UTC', '2026-11-16T10:30:00.000Z'],
  ])('%s in %s', (expression, timezone, expected) => {
    const parsed = parseSchedule(expression, timezone);
    const next = parsed.kind === 'cron' ? parsed.next(after) : undefined;
    expect(new Date(next ?? 0).toISOString()).toBe(expected);
  });

  it.each([
    'cron(0 12 * * * *)',
    'cron(0 12 ? * ? *)',
    'cron(0 12 * * ?)',
    'rate(0 minutes)',
    'rate(5 weeks)',
    'every day',
  ])('refuses %s', (expression) => {
    expect(() => parseSchedule(expression)).toThrow();
  });
});
