import type { MapState } from '../definition.ts';
import { ErrorName, StateError } from '../errors.ts';
import { flowOf } from '../flow.ts';
import { isObject, type Json, textOf } from '../json.ts';
import type { Step } from '../messages.ts';
import { refusedValue } from '../refused.ts';
import type { ChildrenActivity, Thread } from '../thread.ts';
import { ready, type Work } from '../work.ts';
import { allEnded, cutOffTask, outputs, startChildren } from './children.ts';

export function* startMap(step: Step<MapState>): Work<void> {
  const { run, thread, state } = step;
  const flow = flowOf(state);
  const view = run.view(thread, state);
  const items = yield* ready(flow.items(view));
  const concurrency = yield* ready(flow.number(view, 'MaxConcurrency'));
  if (concurrency !== undefined && !(Number.isInteger(concurrency) && concurrency >= 0))
    throw refusedValue(
      view,
      'MaxConcurrency',
      `Expected non-negative integer for MaxConcurrency, got '${concurrency}' instead.`,
    );
  run.event(thread, 'MapStateStarted', { length: items.length });
  const limits = yield* tolerance(step);
  const inputs = yield* selected(step, items);
  const batched = yield* batches(step, inputs);
  run.become(thread, {
    kind: 'children',
    inputs: batched ?? inputs,
    items: batched ?? items,
    concurrency: concurrency === undefined || concurrency === 0 ? ceiling : concurrency,
    ...limits,
  });
  if (inputs.length === 0) yield* join(step, []);
  else more(step);
}

/** What the iterations are given. */
function* selected(step: Step<MapState>, items: readonly Json[]): Work<readonly Json[]> {
  const { run, thread, state } = step;
  const selector = flowOf(state).selector(run.view(thread, state));
  if (selector === undefined) return items;
  const inputs: Json[] = [];
  for (const [index, item] of items.entries()) {
    const seen = run.view({ ...thread, item: { Index: index, Value: item } }, state);
    inputs.push(yield* ready(selector(item, seen)));
  }
  return inputs;
}

/** How many iterations run at once when MaxConcurrency leaves it open. */
const ceiling = 40;

function* tolerance(
  step: Step<MapState>,
): Work<Pick<ChildrenActivity, 'toleratedCount' | 'toleratedPercentage'>> {
  const { run, thread, state } = step;
  const flow = flowOf(state);
  const view = run.view(thread, state);
  const count = yield* ready(flow.number(view, 'ToleratedFailureCount'));
  const percentage = yield* ready(flow.number(view, 'ToleratedFailurePercentage'));
  if (count !== undefined && count < 0)
    throw refusedValue(view, 'ToleratedFailureCount', 'ToleratedFailureCount cannot be negative.');
  if (percentage !== undefined && (percentage < 0 || percentage > 100))
    throw refusedValue(
      view,
      'ToleratedFailurePercentage',
      'ToleratedFailurePercentage must be between 0 and 100.',
    );
  return {
    ...(count === undefined ? {} : { toleratedCount: count }),
    ...(percentage === undefined ? {} : { toleratedPercentage: percentage }),
  };
}

export function* mapChildEnded(
  step: Step<MapState>,
  child: Thread,
  error: StateError | undefined,
): Work<void> {
  const { run, thread } = step;
  const { activity } = thread;
  if (activity.kind !== 'children') return;
  thread.previous = child.previous;
  if (error !== undefined) {
    const children = run.threads.children(thread);
    const verdict = tolerated(activity, children, error);
    if (verdict !== undefined) {
      // In the order of the items, whichever of them failed.
      for (const one of children)
        if (one === child) ended(step, child, true);
        else run.abort(one, child);
      throw verdict;
    }
  }
  const event = ended(step, child, error !== undefined);
  more(step);
  if (!allEnded(step)) return;
  thread.previous = event;
  yield* join(step, run.threads.children(thread));
}

/** Records an iteration's end. @returns the event's id */
function ended({ run, state }: Step<MapState>, child: Thread, failed: boolean): number {
  const iteration = { name: state.name, index: child.index };
  const event = run.aside(
    child,
    failed ? 'MapIterationFailed' : 'MapIterationSucceeded',
    iteration,
  );
  if (failed) cutOffTask(run, child);
  return event;
}

function* join(step: Step<MapState>, children: readonly Thread[]): Work<void> {
  const { run, thread, state } = step;
  const before = thread.previous;
  run.event(thread, 'MapStateSucceeded');
  const result = outputs(children);
  const outcome = yield* ready(flowOf(state).result(run.view(thread, state), result));
  // What follows counts from the last iteration; only a failure of the result counts from here.
  thread.previous = before;
  for (const one of children) run.remove(one);
  yield* run.leave(step, outcome, state.Next);
}

function more(step: Step<MapState>): void {
  const { run, thread, state } = step;
  startChildren(
    step,
    () => state.scope,
    (child) => {
      run.event(child, 'MapIterationStarted', { name: state.name, index: child.index });
    },
    thread.previous,
  );
}

/** Undefined while so many failures are still allowed; else the error the Map fails with. */
function tolerated(
  activity: ChildrenActivity,
  children: readonly Thread[],
  error: StateError,
): StateError | undefined {
  const { toleratedCount, toleratedPercentage } = activity;
  if (toleratedCount === undefined && toleratedPercentage === undefined) return error;
  const failures = children.filter((child) => child.failed === true).length;
  const share = (100 * failures) / Math.max(1, activity.inputs.length);
  const within =
    (toleratedCount === undefined || failures <= toleratedCount) &&
    (toleratedPercentage === undefined || share <= toleratedPercentage);
  if (within) return undefined;
  return new StateError(
    ErrorName.tolerated,
    'The specified tolerated failure threshold was exceeded',
  );
}

/** ItemBatcher: the items in groups, each as `{ Items, BatchInput }`. */
function* batches(step: Step<MapState>, items: readonly Json[]): Work<readonly Json[] | undefined> {
  const { run, thread, state } = step;
  const batcher = state.ItemBatcher;
  if (batcher === undefined) return undefined;
  const flow = flowOf(state);
  const view = run.view(thread, state);
  const filled = yield* ready(
    flow.fill(view, 'ItemBatcher', {
      count: batcher.MaxItemsPerBatch ?? null,
      bytes: batcher.MaxInputBytesPerBatch ?? null,
      input: batcher.BatchInput ?? null,
    }),
  );
  const limits = isObject(filled) ? filled : {};
  const count = typeof limits['count'] === 'number' ? limits['count'] : Number.POSITIVE_INFINITY;
  const bytes = typeof limits['bytes'] === 'number' ? limits['bytes'] : 256 * 1024;
  const shared = batcher.BatchInput === undefined ? {} : { BatchInput: limits['input'] ?? null };
  const groups: Json[][] = [];
  let size = 0;
  for (const item of items) {
    const own = Buffer.byteLength(textOf(item)) + 1;
    const last = groups.at(-1);
    if (last === undefined || last.length >= count || size + own > bytes) {
      groups.push([item]);
      size = own;
    } else {
      last.push(item);
      size += own;
    }
  }
  return groups.map((group) => ({ ...shared, Items: group }));
}
