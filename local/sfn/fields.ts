import type { State } from './definition.ts';
import type { View } from './flow.ts';
import type { Json } from './json.ts';

const fields = new WeakMap<State, ReadonlyMap<string, Json>>();

/** A field of the view's state by its name, whatever the state's type. */
export function fieldOf(view: View, name: string): Json | undefined {
  let known = fields.get(view.state);
  if (known === undefined) {
    known = new Map(Object.entries(view.state));
    fields.set(view.state, known);
  }
  return known.get(name);
}
