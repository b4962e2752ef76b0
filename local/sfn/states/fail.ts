import type { FailState } from '../definition.ts';
import { StateError } from '../errors.ts';
import { flowOf } from '../flow.ts';
import type { Step } from '../messages.ts';
import { ready, type Work } from '../work.ts';

export function* failExecution(step: Step<FailState>): Work<void> {
  const { run, thread, state } = step;
  const view = run.view(thread, state);
  const flow = flowOf(state);
  const error = yield* ready(flow.text(view, 'Error'));
  const cause = yield* ready(flow.text(view, 'Cause'));
  throw new StateError(error ?? '', cause);
}
