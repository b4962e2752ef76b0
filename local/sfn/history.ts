import type { State } from './definition.ts';
import type { Json } from './json.ts';

/** One event of an execution's history; times are milliseconds. `details` is what AWS puts under the type's own key. */
export interface HistoryEvent {
  readonly id: number;
  readonly previousEventId: number;
  readonly timestamp: number;
  readonly type: string;
  readonly details?: Details;
}

export type Details = Readonly<Record<string, Json>>;

/** The types of the events a state is entered and left by: made anew for each event, they would be texts of their own. */
export const enteredEvent = eventsOf('StateEntered');
export const exitedEvent = eventsOf('StateExited');

function eventsOf(what: string): Readonly<Record<State['Type'], string>> {
  return {
    Choice: `Choice${what}`,
    Fail: `Fail${what}`,
    Map: `Map${what}`,
    Parallel: `Parallel${what}`,
    Pass: `Pass${what}`,
    Succeed: `Succeed${what}`,
    Task: `Task${what}`,
    Wait: `Wait${what}`,
  };
}

const whole = { truncated: false };

/**
 * Details as they are shown: every text of data says of itself that it is whole. It always is, so that is not kept with
 * each event.
 */
export function shown(details: Details): Details {
  return {
    ...details,
    ...(details['input'] === undefined ? {} : { inputDetails: whole }),
    ...(details['output'] === undefined ? {} : { outputDetails: whole }),
    ...(details['assignedVariables'] === undefined ? {} : { assignedVariablesDetails: whole }),
  };
}

/** The key AWS keeps an event's details under. */
export function detailsKey(type: string): string {
  if (type.endsWith('StateEntered')) return 'stateEnteredEventDetails';
  if (type.endsWith('StateExited')) return 'stateExitedEventDetails';
  return `${type.charAt(0).toLowerCase()}${type.slice(1)}EventDetails`;
}

/** An error's two fields, left out where the error has none. */
export function failure(error: {
  error?: string | undefined;
  cause?: string | undefined;
}): Details {
  return {
    ...(error.error === undefined || error.error === '' ? {} : { error: error.error }),
    ...(error.cause === undefined ? {} : { cause: error.cause }),
  };
}
