import type { WaitState } from '../definition.ts';
import { ErrorName, StateError } from '../errors.ts';
import { fieldOf } from '../fields.ts';
import { flowOf, type View } from '../flow.ts';
import { isExpression } from '../jsonata.ts';
import type { Step } from '../messages.ts';
import { refusedValue } from '../refused.ts';
import { ready, type Work } from '../work.ts';

export function* beginWait(step: Step<WaitState>): Work<void> {
  const { run, thread, state } = step;
  const view = run.view(thread, state);
  const flow = flowOf(state);
  const seconds = yield* ready(flow.number(view, 'Seconds'));
  if (seconds !== undefined) {
    if (!Number.isInteger(seconds) || seconds < 0 || seconds > 99_999_999)
      throw badSeconds(view, seconds);
    run.become(thread, { kind: 'wait', until: thread.enteredAt + seconds * 1000 });
    return;
  }
  const timestamp = (yield* ready(flow.text(view, 'Timestamp'))) ?? '';
  const until = rfc3339.test(timestamp) ? Date.parse(timestamp) : Number.NaN;
  if (Number.isNaN(until)) throw badTimestamp(view, timestamp);
  run.become(thread, { kind: 'wait', until });
}

const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

export function* endWait(step: Step<WaitState>): Work<void> {
  const { run, thread, state } = step;
  yield* run.leave(step, yield* ready(flowOf(state).through(run.view(thread, state))), state.Next);
}

function badTimestamp(view: View, value: string): StateError {
  return new StateError(
    ErrorName.runtime,
    `${view.environment().where} The ${origin(view, 'Timestamp')[0]} parameter does not reference a valid ISO-8601 extended offset date-time format string: ${origin(view, 'Timestamp')[1]} == ${value}`,
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
