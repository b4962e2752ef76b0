import * as z from 'zod';
import { ServiceError } from './errors.ts';
import { type Json, parseJson } from './json.ts';
import {
  type catcher,
  type choice,
  type fail,
  type language,
  machine,
  type map,
  nested,
  type parallel,
  type pass,
  type retrier,
  type scope,
  states,
  type succeed,
  type task,
  type wait,
} from './shapes.ts';

export type QueryLanguage = z.infer<typeof language>;
export type Retrier = z.infer<typeof retrier>;
export type Catcher = z.infer<typeof catcher>;
interface Named {
  readonly name: string;
  /** Where it stands in the definition, as AWS writes places: `/States/A/Branches[0]/States/B`. */
  readonly at: string;
  readonly language: QueryLanguage;
}
export type TaskState = z.infer<typeof task> & Named;
export type PassState = z.infer<typeof pass> & Named;
export type WaitState = z.infer<typeof wait> & Named;
export type SucceedState = z.infer<typeof succeed> & Named;
export type FailState = z.infer<typeof fail> & Named;
export type ChoiceState = z.infer<typeof choice> & Named;
export type ParallelState = z.infer<typeof parallel> &
  Named & { readonly scopes: readonly string[] };
export type MapState = z.infer<typeof map> & Named & { readonly scope: string };
export type State =
  | TaskState
  | PassState
  | WaitState
  | SucceedState
  | FailState
  | ChoiceState
  | ParallelState
  | MapState;
export type GuardedState = TaskState | ParallelState | MapState;

/** The states that one thread walks through: the machine's own, a branch's or an iteration's. */
export interface Scope {
  readonly startAt: string;
  readonly states: ReadonlyMap<string, State>;
}

export interface Definition {
  readonly language: QueryLanguage;
  readonly timeoutSeconds: number | undefined;
  /** The machine's own states stand under ''; a branch's under `<state>#<index>`, an iteration's under `<state>#`. */
  readonly scopes: ReadonlyMap<string, Scope>;
}

/** @throws ServiceError InvalidDefinition, naming the state and the field */
export function parseDefinition(text: string): Definition {
  let raw: Json;
  try {
    raw = parseJson(text);
  } catch {
    throw invalid('INVALID_JSON_DESCRIPTION', 'the definition is not JSON', '/');
  }
  const top = check(machine, raw, '');
  const scopes = new Map<string, Scope>();
  const topLanguage = top.QueryLanguage ?? 'JSONPath';
  addScope('', top, '', { scopes, language: topLanguage, names: new Set() });
  return { language: topLanguage, timeoutSeconds: top.TimeoutSeconds, scopes };
}

interface Building {
  readonly scopes: Map<string, Scope>;
  readonly language: QueryLanguage;
  readonly names: Set<string>;
}

function addScope(id: string, raw: z.infer<typeof scope>, at: string, building: Building): void {
  const found = new Map<string, State>();
  building.scopes.set(id, { startAt: raw.StartAt, states: found });
  for (const [name, value] of Object.entries(raw.States)) {
    const where = `${at}/States/${name}`;
    if (building.names.has(name))
      throw invalid('SCHEMA_VALIDATION_FAILED', `the state name ${name} is used twice`, where);
    building.names.add(name);
    found.set(name, stateOf(name, value, where, building));
  }
  for (const name of [raw.StartAt, ...[...found.values()].flatMap(targets)])
    if (!found.has(name))
      throw invalid('MISSING_TRANSITION_TARGET', `Missing 'Next' target: ${name}`, `${at}/States`);
  const reached = new Set([raw.StartAt, ...[...found.values()].flatMap(targets)]);
  for (const state of found.values())
    if (!reached.has(state.name))
      throw invalid(
        'MISSING_TRANSITION_TARGET',
        `State "${state.name}" is not reachable.`,
        state.at,
      );
  if (![...found.values()].some(isTerminal))
    throw invalid('MISSING_END_STATE', 'There is no end state', `${at}/States`);
}

function isTerminal(state: State): boolean {
  return (
    state.Type === 'Succeed' || state.Type === 'Fail' || ('End' in state && state.End === true)
  );
}

function stateOf(name: string, raw: unknown, at: string, building: Building): State {
  const { Type: type } = check(z.object({ Type: z.string() }), raw, at);
  if (type === 'Parallel') {
    const parsed = check(nested.Parallel, raw, at);
    const scopes = parsed.Branches.map((branch, index) => {
      addScope(`${name}#${index}`, branch, `${at}/Branches[${index}]`, building);
      return `${name}#${index}`;
    });
    return checked({ ...parsed, ...named(name, at, parsed, building), scopes }, building);
  }
  if (type === 'Map') {
    const parsed = check(nested.Map, raw, at);
    const inner = parsed.ItemProcessor ?? parsed.Iterator;
    if (inner === undefined)
      throw invalid('SCHEMA_VALIDATION_FAILED', 'a Map needs an ItemProcessor', at);
    addScope(`${name}#`, inner, `${at}/ItemProcessor`, building);
    return checked(
      { ...parsed, ...named(name, at, parsed, building), scope: `${name}#` },
      building,
    );
  }
  switch (type) {
    case 'Task':
      return simple(states.Task, name, raw, at, building);
    case 'Pass':
      return simple(states.Pass, name, raw, at, building);
    case 'Wait':
      return simple(states.Wait, name, raw, at, building);
    case 'Succeed':
      return simple(states.Succeed, name, raw, at, building);
    case 'Fail':
      return simple(states.Fail, name, raw, at, building);
    case 'Choice':
      return simple(states.Choice, name, raw, at, building);
    default:
      throw invalid('SCHEMA_VALIDATION_FAILED', `unknown state type ${type}`, `${at}/Type`);
  }
}

function simple<T extends { readonly QueryLanguage?: QueryLanguage | undefined }>(
  schema: z.ZodType<T>,
  name: string,
  raw: unknown,
  at: string,
  building: Building,
): T & Named {
  const parsed = check(schema, raw, at);
  return checked({ ...parsed, ...named(name, at, parsed, building) }, building);
}

function named(
  name: string,
  at: string,
  parsed: { readonly QueryLanguage?: QueryLanguage | undefined },
  building: Building,
): Named {
  return { name, at, language: parsed.QueryLanguage ?? building.language };
}

const jsonataOnly = ['Arguments', 'Output', 'Items'] as const;
const jsonpathOnly = [
  'InputPath',
  'OutputPath',
  'Parameters',
  'ResultSelector',
  'ResultPath',
  'Result',
  'ItemsPath',
  'SecondsPath',
  'TimestampPath',
  'TimeoutSecondsPath',
  'HeartbeatSecondsPath',
  'MaxConcurrencyPath',
  'ErrorPath',
  'CausePath',
] as const;

function checked<S extends object & Named>(state: S, building: Building): S {
  const { at } = state;
  if (state.language === 'JSONPath' && building.language === 'JSONata')
    throw invalid(
      'SCHEMA_VALIDATION_FAILED',
      "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine",
      at,
    );
  const [foreign, home] =
    state.language === 'JSONata' ? [jsonpathOnly, 'JSONPath'] : [jsonataOnly, 'JSONata'];
  for (const field of foreign)
    if (field in state)
      throw invalid(
        'SCHEMA_VALIDATION_FAILED',
        `The QueryLanguage is set to '${state.language}', but field '${field}' is only supported for the '${home}' QueryLanguage`,
        at,
      );
  if ('Next' in state === 'End' in state && needsNext.has(typeOf(state)))
    throw invalid('SCHEMA_VALIDATION_FAILED', 'exactly one of Next and End is needed', at);
  return state;
}

const needsNext = new Set(['Task', 'Pass', 'Wait', 'Parallel', 'Map']);

function typeOf(state: object): string {
  return 'Type' in state && typeof state.Type === 'string' ? state.Type : '';
}

function targets(state: State): string[] {
  const found: string[] = [];
  if ('Next' in state && state.Next !== undefined) found.push(state.Next);
  if ('Catch' in state) for (const one of state.Catch ?? []) found.push(one.Next);
  if (state.Type === 'Choice') {
    if (state.Default !== undefined) found.push(state.Default);
    for (const one of state.Choices) if (typeof one['Next'] === 'string') found.push(one['Next']);
  }
  return found;
}

function check<T>(schema: z.ZodType<T>, raw: unknown, at: string): T {
  const result = schema.safeParse(raw);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const path = [at, ...(issue?.path.map(String) ?? [])].join('/');
  throw invalid('SCHEMA_VALIDATION_FAILED', ...fault(issue, path));
}

/** A schema's complaint in AWS's words, and the place AWS names. */
function fault(issue: z.core.$ZodIssue | undefined, at: string): [message: string, at: string] {
  const parent = at.slice(0, at.lastIndexOf('/')) || '/';
  const field = at.slice(at.lastIndexOf('/') + 1);
  switch (issue?.code) {
    case 'unrecognized_keys':
      return [`Field '${issue.keys[0]}' is not supported`, at === '' ? '/' : at];
    case 'invalid_type':
      return issue.message.endsWith('undefined')
        ? [`These fields are required: [${field}]`, parent]
        : [`Expected value of type [${issue.expected.toUpperCase()}]`, at];
    case 'invalid_value':
      return [`Value should be one of the following: [${issue.values.map(String).join(', ')}]`, at];
    default:
      return [issue?.message ?? 'not valid', at];
  }
}

export function invalid(code: string, message: string, location: string): ServiceError {
  return new ServiceError(
    'InvalidDefinition',
    `Invalid State Machine Definition: '${code}: ${message} at ${location}'`,
    { code, location, reason: message },
  );
}
