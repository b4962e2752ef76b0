import type { SucceedState } from '../definition.ts';
import { flowOf } from '../flow.ts';
import type { Step } from '../messages.ts';
import { ready, type Work } from '../work.ts';

export function* succeed(step: Step<SucceedState>): Work<void> {
  const { run, thread, state } = step;
  yield* run.leave(step, yield* ready(flowOf(state).through(run.view(thread, state))), undefined);
}
