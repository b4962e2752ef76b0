import { ErrorName, EvaluationError, StateError } from './errors.ts';
import type { View } from './flow.ts';

/** A field's value that is of the right type and yet not one the field can have. */
export function refusedValue(view: View, field: string, why: string): StateError {
  const cause = `${view.environment().where} ${why}`;
  return view.state.language === 'JSONata'
    ? new EvaluationError(ErrorName.query, cause, field)
    : new StateError(ErrorName.runtime, cause);
}
