import type { SucceedState } from '../definition.ts';
import { flowOf } from '../flow.ts';
import type { Step } from '../messages.ts';

export async function succeed(step: Step<SucceedState>): Promise<void> {
  const { run, thread, state } = step;
  await run.leave(step, await flowOf(state).through(run.view(thread, state)), undefined);
}
