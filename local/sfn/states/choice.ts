import type { ChoiceState } from '../definition.ts';
import { ErrorName, StateError } from '../errors.ts';
import { flowOf, type Overrides } from '../flow.ts';
import { isObject, type JsonObject } from '../json.ts';
import type { Step } from '../messages.ts';
import { ready, type Work } from '../work.ts';

export function* choose(step: Step<ChoiceState>): Work<void> {
  const { run, thread, state } = step;
  const flow = flowOf(state);
  const view = run.view(thread, state);
  const at = yield* ready(flow.choose(view));
  if (at === undefined) {
    if (state.Default === undefined)
      throw new StateError(
        ErrorName.runtime,
        `An error occurred while executing the state '${state.name}' (entered at the event id #${thread.enteredEvent}). Failed to transition out of the state. The state does not point to a next state.`,
      );
    yield* run.leave(step, yield* ready(flow.through(view)), state.Default);
    return;
  }
  const rule = state.Choices[at] ?? {};
  const next = rule['Next'];
  const outcome = yield* ready(flow.through(view, overrides(rule, at)));
  yield* run.leave(step, outcome, typeof next === 'string' ? next : undefined);
}

function overrides(rule: JsonObject, at: number): Overrides {
  const assign = rule['Assign'];
  return {
    field: `Choices[${at}]`,
    Output: rule['Output'],
    Assign: isObject(assign) ? assign : undefined,
  };
}
