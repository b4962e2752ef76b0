import type { FailState } from '../definition.ts';
import { StateError } from '../errors.ts';
import { flowOf } from '../flow.ts';
import type { Step } from '../messages.ts';

export async function failExecution(step: Step<FailState>): Promise<void> {
  const { run, thread, state } = step;
  const view = run.view(thread, state);
  const flow = flowOf(state);
  const error = await flow.text(view, 'Error');
  const cause = await flow.text(view, 'Cause');
  throw new StateError(error ?? '', cause);
}
