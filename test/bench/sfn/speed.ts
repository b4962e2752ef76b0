import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StateMachine } from 'aws-local-stepfunctions';
import { VirtualClock } from '../../../local/clock.ts';
import { createEngine, type EngineOptions } from '../../../local/sfn/index.ts';
import { increment, type Subject } from './machines.ts';

export const engineNames = ['memory', 'durable', 'aws-local-stepfunctions'] as const;
export type EngineName = (typeof engineNames)[number];

/** Runs a subject's executions all at once and answers when each has ended well. */
type Runner = () => Promise<void>;

export interface Speed {
  readonly subject: string;
  /** States entered in a second of processor time: the middle of all rounds. */
  readonly perSecond: Readonly<Record<EngineName, number>>;
}

/** @param rounds how often each engine takes its turn; the first turn is not counted */
export async function measureSpeed(subject: Subject, rounds: number): Promise<Speed> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-sfn-'));
  // The other engine forgets an execution when it has ended.
  const memory = ours(subject, { kind: 'memory', keep: 100 });
  const durable = ours(subject, { kind: 'file', path: join(folder, 'engine.sqlite') });
  const runners: Readonly<Record<EngineName, Runner>> = {
    memory: memory.run,
    durable: durable.run,
    'aws-local-stepfunctions': theirs(subject),
  };
  const seen: Record<EngineName, number[]> = {
    memory: [],
    durable: [],
    'aws-local-stepfunctions': [],
  };
  for (let round = 0; round <= rounds; round += 1)
    for (const name of engineNames) {
      const speed = await timed(subject, runners[name]);
      if (round > 0) seen[name].push(speed);
    }
  memory.close();
  durable.close();
  rmSync(folder, { recursive: true, force: true });
  return {
    subject: subject.name,
    perSecond: {
      memory: middle(seen.memory),
      durable: middle(seen.durable),
      'aws-local-stepfunctions': middle(seen['aws-local-stepfunctions']),
    },
  };
}

async function timed(subject: Subject, run: Runner): Promise<number> {
  const before = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(before);
  return Math.round((subject.transitions * subject.executions * 1e6) / (user + system));
}

function ours(
  subject: Subject,
  store: EngineOptions['store'],
): { readonly run: Runner; close(): void } {
  const clock = new VirtualClock();
  const integrations: EngineOptions['integrations'] = {
    invokeLambda: async (_name, payload) => ({ payload: increment(payload) }),
  };
  const engine = createEngine({ clock, store, integrations });
  const { machine } = engine.createStateMachine({
    name: 'subject',
    definition: JSON.stringify(subject.definition),
    roleArn: 'arn:aws:iam::000000000000:role/machine',
  });
  const input = JSON.stringify(subject.input);
  const one = async (): Promise<void> => {
    const { executionArn } = await engine.startExecution({ stateMachineArn: machine.arn, input });
    const { status } = await engine.waitFor(executionArn);
    if (status !== 'SUCCEEDED') throw new Error(`${subject.name}: ${status}`);
  };
  return {
    run: () => all(subject.executions, one),
    close() {
      engine.close();
      clock.close();
    },
  };
}

function theirs(subject: Subject): Runner {
  const machine = new StateMachine(subject.definition);
  const taskResourceLocalHandlers = Object.fromEntries(
    Object.entries(subject.definition.States)
      .filter(([, state]) => state.Type === 'Task')
      .map(([name]) => [name, async (input: unknown) => ({ ...increment(input) })]),
  );
  const input = JSON.stringify(subject.input);
  return () =>
    all(subject.executions, async () => {
      await machine.run(JSON.parse(input), { overrides: { taskResourceLocalHandlers } }).result;
    });
}

async function all(count: number, one: () => Promise<void>): Promise<void> {
  await Promise.all(Array.from({ length: count }, one));
}

function middle(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}
