import type { PassState, State } from '../definition.ts';
import { flowOf, type View } from '../flow.ts';
import type { Json } from '../json.ts';

/** What became of the data on its way through a state; texts are JSON once they are told. */
export interface Inspection {
  input?: Json;
  afterInputPath?: Json;
  afterParameters?: Json;
  afterArguments?: Json;
  afterItemsPath?: Json;
  afterItemSelector?: Json;
  result?: Json;
  afterResultSelector?: Json;
  afterResultPath?: Json;
  variables?: Json;
}

type Shaped = Extract<State, { readonly Type: 'Task' | 'Map' | 'Parallel' }>;

/** What the state's work is given, noted step by step: what fails leaves what went before it. */
export async function entered(view: View, noted: Inspection): Promise<Json> {
  const { state } = view;
  const flow = flowOf(state);
  if (state.language === 'JSONata') {
    const given = await flow.arguments(view);
    if ('Arguments' in state && state.Arguments !== undefined) noted.afterArguments = given;
    return given;
  }
  if (state.Type === 'Fail') return view.input;
  const templated = 'Parameters' in state && state.Parameters !== undefined;
  const bare = templated ? { ...view, state: { ...state, Parameters: undefined } } : view;
  noted.afterInputPath = await flow.arguments(bare);
  if (state.Type === 'Map') return noted.afterInputPath;
  const given = await flow.arguments(view);
  if (templated) noted.afterParameters = given;
  return given;
}

/** A Map's items, and what each iteration would be given. */
export async function iterated(
  view: View,
  noted: Inspection,
  viewOf: (item: Json, index: number) => View,
): Promise<void> {
  const flow = flowOf(view.state);
  const items = await flow.items(view);
  if (view.state.language === 'JSONPath') noted.afterItemsPath = items;
  const select = flow.selector(view);
  if (select === undefined) return;
  const selected: Json[] = [];
  for (const [index, item] of items.entries())
    selected.push(await select(item, viewOf(item, index)));
  noted.afterItemSelector = selected;
}

/** What comes out of the state after its work gave `result`. */
export async function left(view: View, state: Shaped, result: Json, noted: Inspection) {
  const flow = flowOf(state);
  noted.result = result;
  if (state.language === 'JSONPath') {
    const bare = { ...state, Assign: undefined, OutputPath: undefined };
    const selected = await flow.result(
      { ...view, state: { ...bare, ResultPath: undefined } },
      result,
    );
    if (state.ResultSelector !== undefined) noted.afterResultSelector = selected.output;
    const combined = await flow.result({ ...view, state: bare }, result);
    noted.afterResultPath = combined.output;
  }
  return flow.result(view, result);
}

/** The same of a Pass, whose result is what it was given. */
export async function passed(view: View, state: PassState, given: Json, noted: Inspection) {
  const flow = flowOf(state);
  if (state.language === 'JSONPath') {
    noted.result = state.Result ?? given;
    const bare = { ...state, Assign: undefined, OutputPath: undefined };
    noted.afterResultPath = (await flow.pass({ ...view, state: bare })).output;
  }
  return flow.pass(view);
}

/** As text, member by member. */
export function told(noted: Inspection): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(noted).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, JSON.stringify(value)] as const],
    ),
  );
}
