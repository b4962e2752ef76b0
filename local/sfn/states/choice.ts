import type { ChoiceState } from '../definition.ts';
import { ErrorName, StateError } from '../errors.ts';
import { flowOf, type Outcome, type Overrides, type View } from '../flow.ts';
import { isObject, type JsonObject } from '../json.ts';
import type { Step } from '../messages.ts';
import { ready, type Work } from '../work.ts';

export function* choose(step: Step<ChoiceState>): Work<void> {
  const { run, thread, state } = step;
  const { outcome, next } = yield* route(state, run.view(thread, state));
  yield* run.leave(step, outcome, next);
}

/** What comes out of a Choice, and the state it leads to. */
export function* route(
  state: ChoiceState,
  view: View,
): Work<{ readonly outcome: Outcome; readonly next: string | undefined }> {
  const flow = flowOf(state);
  const at = yield* ready(flow.choose(view));
  if (at === undefined) {
    if (state.Default === undefined)
      throw new StateError(
        ErrorName.runtime,
        `${view.environment().where} Failed to transition out of the state. The state does not point to a next state.`,
      );
    return { outcome: yield* ready(flow.through(view)), next: state.Default };
  }
  const rule = state.Choices[at] ?? {};
  const next = rule['Next'];
  const outcome = yield* ready(flow.through(view, overrides(rule, at)));
  return { outcome, next: typeof next === 'string' ? next : undefined };
}

function overrides(rule: JsonObject, at: number): Overrides {
  const assign = rule['Assign'];
  return {
    field: `Choices[${at}]`,
    Output: rule['Output'],
    Assign: isObject(assign) ? assign : undefined,
  };
}
