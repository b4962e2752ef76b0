import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import * as z from 'zod';
import { VirtualClock } from '../../../local/clock.ts';
import { QueueProperties, startSqs } from '../../../local/services/sqs.ts';
import { openStore } from '../../../local/services/store.ts';

const services = join(import.meta.dirname, '../../../local/services');
const place = { region: 'eu-central-1', account: '000000000000' };
let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kassa-crash-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** A bus with a rule to a queue, in a process of its own. */
const program = (file: string): string => `
  import { VirtualClock } from '${services}/../clock.ts';
  import { createDeliveries } from '${services}/deliveries.ts';
  import { RuleProperties, startEventBridge } from '${services}/eventbridge.ts';
  import { QueueProperties, startSqs } from '${services}/sqs.ts';
  import { openStore } from '${services}/store.ts';
  const place = ${JSON.stringify(place)};
  const store = openStore(${JSON.stringify(file)});
  const clock = new VirtualClock();
  const sqs = await startSqs({ store, clock, ...place });
  sqs.ensureQueue('timeline', QueueProperties.parse('Timeline', {}));
  const calls = { invokeAsync: () => {}, startExecution: async () => {} };
  const deliveries = createDeliveries({ store, clock, sqs, calls });
  const events = await startEventBridge({ store, clock, deliveries, ...place });
  const Targets = [{ Id: 'q', Arn: 'arn:aws:sqs:eu-central-1:000000000000:timeline' }];
  const EventPattern = { source: ['kassa.orders'] };
  events.ensureRule('r', RuleProperties.parse('R', { EventPattern, Targets }));
  console.log(events.url);`;

const Answer = z.object({ Entries: z.array(z.object({ EventId: z.string() })) });

/** @returns the event's id once it is acknowledged, or undefined when the process is gone */
function put(url: string): Promise<string | undefined> {
  const Entries = [{ Source: 'kassa.orders', DetailType: 'OrderPaid', Detail: '{}' }];
  return new Promise((resolve) => {
    const headers = { 'x-amz-target': 'AWSEvents.PutEvents' };
    const sent = request(url, { method: 'POST', headers }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += String(chunk);
      });
      response.on('error', () => resolve(undefined));
      response.on('end', () => resolve(Answer.parse(JSON.parse(text)).Entries[0]?.EventId));
    });
    sent.on('error', () => resolve(undefined));
    sent.end(JSON.stringify({ Entries }));
  });
}

it('an event that was acknowledged is in its queue after a kill at any moment', async () => {
  const file = join(dir, 'services.sqlite');
  const child = spawn(process.execPath, ['--input-type=module', '-e', program(file)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await new Promise<string>((resolve) => {
    child.stdout.once('data', (chunk) => resolve(String(chunk).trim()));
  });
  const acknowledged: string[] = [];
  const sender = async (): Promise<void> => {
    for (let id = await put(url); id !== undefined; id = await put(url)) {
      acknowledged.push(id);
      if (acknowledged.length === 200) child.kill('SIGKILL');
    }
  };
  await Promise.all(Array.from({ length: 8 }, sender));

  const store = openStore(file);
  const clock = new VirtualClock({ stoppedAt: Date.now() });
  const sqs = await startSqs({ store, clock, ...place });
  const queue = sqs.ensureQueue('timeline', QueueProperties.parse('Timeline', {}));
  const kept = new Set(
    queue
      .receive(10_000)
      .map(({ body }) => z.object({ id: z.string() }).parse(JSON.parse(body)).id),
  );
  await sqs.close();
  store.close();
  expect(acknowledged.length).toBeGreaterThanOrEqual(200);
  expect(acknowledged.filter((id) => !kept.has(id))).toEqual([]);
});
