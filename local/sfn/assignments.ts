import type { Definition, Scope, State } from './definition.ts';
import type { Faults } from './diagnostics.ts';
import { isObject, type Json } from './json.ts';

/**
 * The variables a machine assigns: whether each may have its name, and none is assigned both in a scope and in one
 * around it.
 */
export function checkAssignments(definition: Definition, faults: Faults): void {
  const machine = definition.scopes.get('');
  if (machine !== undefined) checkScope(machine, new Set(), definition, faults);
}

function checkScope(
  scope: Scope,
  outer: ReadonlySet<string>,
  definition: Definition,
  faults: Faults,
): void {
  const known = new Set(outer);
  for (const state of scope.states.values())
    for (const [at, assign] of assignsOf(state))
      for (const key of Object.keys(assign)) {
        const name = key.endsWith('.$') ? key.slice(0, -2) : key;
        known.add(name);
        const fault = outer.has(name)
          ? `Variable '${name}' is already assigned in an outer scope`
          : nameFault(name);
        if (fault !== undefined) faults.schema(fault, `${state.at}/${at}`);
      }
  for (const state of scope.states.values())
    for (const id of innerOf(state)) {
      const inner = definition.scopes.get(id);
      if (inner !== undefined) checkScope(inner, known, definition, faults);
    }
}

function innerOf(state: State): readonly string[] {
  if (state.Type === 'Parallel') return state.scopes;
  return state.Type === 'Map' ? [state.scope] : [];
}

/** Each Assign of a state, and the place it stands at. */
function assignsOf(
  state: State,
): (readonly [at: string, assign: Readonly<Record<string, Json>>])[] {
  const found: (readonly [string, Json | undefined])[] = [];
  if ('Assign' in state) found.push(['Assign', state.Assign]);
  if (state.Type === 'Choice')
    for (const [index, rule] of state.Choices.entries())
      found.push([`Choices[${index}]/Assign`, rule['Assign']]);
  if ('Catch' in state)
    for (const [index, catcher] of (state.Catch ?? []).entries())
      found.push([`Catch[${index}]/Assign`, catcher.Assign]);
  return found.flatMap(([at, assign]) => (isObject(assign) ? [[at, assign] as const] : []));
}

const longest = 80;

function nameFault(name: string): string | undefined {
  if (name === 'states') return "Variable name 'states' is reserved";
  if (name.length > longest) return `Variable name '${name}' is longer than ${longest} characters`;
  if (!/^[\p{ID_Start}_]\p{ID_Continue}*$/u.test(name))
    return `Variable name '${name}' is not a valid identifier`;
  return undefined;
}
