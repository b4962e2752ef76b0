import type { Json } from '../../../local/sfn/json.ts';

/** What a mocked service answers: a value, a function's error, a refusal of the service, or nothing ever. */
export type Answer =
  | { readonly value: Json }
  | { readonly fails: string; readonly message?: string }
  | { readonly refuses: string; readonly message: string; readonly status?: number }
  | 'nothing';

/** Something done to the newest token a mock was handed, so many seconds after the start. */
export interface Callback {
  readonly at: number;
  readonly does:
    | { readonly succeeds: string }
    | { readonly fails: readonly [error: string, cause: string] }
    | 'beats';
}

export interface Case {
  readonly definition: object;
  readonly input?: Json;
  /** The input as it is written, in the place of a value. */
  readonly text?: string;
  readonly type?: 'STANDARD' | 'EXPRESS';
  /** By function name, or `service:action`; a list answers call by call, its last item for all that follow. */
  readonly mocks?: Readonly<Record<string, Answer | readonly Answer[]>>;
  readonly callbacks?: readonly Callback[];
  readonly expect: Expectation;
}

export interface Expectation {
  readonly output?: Json;
  /** A part of the output. */
  readonly includes?: object;
  readonly error?: string;
  /** The whole cause, without the sentence that names state and event id where `cause` begins with `… `. */
  readonly cause?: string;
  readonly status?: string;
  /** Types with previous ids, in their order; the first event is left out. */
  readonly events?: readonly (readonly [type: string, previous: number])[];
  /** A part of the details of the first event of a type. */
  readonly details?: Readonly<Record<string, object>>;
  /** A part of what creating the machine is refused with. */
  readonly refused?: string;
  /** Seconds from start to end. */
  readonly took?: number;
  /** What the mocks were called with. */
  readonly calls?: readonly Json[];
}

export interface Rule {
  readonly rule: string;
  readonly source: string;
  readonly cases: readonly Case[];
}

/** A rule that is not held, and what happens instead. */
export interface Gap {
  readonly rule: string;
  readonly source: string;
  readonly instead: string;
}

export interface Area {
  readonly area: string;
  readonly rules: readonly Rule[];
  readonly gaps?: readonly Gap[];
}

export const spec = (section: string): string => `ASL specification, ${section}`;
export const guide = (page: string): string => `Developer Guide, ${page}`;
export const api = (page: string): string => `API Reference, ${page}`;

/** A JSONPath machine of one state after another. */
export function jsonpath(states: Readonly<Record<string, object>>, more: object = {}): object {
  return { StartAt: Object.keys(states)[0], States: states, ...more };
}

/** The same in JSONata. */
export function jsonata(states: Readonly<Record<string, object>>, more: object = {}): object {
  return { QueryLanguage: 'JSONata', ...jsonpath(states, more) };
}

export const end = { End: true };
export const lambda = {
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
};
export const functionArn = (name: string): string =>
  `arn:aws:lambda:us-east-1:000000000000:function:${name}`;

/** A Pass that shows what a payload template makes of its input. */
export const shows = (template: object): object =>
  jsonpath({ P: { Type: 'Pass', Parameters: template, ...end } });

/** A Pass that shows what an expression gives, under `r`. */
export const gives = (expression: string): object =>
  jsonata({ P: { Type: 'Pass', Output: { r: `{% ${expression} %}` }, ...end } });
