import type { FailState } from '../definition.ts';
import { StateError } from '../errors.ts';
import { flowOf, type View } from '../flow.ts';
import type { Step } from '../messages.ts';
import { ready, type Work } from '../work.ts';

export function* failExecution(step: Step<FailState>): Work<void> {
  const { run, thread, state } = step;
  throw yield* failureOf(state, run.view(thread, state));
}

/** The error a Fail ends with. */
export function* failureOf(state: FailState, view: View): Work<StateError> {
  const flow = flowOf(state);
  const error = yield* ready(flow.text(view, 'Error'));
  const cause = yield* ready(flow.text(view, 'Cause'));
  return new StateError(error ?? '', cause);
}
