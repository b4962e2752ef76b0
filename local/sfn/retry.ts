import type { Catcher, Retrier } from './definition.ts';
import { ErrorName, type StateError } from './errors.ts';

/** States.TaskFailed does not stand for these. (States.Runtime never gets as far as Retry and Catch.) */
const notTaskFailed: ReadonlySet<string> = new Set([ErrorName.timeout, ErrorName.dataLimit]);

/** Whether a Retry's or Catch's ErrorEquals names this error. Data beyond the limit has to be named itself. */
export function matches(
  errorEquals: readonly string[],
  { error, alias }: Pick<StateError, 'error' | 'alias'>,
): boolean {
  return errorEquals.some((name) => {
    if (name === error || name === alias) return true;
    if (name === ErrorName.all) return error !== ErrorName.dataLimit;
    return name === ErrorName.taskFailed && !notTaskFailed.has(error);
  });
}

export interface RetryPlan {
  /** Which retrier it is. */
  readonly index: number;
  readonly retries: readonly number[];
  readonly delaySeconds: number;
}

/**
 * The next attempt after `error`, or undefined when the first retrier that names it has none left (or none does).
 * @param used attempts spent so far, one number a retrier
 */
export function nextRetry(
  retriers: readonly Retrier[],
  used: readonly number[],
  error: Pick<StateError, 'error' | 'alias'>,
  random: () => number,
): RetryPlan | undefined {
  const index = retriers.findIndex((retrier) => matches(retrier.ErrorEquals, error));
  const retrier = retriers[index];
  if (retrier === undefined) return undefined;
  const spent = used[index] ?? 0;
  if (spent >= (retrier.MaxAttempts ?? 3)) return undefined;
  const grown = (retrier.IntervalSeconds ?? 1) * (retrier.BackoffRate ?? 2) ** spent;
  const delay = Math.min(grown, retrier.MaxDelaySeconds ?? Number.POSITIVE_INFINITY);
  return {
    index,
    retries: retriers.map((_, at) => (used[at] ?? 0) + (at === index ? 1 : 0)),
    delaySeconds: retrier.JitterStrategy === 'FULL' ? delay * random() : delay,
  };
}

export function catcherFor(catchers: readonly Catcher[], error: StateError): Catcher | undefined {
  return catchers.find((catcher) => matches(catcher.ErrorEquals, error));
}
