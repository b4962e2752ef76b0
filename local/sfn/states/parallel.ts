import type { ParallelState } from '../definition.ts';
import type { StateError } from '../errors.ts';
import { flowOf } from '../flow.ts';
import type { Step } from '../messages.ts';
import type { Thread } from '../thread.ts';
import { ready, type Work } from '../work.ts';
import { allEnded, cutOffTask, outputs, startChildren } from './children.ts';

export function* startParallel(step: Step<ParallelState>): Work<void> {
  const { run, thread, state } = step;
  const input = yield* ready(flowOf(state).arguments(run.view(thread, state)));
  run.event(thread, 'ParallelStateStarted');
  run.become(thread, {
    kind: 'children',
    inputs: state.scopes.map(() => input),
    concurrency: state.scopes.length,
  });
  startChildren(
    step,
    (index) => state.scopes[index] ?? '',
    () => undefined,
    thread.previous,
  );
}

export function* parallelChildEnded(
  step: Step<ParallelState>,
  child: Thread,
  error: StateError | undefined,
): Work<void> {
  const { run, thread, state } = step;
  thread.previous = child.previous;
  const children = run.threads.children(thread);
  if (error !== undefined) {
    for (const one of children)
      if (one === child) cutOffTask(run, child);
      else run.abort(one, child);
    throw error;
  }
  if (!allEnded(step)) return;
  const result = outputs(children);
  const before = thread.previous;
  run.event(thread, 'ParallelStateSucceeded');
  const outcome = yield* ready(flowOf(state).result(run.view(thread, state), result));
  // What follows counts from the last branch's event; only a failure of the result counts from here.
  thread.previous = before;
  for (const one of children) run.remove(one);
  yield* run.leave(step, outcome, state.Next);
}
