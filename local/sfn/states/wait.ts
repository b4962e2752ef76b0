import type { WaitState } from '../definition.ts';
import { ErrorName, StateError } from '../errors.ts';
import { flowOf } from '../flow.ts';
import type { Step } from '../messages.ts';
import { ready, type Work } from '../work.ts';

export function* beginWait(step: Step<WaitState>): Work<void> {
  const { run, thread, state } = step;
  const view = run.view(thread, state);
  const flow = flowOf(state);
  const seconds = yield* ready(flow.number(view, 'Seconds'));
  if (seconds !== undefined) {
    if (!Number.isFinite(seconds) || seconds < 0 || seconds > 99_999_999)
      throw refused(step, 'Seconds', String(seconds));
    run.become(thread, { kind: 'wait', until: thread.enteredAt + seconds * 1000 });
    return;
  }
  const timestamp = (yield* ready(flow.text(view, 'Timestamp'))) ?? '';
  const until = rfc3339.test(timestamp) ? Date.parse(timestamp) : Number.NaN;
  if (Number.isNaN(until)) throw badTimestamp(step, timestamp);
  run.become(thread, { kind: 'wait', until });
}

const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

export function* endWait(step: Step<WaitState>): Work<void> {
  const { run, thread, state } = step;
  yield* run.leave(step, yield* ready(flowOf(state).through(run.view(thread, state))), state.Next);
}

function badTimestamp(step: Step<WaitState>, value: string): StateError {
  const { state, thread } = step;
  if (state.TimestampPath === undefined) return refused(step, 'Timestamp', value);
  return new StateError(
    ErrorName.runtime,
    `An error occurred while executing the state '${state.name}' (entered at the event id #${thread.enteredEvent}). The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string: ${state.TimestampPath} == ${value}`,
  );
}

function refused(step: Step<WaitState>, field: string, value: string): StateError {
  const { state, thread } = step;
  return new StateError(
    state.language === 'JSONata' ? ErrorName.query : ErrorName.runtime,
    `An error occurred while executing the state '${state.name}' (entered at the event id #${thread.enteredEvent}). The value '${value}' of the field '${field}' is not valid.`,
  );
}
