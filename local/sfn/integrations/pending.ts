import { type StateError, stateError } from '../errors.ts';
import type { Json } from '../json.ts';

/** A call under way, and what to make of how it ends. */
export interface Pending<T> {
  readonly answer: Promise<T>;
  /** @throws StateError where the answer is an error of the task */
  read(answer: T): Json;
  refusal(thrown: unknown): StateError;
}

/** A call whose answer is the task's result, and whose rejection is the task's error. */
export function settling(answer: Promise<Json>): Pending<Json> {
  return { answer, read: itself, refusal: stateError };
}

function itself(answer: Json): Json {
  return answer;
}
