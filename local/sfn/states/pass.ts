import type { PassState } from '../definition.ts';
import { flowOf } from '../flow.ts';
import type { Step } from '../messages.ts';

export async function pass(step: Step<PassState>): Promise<void> {
  const { run, thread, state } = step;
  await run.leave(step, await flowOf(state).pass(run.view(thread, state)), state.Next);
}
