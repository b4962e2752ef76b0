import type { WaitState } from '../definition.ts';
import type { StateError } from '../errors.ts';
import { fieldOf } from '../fields.ts';
import { flowOf, type View } from '../flow.ts';
import { isExpression } from '../jsonata.ts';
import type { Step } from '../messages.ts';
import { refusedValue } from '../refused.ts';
import { timeOf } from '../timestamp.ts';
import { ready, type Work } from '../work.ts';

export function* beginWait(step: Step<WaitState>): Work<void> {
  const { run, thread, state } = step;
  const until = yield* waitsUntil(state, run.view(thread, state), thread.enteredAt);
  run.become(thread, { kind: 'wait', until });
}

/** When a Wait that was entered then is over, milliseconds. */
export function* waitsUntil(state: WaitState, view: View, enteredAt: number): Work<number> {
  const flow = flowOf(state);
  const seconds = yield* ready(flow.number(view, 'Seconds'));
  if (seconds !== undefined) {
    if (!Number.isInteger(seconds) || seconds < 0 || seconds > 99_999_999)
      throw badSeconds(view, seconds);
    return enteredAt + seconds * 1000;
  }
  const timestamp = (yield* ready(flow.text(view, 'Timestamp'))) ?? '';
  const until = timeOf(timestamp);
  if (until === undefined) throw badTimestamp(view, timestamp);
  return until;
}

export function* endWait(step: Step<WaitState>): Work<void> {
  const { run, thread, state } = step;
  yield* run.leave(step, yield* ready(flowOf(state).through(run.view(thread, state))), state.Next);
}

function badTimestamp(view: View, value: string): StateError {
  const [field, from] = origin(view, 'Timestamp');
  const shown = view.state.language === 'JSONata' ? `'${value}'` : `${from} == ${value}`;
  return refusedValue(
    view,
    'Timestamp',
    `The ${field} parameter does not reference a valid ISO-8601 extended offset date-time format string: ${shown}`,
  );
}

function badSeconds(view: View, value: number): StateError {
  const [field, from] = origin(view, 'Seconds');
  return refusedValue(
    view,
    'Seconds',
    Number.isInteger(value)
      ? `The ${field} parameter references a ${value < 0 ? 'negative value' : 'value that is too long'}: ${from} == ${value}`
      : `The ${field} parameter cannot be parsed as a long value: ${from} == ${value}`,
  );
}

/** Where the value came from: the field, and the path or expression that stands in it. */
function origin(view: View, name: string): readonly [field: string, from: string] {
  const path = fieldOf(view, `${name}Path`);
  if (typeof path === 'string') return [`${name}Path`, path];
  const own = fieldOf(view, name);
  return [name, isExpression(own) ? own.slice(2, -2).trim() : String(own)];
}
