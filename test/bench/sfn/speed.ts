import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import * as z from 'zod';
import type { Subject } from './machines.ts';

export const engineNames = ['memory', 'durable', 'aws-local-stepfunctions'] as const;
export type EngineName = (typeof engineNames)[number];

export interface Speed {
  readonly subject: string;
  /** States entered in a second of processor time, over all rounds but the first ones. */
  readonly perSecond: Readonly<Record<EngineName, number>>;
}

/** Microseconds of processor time. */
const spent = z.number();

/**
 * Each engine has a process of its own, so that it pays for all of its garbage, and for no other's; they take turns, so
 * that whatever else the machine does befalls them alike.
 * @param rounds how often each engine takes its turn and is measured, after as many turns to warm up
 */
export async function measureSpeed(subject: Subject, rounds: number): Promise<Speed> {
  const children = await Promise.all(engineNames.map((engine) => started(engine, subject)));
  try {
    const total = children.map(() => 0);
    for (let round = 0; round < 2 * rounds; round += 1)
      for (const [at, child] of children.entries()) {
        const micros = await turn(child);
        if (round >= rounds) total[at] = (total[at] ?? 0) + micros;
      }
    const states = subject.transitions * subject.executions * rounds;
    const [memory = 0, durable = 0, other = 0] = total.map((micros) =>
      Math.round((states * 1e6) / micros),
    );
    const perSecond = { memory, durable, 'aws-local-stepfunctions': other };
    return { subject: subject.name, perSecond };
  } finally {
    await Promise.all(children.map(ended));
  }
}

async function started(engine: EngineName, subject: Subject): Promise<ChildProcess> {
  const args = ['--engine', engine, '--subject', subject.name];
  const child = fork(join(import.meta.dirname, 'speed-child.ts'), args, {
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  await answer(child);
  return child;
}

function turn(child: ChildProcess): Promise<number> {
  const answered = answer(child);
  child.send('go');
  return answered;
}

async function answer(child: ChildProcess): Promise<number> {
  const over = new AbortController();
  const gone = once(child, 'exit', over).then(([code]) => {
    throw new Error(`an engine's process ended with ${String(code)}`);
  });
  try {
    const message: unknown = await Promise.race([once(child, 'message', over), gone]);
    return z.tuple([spent, z.unknown()]).parse(message)[0];
  } finally {
    over.abort();
    gone.catch(() => undefined);
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.disconnect();
  await gone;
}
