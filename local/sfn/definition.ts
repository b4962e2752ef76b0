import * as z from 'zod';
import { Faults } from './diagnostics.ts';
import { checkGraph } from './graph.ts';
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
  /** Where it stands in the definition: `/States/P/Branches[0]`. */
  readonly at: string;
  readonly startAt: string;
  readonly states: ReadonlyMap<string, State>;
}

export interface Definition {
  readonly language: QueryLanguage;
  readonly timeoutSeconds: number | undefined;
  /** The machine's own states stand under ''; a branch's under `<state>#<index>`, an iteration's under `<state>#`. */
  readonly scopes: ReadonlyMap<string, Scope>;
}

/** @throws InvalidDefinition with every fault of its shape, or of its transitions */
export function parseDefinition(text: string): Definition {
  const faults = new Faults();
  let raw: Json;
  try {
    raw = parseJson(text);
  } catch (error) {
    faults.add('INVALID_JSON_DESCRIPTION', error instanceof Error ? error.message : '', '/');
    faults.check();
    throw error;
  }
  const top = parsed(machine, raw, '', faults);
  const scopes = new Map<string, Scope>();
  const topLanguage = top?.QueryLanguage ?? 'JSONPath';
  if (top !== undefined)
    addScope('', top, '', { scopes, language: topLanguage, names: new Set(), faults });
  faults.check();
  checkGraph(scopes.values(), faults);
  faults.check();
  return { language: topLanguage, timeoutSeconds: top?.TimeoutSeconds, scopes };
}

interface Building {
  readonly scopes: Map<string, Scope>;
  readonly language: QueryLanguage;
  readonly names: Set<string>;
  readonly faults: Faults;
}

function addScope(id: string, raw: z.infer<typeof scope>, at: string, building: Building): void {
  const found = new Map<string, State>();
  building.scopes.set(id, { at, startAt: raw.StartAt, states: found });
  for (const [name, value] of Object.entries(raw.States)) {
    const where = `${at}/States/${name}`;
    if (name.length > 80)
      building.faults.schema('State name must not be longer than 80 characters', where);
    if (building.names.has(name))
      building.faults.add('DUPLICATE_STATE_NAME', `Duplicate State name: ${name}`, where);
    building.names.add(name);
    const state = stateOf(name, value, where, building);
    if (state !== undefined) found.set(name, state);
  }
}

const typed = z.object({ Type: z.string() });

function stateOf(name: string, raw: unknown, at: string, building: Building): State | undefined {
  const { faults } = building;
  const type = parsed(typed, raw, at, faults)?.Type;
  switch (type) {
    case undefined:
      return undefined;
    case 'Parallel': {
      const state = parsed(nested.Parallel, raw, at, faults);
      const scopes = state?.Branches.map((branch, index) => {
        addScope(`${name}#${index}`, branch, `${at}/Branches[${index}]`, building);
        return `${name}#${index}`;
      });
      if (state === undefined) return undefined;
      return checked(
        { ...state, ...named(name, at, state, building), scopes: scopes ?? [] },
        building,
      );
    }
    case 'Map': {
      const state = parsed(nested.Map, raw, at, faults);
      if (state === undefined) return undefined;
      const field = state.ItemProcessor === undefined ? 'Iterator' : 'ItemProcessor';
      const inner = state.ItemProcessor ?? state.Iterator;
      if (inner === undefined) faults.schema('These fields are required: [ItemProcessor]', at);
      else addScope(`${name}#`, inner, `${at}/${field}`, building);
      return checked(
        { ...state, ...named(name, at, state, building), scope: `${name}#` },
        building,
      );
    }
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
      faults.schema(
        'Value should be one of the following: [Task, Wait, Pass, Succeed, Fail, Choice, Parallel, Map]',
        `${at}/Type`,
      );
      return undefined;
  }
}

function simple<T extends { readonly QueryLanguage?: QueryLanguage | undefined }>(
  schema: z.ZodType<T>,
  name: string,
  raw: unknown,
  at: string,
  building: Building,
): (T & Named) | undefined {
  const state = parsed(schema, raw, at, building.faults);
  if (state === undefined) return undefined;
  return checked({ ...state, ...named(name, at, state, building) }, building);
}

function named(
  name: string,
  at: string,
  state: { readonly QueryLanguage?: QueryLanguage | undefined },
  building: Building,
): Named {
  return { name, at, language: state.QueryLanguage ?? building.language };
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
  'ToleratedFailureCountPath',
  'ToleratedFailurePercentagePath',
  'ErrorPath',
  'CausePath',
] as const;

function checked<S extends object & Named>(state: S, { language, faults }: Building): S {
  const { at } = state;
  if (state.language === 'JSONPath' && language === 'JSONata')
    faults.schema(
      "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine",
      at,
    );
  const [foreign, home] =
    state.language === 'JSONata' ? [jsonpathOnly, 'JSONPath'] : [jsonataOnly, 'JSONata'];
  for (const field of foreign)
    if (field in state)
      faults.schema(
        `The QueryLanguage is set to '${state.language}', but field '${field}' is only supported for the '${home}' QueryLanguage`,
        at,
      );
  if (needsNext.has(typeOf(state)) && 'Next' in state === 'End' in state)
    faults.schema("Exactly one of 'Next' and 'End' is required", at);
  for (const [one, other] of pairs)
    if (one in state && other in state)
      faults.schema(`'${one}' and '${other}' cannot both be present`, at);
  return state;
}

/** Two ways to say the same thing. */
const pairs = [
  ['Error', 'ErrorPath'],
  ['Cause', 'CausePath'],
  ['TimeoutSeconds', 'TimeoutSecondsPath'],
  ['HeartbeatSeconds', 'HeartbeatSecondsPath'],
  ['MaxConcurrency', 'MaxConcurrencyPath'],
  ['ToleratedFailureCount', 'ToleratedFailureCountPath'],
  ['ToleratedFailurePercentage', 'ToleratedFailurePercentagePath'],
  ['ItemProcessor', 'Iterator'],
  ['ItemSelector', 'Parameters'],
] as const;

const needsNext = new Set(['Task', 'Pass', 'Wait', 'Parallel', 'Map']);

function typeOf(state: object): string {
  return 'Type' in state && typeof state.Type === 'string' ? state.Type : '';
}

function parsed<T>(schema: z.ZodType<T>, raw: unknown, at: string, faults: Faults): T | undefined {
  const result = schema.safeParse(raw);
  if (result.success) return result.data;
  for (const issue of result.error.issues)
    for (const fault of faultsOf(issue, place(at, issue.path))) faults.schema(...fault);
  return undefined;
}

function place(at: string, path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (so, key) => (typeof key === 'number' ? `${so}[${key}]` : `${so}/${String(key)}`),
    at,
  );
}

type Fault = [message: string, at: string];

/** A schema's complaint in AWS's words, and the place AWS names. */
function faultsOf(issue: z.core.$ZodIssue, at: string): Fault[] {
  const parent = at.slice(0, at.lastIndexOf('/')) || '/';
  const field = at.slice(at.lastIndexOf('/') + 1);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key): Fault => [`Field '${key}' is not supported`, at || '/']);
    case 'invalid_type':
      return issue.message.endsWith('undefined')
        ? [[`These fields are required: [${field}]`, parent]]
        : [[`Expected value of type ${expected(issue.expected)}`, at]];
    case 'invalid_value':
      return [
        [`Value should be one of the following: [${issue.values.map(String).join(', ')}]`, at],
      ];
    case 'too_small':
      return [[tooSmall(issue), at]];
    case 'too_big':
      return [[`Value must be less than or equal to ${issue.maximum}`, at]];
    case 'invalid_union':
    case 'invalid_format':
      return [['Expected value of type Integer', at]];
    default:
      return [[issue.message, at]];
  }
}

function expected(type: string): string {
  if (type === 'int' || type === 'number') return 'Integer';
  return type === 'record' ? 'Object' : type.charAt(0).toUpperCase() + type.slice(1);
}

function tooSmall(issue: { readonly origin: string; readonly minimum: number | bigint }): string {
  if (issue.origin === 'array') return 'Array must not be empty';
  return `Value must be greater than or equal to ${issue.minimum}`;
}
