import type { PassState } from '../definition.ts';
import { flowOf } from '../flow.ts';
import type { Step } from '../messages.ts';
import { ready, type Work } from '../work.ts';

export function* pass(step: Step<PassState>): Work<void> {
  const { run, thread, state } = step;
  yield* run.leave(step, yield* ready(flowOf(state).pass(run.view(thread, state))), state.Next);
}
