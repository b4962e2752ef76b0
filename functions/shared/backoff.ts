const first = 1000;
const longest = 300_000;

/** Attempts after which, some minutes on, a row is not expected to go by itself any more. */
export const stuckAfter = 8;

/** When a row is tried again: after 1 s, 2 s, 4 s … and at most five minutes. `attempts` counts those made. */
export function retryAt(now: Date, attempts: number): Date {
  return new Date(now.getTime() + Math.min(longest, first * 2 ** Math.min(attempts, 20)));
}
