import type { Route } from './definition.ts';

export interface Match {
  readonly route: Route;
  readonly parameters: Readonly<Record<string, string>>;
}

interface Node {
  readonly literal: Map<string, Node>;
  variable: { readonly name: string; readonly node: Node } | undefined;
  greedy: { readonly name: string; readonly node: Node } | undefined;
  readonly methods: Map<string, Route>;
}

/** Finds the route as API Gateway does: literal parts before `{one}` before `{rest+}`, method before ANY. */
export class Router {
  private readonly root = node();

  constructor(routes: readonly Route[]) {
    for (const route of routes) {
      let at = this.root;
      for (const part of parts(route.path)) at = step(at, part);
      at.methods.set(route.method, route);
    }
  }

  find(method: string, path: string): Match | undefined {
    return search(this.root, method, parts(path), 0, {});
  }
}

function node(): Node {
  return { literal: new Map(), variable: undefined, greedy: undefined, methods: new Map() };
}

function parts(path: string): readonly string[] {
  return path
    .split('/')
    .slice(1)
    .filter((part, at, all) => part !== '' || at < all.length - 1);
}

function step(from: Node, part: string): Node {
  const name = /^\{(.+?)(\+?)\}$/.exec(part);
  if (name?.[1] === undefined) {
    const known = from.literal.get(part) ?? node();
    from.literal.set(part, known);
    return known;
  }
  const place = name[2] === '+' ? 'greedy' : 'variable';
  from[place] ??= { name: name[1], node: node() };
  return from[place].node;
}

function search(
  at: Node,
  method: string,
  path: readonly string[],
  index: number,
  parameters: Readonly<Record<string, string>>,
): Match | undefined {
  const part = path[index];
  if (part === undefined) {
    const route = at.methods.get(method) ?? at.methods.get('ANY');
    return route === undefined ? undefined : { route, parameters };
  }
  const literal = at.literal.get(part);
  const found =
    literal === undefined ? undefined : search(literal, method, path, index + 1, parameters);
  if (found !== undefined) return found;
  if (at.variable !== undefined && part !== '') {
    const value = decode(part);
    const { name, node: next } = at.variable;
    const matched = search(next, method, path, index + 1, { ...parameters, [name]: value });
    if (matched !== undefined) return matched;
  }
  if (at.greedy !== undefined) {
    const rest = path.slice(index).map(decode).join('/');
    const { name, node: next } = at.greedy;
    return search(next, method, path, path.length, { ...parameters, [name]: rest });
  }
  return undefined;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
