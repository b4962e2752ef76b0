import jsonata from 'jsonata';
import { isArray, isObject, type Json } from './json.ts';

type Node = Readonly<Record<string, unknown>>;

export interface ExpressionFault {
  readonly code: 'INVALID_JSONATA_EXPRESSION' | 'UNSUPPORTED_JSONATA_EXPRESSION';
  readonly message: string;
}

/**
 * What Step Functions refuses of a JSONata expression when a machine is created: text that does not parse,
 * operators younger than JSONata 2.0.6, and whatever reads an input document, which there is none of.
 * @param inCatch whether `$states.errorOutput` may be read here
 */
export function expressionFault(source: string, inCatch: boolean): ExpressionFault | undefined {
  const bare = source.replace(
    /"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`|\/\*[\s\S]*?\*\//g,
    (text) => '_'.repeat(text.length),
  );
  const young = /\?\?|\?:/.exec(bare)?.[0];
  if (young !== undefined)
    return {
      code: 'INVALID_JSONATA_EXPRESSION',
      message: `The symbol "${young.charAt(1)}" cannot be used as a unary operator`,
    };
  let tree: unknown;
  try {
    tree = jsonata(source).ast();
  } catch (error) {
    return { code: 'INVALID_JSONATA_EXPRESSION', message: messageOf(error) };
  }
  const message = faultIn(tree, true, inCatch);
  return message === undefined ? undefined : { code: 'UNSUPPORTED_JSONATA_EXPRESSION', message };
}

/** Every `{% %}` in a value, each with the place it stands at. */
export function eachExpression(
  value: Json | undefined,
  at: string,
  check: (source: string, at: string) => void,
): void {
  if (typeof value === 'string') {
    const source = /^\{%([\s\S]*)%\}$/.exec(value)?.[1];
    if (source !== undefined) check(source.trim(), at);
  } else if (isArray(value)) {
    for (const [index, one] of value.entries()) eachExpression(one, `${at}[${index}]`, check);
  } else if (isObject(value)) {
    for (const [key, one] of Object.entries(value)) eachExpression(one, `${at}/${key}`, check);
  }
}

function faultIn(node: unknown, top: boolean, inCatch: boolean): string | undefined {
  if (Array.isArray(node)) return first(node, (one) => faultIn(one, top, inCatch));
  if (!isNode(node)) return undefined;
  if (node['type'] === 'variable' && node['value'] === '$')
    return "Reference to '$$' is not supported.";
  if (node['type'] === 'path') return pathFault(node, top, inCatch);
  if (node['type'] === 'transform') return children(node, false, inCatch);
  if (!top) return children(node, false, inCatch);
  if (node['type'] === 'variable' && node['value'] === '') return topLevel('$');
  if (node['type'] === 'wildcard') return topLevel('*');
  if (node['type'] === 'descendant') return topLevel('**');
  if (node['type'] === 'name') return topLevel(String(node['value']));
  // A predicate's context is the item, and a grouping's too.
  return (
    first(['predicate', 'stages', 'group'], (key) => faultIn(node[key], false, inCatch)) ??
    children(node, true, inCatch)
  );
}

function pathFault(path: Node, top: boolean, inCatch: boolean): string | undefined {
  const steps: unknown[] = Array.isArray(path['steps']) ? path['steps'] : [];
  const [head, next] = steps;
  if (
    !inCatch &&
    isNode(head) &&
    isNode(next) &&
    head['value'] === 'states' &&
    head['type'] === 'variable'
  )
    if (next['value'] === 'errorOutput')
      return 'Reference to $states.errorOutput is supported in a Catch only.';
  return (
    first(steps, (step, at) => faultIn(step, top && at === 0, inCatch)) ??
    faultIn(path['group'], false, inCatch)
  );
}

const context = new Set(['predicate', 'stages', 'group']);

function children(node: Node, top: boolean, inCatch: boolean): string | undefined {
  return first(Object.entries(node), ([key, value]) =>
    typeof value === 'object' && value !== null && !(top && context.has(key)) && key !== 'ancestor'
      ? faultIn(value, top, inCatch)
      : undefined,
  );
}

function first<T, R>(
  list: readonly T[],
  find: (one: T, at: number) => R | undefined,
): R | undefined {
  for (const [at, one] of list.entries()) {
    const found = find(one, at);
    if (found !== undefined) return found;
  }
  return undefined;
}

function topLevel(name: string): string {
  return `Reference to '${name}' at the top level is not supported.`;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null;
}

function messageOf(error: unknown): string {
  return isNode(error) && typeof error['message'] === 'string' ? error['message'] : String(error);
}
