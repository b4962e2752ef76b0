import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';

/** Milliseconds: as the clock goes, and of processor time. */
const cost = z.object({ ms: z.number(), cpuMs: z.number() });
/** What the process has of the system's memory, and what of it JavaScript uses after a collection; MB. */
const memory = z.object({ residentMb: z.number(), heapMb: z.number() });
const accepted = z.object({
  /** Before there was any execution. */
  empty: memory,
  accepted: cost,
  waiting: memory,
  /** Processor time used while nothing happened for `idleSeconds`. */
  idleCpuMs: z.number(),
});
const resumed = z.object({
  /** Until the engine was open again after kill -9. */
  openMs: z.number(),
  opened: memory,
  /** Until the first token was answered, the opening included. */
  firstMs: z.number(),
  /** For all other tokens. */
  answered: cost,
  left: z.literal(0),
  ended: z.number(),
});

export type Waiting = z.infer<typeof accepted> &
  z.infer<typeof resumed> & { readonly executions: number; readonly idleSeconds: number };

/** Starts executions that all wait for a token, kills the engine, and answers all of them on another. */
export async function measureWaiting(executions: number, idleSeconds: number): Promise<Waiting> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-sfn-'));
  const files = ['--store', join(folder, 'engine.sqlite'), '--tokens', join(folder, 'tokens')];
  try {
    const first = await inChild(
      [...files, '--start', String(executions), '--idle', String(idleSeconds)],
      accepted,
    );
    const second = await inChild(files, resumed);
    if (second.ended !== executions) throw new Error(`only ${second.ended} ended well`);
    return { executions, idleSeconds, ...first, ...second };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Its one message; then it is killed. */
async function inChild<T>(args: readonly string[], schema: z.ZodType<T>): Promise<T> {
  const child = fork(join(import.meta.dirname, 'waiting-child.ts'), args, {
    execArgv: ['--expose-gc', '--disable-warning=ExperimentalWarning'],
  });
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  try {
    const message = await new Promise((resolve, reject) => {
      child.once('message', resolve);
      child.once('exit', (code) => reject(new Error(`the child ended with ${code}`)));
    });
    return schema.parse(message);
  } finally {
    child.kill('SIGKILL');
    await gone;
  }
}
