// Started by waiting.ts and killed by it: a durable engine whose executions all wait for their tokens.
import { appendFileSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { turn, VirtualClock } from '../../../local/clock.ts';
import { createEngine } from '../../../local/sfn/index.ts';

const { values } = parseArgs({
  options: {
    store: { type: 'string', default: '' },
    tokens: { type: 'string', default: '' },
    /** How many to start; without it, all that wait are answered. */
    start: { type: 'string' },
    /** Seconds to do nothing for, once all wait. */
    idle: { type: 'string', default: '0' },
  },
});

const lanes = 200;
const began = performance.now();
let tokens: string[] = [];
const engine = createEngine({
  clock: new VirtualClock(),
  store: { kind: 'file', path: values.store },
  integrations: {
    async invokeLambda(_name, token) {
      tokens.push(String(token));
      return { payload: null };
    },
  },
});
const openMs = performance.now() - began;

interface Memory {
  readonly residentMb: number;
  /** JavaScript's heap after a collection. */
  readonly heapMb: number;
}

async function memory(): Promise<Memory> {
  for (let round = 0; round < 3; round += 1) {
    globalThis.gc?.();
    await turn();
  }
  const { rss, heapUsed } = process.memoryUsage();
  return { residentMb: Math.round(rss / 2 ** 20), heapMb: Math.round(heapUsed / 2 ** 20) };
}

interface Cost {
  readonly ms: number;
  /** Processor time. */
  readonly cpuMs: number;
}

async function inLanes(count: number, work: (at: number) => Promise<unknown>): Promise<Cost> {
  const from = performance.now();
  const before = process.cpuUsage();
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) {
      next += 1;
      await work(next - 1);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  const { user, system } = process.cpuUsage(before);
  return { ms: performance.now() - from, cpuMs: (user + system) / 1000 };
}

async function accept(count: number): Promise<object> {
  const empty = await memory();
  const { machine } = engine.createStateMachine({
    name: 'waits',
    roleArn: 'arn:aws:iam::000000000000:role/machine',
    definition: JSON.stringify({
      QueryLanguage: 'JSONata',
      StartAt: 'Wait for the customer',
      States: {
        'Wait for the customer': {
          Type: 'Task',
          Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
          Arguments: { FunctionName: 'ask', Payload: '{% $states.context.Task.Token %}' },
          TimeoutSeconds: 86_400,
          End: true,
        },
      },
    }),
  });
  const accepted = await inLanes(count, (at) =>
    engine.startExecution({
      stateMachineArn: machine.arn,
      name: `order-${at}`,
      input: JSON.stringify({ orderId: `order-${at}`, generation: 1, run: 1 }),
    }),
  );
  await engine.idle();
  appendFileSync(values.tokens, tokens.join('\n'));
  tokens = [];
  const waiting = await memory();
  const before = process.cpuUsage();
  await new Promise((resolve) => setTimeout(resolve, Number(values.idle) * 1000));
  const { user, system } = process.cpuUsage(before);
  return { empty, accepted, waiting, idleCpuMs: (user + system) / 1000 };
}

async function answerAll(): Promise<object> {
  const opened = await memory();
  const known = readFileSync(values.tokens, 'utf8').split('\n');
  const from = performance.now();
  await engine.sendTaskSuccess(known[0] ?? '', '{}');
  const firstMs = openMs + performance.now() - from;
  const rest = known.slice(1);
  const answered = await inLanes(rest.length, (at) =>
    engine.sendTaskSuccess(rest[at] ?? '', '{"outcome":"authorised"}'),
  );
  await engine.idle();
  const { length: left } = engine.listExecutions({ status: 'RUNNING', limit: 1 });
  const { length: ended } = engine.listExecutions({ status: 'SUCCEEDED', limit: known.length + 1 });
  return { openMs, opened, firstMs, answered, left, ended };
}

const count = values.start;
process.send?.(await (count === undefined ? answerAll() : accept(Number(count))));
// Stands still until it is killed.
process.on('message', () => undefined);
