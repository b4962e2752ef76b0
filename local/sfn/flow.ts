import type { Catcher, State } from './definition.ts';
import { jsonataFlow } from './flow-jsonata.ts';
import { jsonpathFlow } from './flow-jsonpath.ts';
import type { Json } from './json.ts';
import type { Environment } from './jsonata.ts';
import type { Awaitable } from './work.ts';

export type Vars = Readonly<Record<string, Json>>;

/** What leaves a state: its output and the variables it set. */
export interface Outcome {
  readonly output: Json;
  readonly assign?: Vars;
}

/** Where data stands when a state looks at it. Built anew for each look: the context changes. */
export interface View {
  readonly state: State;
  readonly input: Json;
  environment(extra?: { readonly result?: Json; readonly errorOutput?: Json }): Environment;
}

/** How a query language moves data through a state. One for each language, chosen state by state. */
export interface Flow {
  /** The input as the state's own work sees it: Arguments, or InputPath and Parameters. */
  arguments(view: View): Awaitable<Json>;
  /** What the state gives after its work gave `result`. */
  result(view: View, result: Json): Awaitable<Outcome>;
  /** What a state without a result of its own gives (Wait, Choice, Succeed), or one rule of a Choice. */
  through(view: View, own?: Overrides): Awaitable<Outcome>;
  /** What a Pass gives. */
  pass(view: View): Awaitable<Outcome>;
  caught(view: View, catcher: Catcher, errorOutput: Json): Awaitable<Outcome>;
  /** A number that stands in `field` itself, in an expression there, or at `<field>Path`. */
  number(view: View, field: string): Awaitable<number | undefined>;
  text(view: View, field: string): Awaitable<string | undefined>;
  items(view: View): Awaitable<readonly Json[]>;
  /** What each iteration of a Map is given; undefined: the item itself. */
  selector(view: View): ((item: Json, view: View) => Awaitable<Json>) | undefined;
  /** Fills any template that stands in `field`. */
  fill(view: View, field: string, template: Json): Awaitable<Json>;
  /** The index of the first Choice rule that holds, or undefined. */
  choose(view: View): Awaitable<number | undefined>;
}

export interface Overrides {
  readonly field: string;
  readonly Output?: Json | undefined;
  readonly Assign?: Vars | undefined;
}

export function flowOf(state: State): Flow {
  return state.language === 'JSONata' ? jsonataFlow : jsonpathFlow;
}
