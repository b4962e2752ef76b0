import { setTimeout as pause } from 'node:timers/promises';
import { turn } from './clock.ts';

/** One part's view of whether it has work that is under way right now (waiting for a timer is not). */
export interface Part {
  readonly name: string;
  /** What it waits for is a moment to pass, no work: whoever moves the clock need not wait for it. */
  readonly passing?: true;
  busy(): boolean | Promise<boolean>;
}

/** A part that tells by a promise when it is idle. */
export function idlePart(name: string, idle: () => Promise<void>): Part {
  let waiting: Promise<void> | undefined;
  return {
    name,
    busy: () => {
      waiting ??= idle().finally(() => {
        waiting = undefined;
      });
      return Promise.race([waiting.then(() => false), turn().then(() => true)]);
    },
  };
}

/** Work crosses from part to part over sockets: quiet must last this many looks before it is believed. */
const quietLooks = 4;
const longest = 120_000;

/**
 * Resolves when no part has work under way.
 * @throws Error naming the busy parts when that takes more than two minutes
 */
export async function settle(parts: readonly Part[]): Promise<void> {
  const started = performance.now();
  for (let quiet = 0; quiet < quietLooks; ) {
    await turn();
    const busy = await busyParts(parts);
    quiet = busy.length === 0 ? quiet + 1 : 0;
    if (performance.now() - started > longest) {
      throw new Error(`not settled within two minutes: ${busy.join(', ')} busy`);
    }
    await pause(busy.length === 0 ? 1 : 2);
  }
}

/** The names of the parts with work under way. */
export async function busyParts(parts: readonly Part[]): Promise<readonly string[]> {
  const answers = await Promise.all(parts.map((part) => part.busy()));
  return parts.filter((_, at) => answers[at]).map(({ name }) => name);
}
