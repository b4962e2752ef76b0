import type { Definition, State } from './definition.ts';
import { eachExpression } from './expressions.ts';
import { isArray, isObject, type Json } from './json.ts';

/** The variables each state reads, by the state's name; states that read none are left out. */
export function variablesByState(definition: Definition): Readonly<Record<string, string[]>> {
  const found: Record<string, string[]> = {};
  for (const scope of definition.scopes.values())
    for (const state of scope.states.values()) {
      const names = namesIn(state);
      if (names.length > 0) found[state.name] = names;
    }
  return found;
}

const inner = new Set(['Branches', 'ItemProcessor', 'Iterator', 'Comment', 'at', 'name']);

function namesIn(state: State): string[] {
  const names = new Set<string>();
  for (const [field, value] of Object.entries(state)) {
    if (inner.has(field)) continue;
    if (state.language === 'JSONata')
      eachExpression(value, '', (source) => inExpression(source, names));
    else inPaths(value, names);
  }
  return [...names].sort();
}

/** A name with a value of its own in the expression, or followed by its arguments, is no variable of the machine. */
function inExpression(source: string, names: Set<string>): void {
  const bare = source.replace(/"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`|\/\*[\s\S]*?\*\//g, '');
  const own = new Set([...bare.matchAll(/\$(\w+)\s*:=/g)].map(([, name]) => name));
  for (const [, parameters = ''] of bare.matchAll(/(?:function|λ)\s*\(([^)]*)\)/g))
    for (const [, name] of parameters.matchAll(/\$(\w+)/g)) own.add(name);
  for (const [, name = ''] of bare.matchAll(/\$([A-Za-z_]\w*)(?!\w|\s*\()/g))
    if (name !== 'states' && !own.has(name)) names.add(name);
}

function inPaths(value: Json | undefined, names: Set<string>): void {
  if (typeof value === 'string') {
    if (!/^(?:\$|States\.)/.test(value)) return;
    for (const [, name = ''] of value.matchAll(/(?<![$\w])\$([A-Za-z_]\w*)/g)) names.add(name);
  } else if (isArray(value)) for (const one of value) inPaths(one, names);
  else if (isObject(value)) for (const one of Object.values(value)) inPaths(one, names);
}
