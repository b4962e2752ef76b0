import type { StateError } from './errors.ts';
import { flowOf } from './flow.ts';
import { catcherFor, nextRetry } from './retry.ts';
import type { Step } from './run.ts';

/** Whether Retry or Catch of the state took the error. */
export async function recovered(step: Step, error: StateError): Promise<boolean> {
  const { run, thread, state } = step;
  if (state.Type !== 'Task' && state.Type !== 'Parallel' && state.Type !== 'Map') return false;
  const plan = nextRetry(state.Retry ?? [], thread.retries, error, run.host.random);
  if (plan !== undefined) {
    for (const child of run.children(thread)) run.remove(child);
    thread.retries = plan.retries;
    thread.retryCount += 1;
    const until = run.host.clock.now() + plan.delaySeconds * 1000;
    run.become(thread, { kind: 'retry', until });
    return true;
  }
  const catcher = catcherFor(state.Catch ?? [], error);
  if (catcher === undefined) return false;
  const errorOutput = {
    Error: error.error,
    ...(error.cause === undefined ? {} : { Cause: error.cause }),
  };
  const outcome = await flowOf(state).caught(run.view(thread, state), catcher, errorOutput);
  for (const child of run.children(thread)) run.remove(child);
  await run.leave(step, outcome, catcher.Next);
  return true;
}
