import * as z from 'zod';
import { complain } from './complaints.ts';
import { Faults } from './diagnostics.ts';
import { type Json, parseJson } from './json.ts';
import { deepest, isTooDeep, jsonFault } from './json-faults.ts';
import { checkFields, says } from './languages.ts';
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

/** Reads a definition that was accepted before. @throws InvalidDefinition */
export function parseDefinition(text: string): Definition {
  const faults = new Faults();
  const definition = readDefinition(text, faults, () => undefined);
  faults.check();
  return definition;
}

/**
 * Reads what can be read of a definition, and adds what is wrong with its shape.
 * @param inspect looks at each state whose own shape is right, in the order they stand in the text
 */
export function readDefinition(
  text: string,
  faults: Faults,
  inspect: (state: State) => void,
): Definition {
  const scopes = new Map<string, Scope>();
  const top = topOf(text, faults);
  const language = top?.QueryLanguage ?? 'JSONPath';
  if (top !== undefined)
    addScope('', top, '', { scopes, language, names: new Set(), faults, inspect });
  return { language, timeoutSeconds: top?.TimeoutSeconds, scopes };
}

function topOf(text: string, faults: Faults): z.infer<typeof machine> | undefined {
  let raw: Json;
  try {
    raw = parseJson(text);
  } catch {
    const { message, location } = jsonFault(text);
    faults.add('INVALID_JSON_DESCRIPTION', message, location);
    return undefined;
  }
  if (raw === null) faults.add('MISSING_DESCRIPTION', 'The definition is empty');
  else if (isTooDeep(text))
    faults.add('TOO_DEEPLY_NESTED', `The definition nests deeper than ${deepest} levels`);
  else return parsed(machine, raw, '', faults);
  return undefined;
}

interface Building {
  readonly scopes: Map<string, Scope>;
  readonly language: QueryLanguage;
  readonly names: Set<string>;
  readonly faults: Faults;
  readonly inspect: (state: State) => void;
}

const longestName = 80;

function addScope(id: string, raw: z.infer<typeof scope>, at: string, building: Building): void {
  const { faults } = building;
  const found = new Map<string, State>();
  building.scopes.set(id, { at, startAt: raw.StartAt, states: found });
  for (const [name, value] of Object.entries(raw.States)) {
    const where = `${at}/States/${name}`;
    if (name === '' || name.length > longestName)
      faults.add(
        'INVALID_STATE_NAME',
        `State name must have between 1 and ${longestName} characters`,
        where,
      );
    if (building.names.has(name))
      faults.add('DUPLICATE_STATE_NAME', `Duplicate State name: ${name}`, where);
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
      if (state === undefined) return undefined;
      const scopes = state.Branches.map((_branch, index) => `${name}#${index}`);
      const whole = checked({ ...state, ...named(name, at, state, building), scopes }, building);
      for (const [index, branch] of state.Branches.entries())
        addScope(`${name}#${index}`, branch, `${at}/Branches[${index}]`, building);
      return whole;
    }
    case 'Map': {
      const state = parsed(nested.Map, raw, at, faults);
      if (state === undefined) return undefined;
      const scope = `${name}#`;
      const whole = checked({ ...state, ...named(name, at, state, building), scope }, building);
      const field = state.ItemProcessor === undefined ? 'Iterator' : 'ItemProcessor';
      const inner = state[field];
      if (inner === undefined) faults.schema('These fields are required: [ItemProcessor]', at);
      else addScope(scope, inner, `${at}/${field}`, building);
      return whole;
    }
    case 'Task':
      return settled(simple(states.Task, name, raw, at, building), building);
    case 'Pass':
      return settled(simple(states.Pass, name, raw, at, building), building);
    case 'Wait':
      return settled(simple(states.Wait, name, raw, at, building), building);
    case 'Succeed':
      return settled(simple(states.Succeed, name, raw, at, building), building);
    case 'Fail':
      return settled(simple(states.Fail, name, raw, at, building), building);
    case 'Choice':
      return settled(simple(states.Choice, name, raw, at, building), building);
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
  return { ...state, ...named(name, at, state, building) };
}

function settled(state: State | undefined, building: Building): State | undefined {
  return state === undefined ? undefined : checked(state, building);
}

function named(
  name: string,
  at: string,
  state: { readonly QueryLanguage?: QueryLanguage | undefined },
  building: Building,
): Named {
  return { name, at, language: state.QueryLanguage ?? building.language };
}

/** What is wrong with a state as a whole, whose fields are each of the right form. */
function checked<S extends State>(state: S, { language, faults, inspect }: Building): S {
  const { at } = state;
  if (state.language === 'JSONPath' && language === 'JSONata')
    faults.schema(
      "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine",
      at,
    );
  checkFields(state, state.language, at, faults);
  if (needsNext.has(state.Type) && !says(state, 'Next') && !says(state, 'End'))
    faults.schema('There should be one of the following fields: [Next, End]', at);
  if ('Catch' in state)
    for (const [index, catcher] of (state.Catch ?? []).entries())
      checkFields(catcher, state.language, `${at}/Catch[${index}]`, faults);
  if ('ItemBatcher' in state)
    checkFields(state.ItemBatcher ?? {}, state.language, `${at}/ItemBatcher`, faults);
  inspect(state);
  return state;
}

const needsNext = new Set(['Task', 'Pass', 'Wait', 'Parallel', 'Map']);

function parsed<T>(schema: z.ZodType<T>, raw: unknown, at: string, faults: Faults): T | undefined {
  const result = schema.safeParse(raw);
  if (result.success) return result.data;
  complain(result.error, at, faults);
  return undefined;
}
