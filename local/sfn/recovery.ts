import { type StateError, stateError } from './errors.ts';
import { flowOf } from './flow.ts';
import type { Step } from './messages.ts';
import { catcherFor, nextRetry } from './retry.ts';
import { ready, type Work } from './work.ts';

/**
 * Retry, then Catch of the state.
 * @returns undefined when one of them took the error, else the error the state fails with
 */
export function* recover(step: Step, error: StateError): Work<StateError | undefined> {
  const { run, thread, state } = step;
  if (state.Type !== 'Task' && state.Type !== 'Parallel' && state.Type !== 'Map') return error;
  const plan = nextRetry(state.Retry ?? [], thread.retries, error, run.host.random);
  if (plan !== undefined) {
    for (const child of run.threads.children(thread)) run.remove(child);
    thread.retries = plan.retries;
    thread.retryCount += 1;
    const until = run.now + plan.delaySeconds * 1000;
    run.become(thread, { kind: 'retry', until });
    return undefined;
  }
  const before = thread.previous;
  stateFailed(step);
  const catcher = catcherFor(state.Catch ?? [], error);
  if (catcher === undefined) return error;
  const errorOutput = { Error: error.error, Cause: error.cause ?? '' };
  try {
    const outcome = yield* ready(
      flowOf(state).caught(run.view(thread, state), catcher, errorOutput),
    );
    for (const child of run.threads.children(thread)) run.remove(child);
    yield* run.leave(step, outcome, catcher.Next);
    return undefined;
  } catch (thrown) {
    const second = stateError(thrown);
    // The clause failed from where the state stood before it was recorded as failed.
    thread.previous = before;
    run.evaluationFailed(step, second);
    stateFailed(step);
    return second;
  }
}

function stateFailed({ run, thread, state }: Step): void {
  if (state.Type === 'Parallel' || state.Type === 'Map')
    run.event(thread, `${state.Type}StateFailed`);
}
