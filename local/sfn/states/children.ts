import type { MapState, ParallelState } from '../definition.ts';
import type { Json } from '../json.ts';
import type { Step } from '../messages.ts';
import type { ChildrenActivity, Thread } from '../thread.ts';

/**
 * Starts as many children as concurrency allows.
 * @param scopeOf which states a child walks through
 * @param previous the event a child's first one follows
 */
export function startChildren(
  step: Step<MapState | ParallelState>,
  scopeOf: (index: number) => string,
  started: (child: Omit<Thread, 'id'>) => void,
  previous: number,
): void {
  const { run, thread } = step;
  const { activity } = thread;
  if (activity.kind !== 'children') return;
  let next = run.threads.startedChildren(thread);
  let running = next - run.threads.endedChildren(thread);
  while (running < activity.concurrency && next < activity.inputs.length) {
    const scope = scopeOf(next);
    const child: Omit<Thread, 'id'> = {
      parent: thread.id,
      index: next,
      scope,
      vars: {},
      previous,
      state: run.definition.scopes.get(scope)?.startAt ?? '',
      input: activity.inputs[next] ?? null,
      ...itemOf(activity, next),
      enteredAt: 0,
      enteredEvent: 0,
      retries: [],
      retryCount: 0,
      token: undefined,
      activity: { kind: 'enter' },
    };
    started(child);
    run.spawn(child);
    next += 1;
    running += 1;
  }
}

function itemOf(activity: ChildrenActivity, index: number): { item?: Json } {
  const items = activity.items;
  if (items === undefined) return {};
  return { item: { Index: index, Value: items[index] ?? null } };
}

/** A task whose failure ended its branch or iteration is recorded as cut off. */
export function cutOffTask(run: Step['run'], child: Thread): void {
  if (run.stateOf(child).Type === 'Task') run.cutOff(child, child);
}

/** Whether all that were to be started have come to their end. */
export function allEnded({ run, thread }: Step): boolean {
  const { activity } = thread;
  return (
    activity.kind === 'children' && run.threads.endedChildren(thread) === activity.inputs.length
  );
}

/** The children's outputs in their order; those whose failure was tolerated gave none. */
export function outputs(children: readonly Thread[]): Json[] {
  return [...children]
    .sort((a, b) => a.index - b.index)
    .flatMap(({ activity }) => (activity.kind === 'done' ? [activity.output] : []));
}
