import { compared, filterOperators } from './filters.ts';
import { isArray, isObject, type Json } from './json.ts';

/** What paths start from: `$` the data, `$$` the context object, `$name` a variable. */
export interface Roots {
  readonly data: Json;
  readonly context: () => Json;
  readonly vars: Readonly<Record<string, Json>>;
}

export type Segment =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'union'; readonly members: readonly (string | number)[] }
  | { readonly kind: 'pick'; readonly names: readonly string[] }
  | { readonly kind: 'slice'; readonly from?: number; readonly to?: number; readonly step: number }
  | { readonly kind: 'all' }
  | { readonly kind: 'deep' }
  | { readonly kind: 'filter'; readonly test: Test }
  | { readonly kind: 'function'; readonly name: string };

type Test = (item: Json, roots: Roots) => boolean;

interface Path {
  readonly root: string;
  readonly segments: readonly Segment[];
  /** It names one place; any other path gives a list of what it found. */
  readonly definite: boolean;
}

const parsed = new Map<string, Path>();

/**
 * @returns undefined when a path that names one place finds nothing there, or any path has to go on, before it may name
 * several places, from a value of the wrong type
 */
export function readPath(path: string, roots: Roots): Json | undefined {
  const { root, segments, definite } = pathOf(path);
  const start = rootOf(root, roots);
  if (start === undefined) return undefined;
  let found: Json[] = [start];
  let one = true;
  for (const segment of segments) {
    if (segment.kind === 'function') {
      const value = applied(segment.name, definite ? found[0] : found);
      if (value === undefined) return undefined;
      found = [value];
      continue;
    }
    const [only] = found;
    if (one && only !== undefined && !fits(segment, only)) return undefined;
    one &&= oneOnly.has(segment.kind);
    found = found.flatMap((value) => step(segment, value, roots));
  }
  if (definite || segments.at(-1)?.kind === 'function') return found[0];
  return found;
}

function rootOf(root: string, roots: Roots): Json | undefined {
  if (root === '$') return roots.data;
  if (root === '$$') return roots.context();
  const name = root.slice(1);
  return Object.hasOwn(roots.vars, name) ? roots.vars[name] : undefined;
}

/** @throws Error where the text is no path */
export function pathOf(text: string): Path {
  let path = parsed.get(text);
  if (path === undefined) {
    path = new Parser(text).path();
    parsed.set(text, path);
  }
  return path;
}

/**
 * A copy of `into` with `value` at the reference path; objects on the way are made where they are missing.
 * @returns undefined when the path runs through something that is no object or array
 */
export function writePath(into: Json, path: string, value: Json): Json | undefined {
  const { segments } = pathOf(path);
  return put(into, segments, 0, value);
}

function put(into: Json, segments: readonly Segment[], at: number, value: Json): Json | undefined {
  const segment = segments[at];
  if (segment === undefined) return value;
  if (segment.kind === 'name') {
    if (!isObject(into)) return undefined;
    const own = Object.hasOwn(into, segment.name) ? into[segment.name] : undefined;
    const inner = put(own ?? {}, segments, at + 1, value);
    return inner === undefined ? undefined : { ...into, [segment.name]: inner };
  }
  if (segment.kind !== 'index' || !isArray(into) || segment.index > into.length) return undefined;
  const inner = put(into[segment.index] ?? {}, segments, at + 1, value);
  if (inner === undefined) return undefined;
  const copy = [...into];
  copy[segment.index] = inner;
  return copy;
}

/** Whether the value is of a type that the segment can lead on from. */
export function fits(segment: Segment, value: Json): boolean {
  switch (segment.kind) {
    case 'name':
    case 'pick':
      return isObject(value);
    case 'index':
    case 'slice':
      return isArray(value);
    case 'union':
      return typeof segment.members[0] === 'number' ? isArray(value) : isObject(value);
    case 'filter':
      return isArray(value) || isObject(value);
    case 'all':
    case 'deep':
    case 'function':
      return true;
  }
}

/** A reference path names one place with names and indexes only. */
export function isReference(text: string): boolean {
  try {
    return pathOf(text).segments.every(({ kind }) => kind === 'name' || kind === 'index');
  } catch {
    return false;
  }
}

function step(segment: Exclude<Segment, { kind: 'function' }>, value: Json, roots: Roots): Json[] {
  switch (segment.kind) {
    case 'name':
      return member(value, segment.name);
    case 'index':
      return member(value, segment.index);
    case 'pick':
      return isObject(value)
        ? [
            Object.fromEntries(
              segment.names.flatMap((name) => member(value, name).map((one) => [name, one])),
            ),
          ]
        : [];
    case 'union':
      return segment.members.flatMap((one) => member(value, one));
    case 'all':
      return children(value);
    case 'deep':
      return [value, ...children(value).flatMap((one) => step(segment, one, roots))];
    case 'slice':
      return isArray(value) ? slice(value, segment) : [];
    case 'filter':
      return (isArray(value) ? [...value] : isObject(value) ? [value] : []).filter((one) =>
        segment.test(one, roots),
      );
  }
}

function member(value: Json, key: string | number): Json[] {
  if (typeof key === 'number') {
    if (!isArray(value)) return [];
    const item = value[key < 0 ? value.length + key : key];
    return item === undefined ? [] : [item];
  }
  if (!isObject(value) || !Object.hasOwn(value, key)) return [];
  const found = value[key];
  return found === undefined ? [] : [found];
}

function children(value: Json): Json[] {
  if (isArray(value)) return [...value];
  return isObject(value) ? Object.values(value) : [];
}

function slice(
  list: readonly Json[],
  { from, to, step: by }: { readonly from?: number; readonly to?: number; readonly step: number },
): Json[] {
  const part = list.slice(from ?? 0, to ?? list.length);
  return by === 1 ? part : part.filter((_, at) => at % by === 0);
}

function applied(name: string, value: Json | undefined): Json | undefined {
  if (name === 'length' && isObject(value)) return Object.keys(value).length;
  if (name === 'length') return isArray(value) ? value.length : undefined;
  if (name === 'keys') return isObject(value) ? Object.keys(value) : undefined;
  if (!isArray(value)) return undefined;
  if (name === 'first') return value[0];
  if (name === 'last') return value.at(-1);
  const numbers = value.filter((one) => typeof one === 'number');
  if (numbers.length === 0) return undefined;
  const sum = numbers.reduce((total, one) => total + one, 0);
  if (name === 'min') return Math.min(...numbers);
  if (name === 'max') return Math.max(...numbers);
  if (name === 'sum') return sum;
  const mean = sum / numbers.length;
  if (name === 'avg') return mean;
  return Math.sqrt(numbers.reduce((total, one) => total + (one - mean) ** 2, 0) / numbers.length);
}

const functions = new Set([
  'length',
  'keys',
  'min',
  'max',
  'sum',
  'avg',
  'stddev',
  'first',
  'last',
]);

/** What leads to one place at most. */
const oneOnly: ReadonlySet<Segment['kind']> = new Set(['name', 'index', 'function', 'pick']);

/** Several names at a path's end give one object of them, not a list. */
function picked(segments: Segment[]): void {
  const last = segments.at(-1);
  if (last?.kind !== 'union') return;
  const names = last.members.filter((one) => typeof one === 'string');
  if (names.length === last.members.length) segments[segments.length - 1] = { kind: 'pick', names };
}

class Parser {
  private readonly text: string;
  private at = 0;

  constructor(text: string) {
    this.text = text;
  }

  path(): Path {
    const path = this.pathHere();
    if (this.at !== this.text.length) throw this.wrong();
    return path;
  }

  private pathHere(): Path {
    const root = this.take(/\$\$|\$[\p{ID_Start}_]\p{ID_Continue}*|\$|@/uy);
    if (root === undefined) throw this.wrong();
    const segments: Segment[] = [];
    for (let segment = this.segment(); segment !== undefined; segment = this.segment())
      segments.push(segment);
    picked(segments);
    const definite = segments.every(({ kind }) => oneOnly.has(kind));
    return { root, segments, definite };
  }

  private segment(): Segment | undefined {
    if (this.take(/\.\.(?=\[)/y) !== undefined) return { kind: 'deep' };
    if (this.take(/\.\.(?=[^.])/y) !== undefined) {
      // `..name` is a descent, then a name: step back so that the name is read as `.name`.
      this.at -= 1;
      return { kind: 'deep' };
    }
    this.take(/\.(?=\[)/y);
    if (this.take(/\.\*/y) !== undefined) return { kind: 'all' };
    const name = this.take(/\.[^\s.[\](),'"=!<>&|~]+/y);
    if (name !== undefined) {
      const bare = name.slice(1);
      if (functions.has(bare) && this.take(/\(\)/y) !== undefined)
        return { kind: 'function', name: bare };
      return { kind: 'name', name: bare };
    }
    if (this.take(/\[\s*/y) === undefined) return undefined;
    const segment = this.bracket();
    if (this.take(/\s*\]/y) === undefined) throw this.wrong();
    return segment;
  }

  private bracket(): Segment {
    if (this.take(/\*/y) !== undefined) return { kind: 'all' };
    if (this.take(/\?\s*\(/y) !== undefined) {
      const test = this.either();
      if (this.take(/\s*\)/y) === undefined) throw this.wrong();
      return { kind: 'filter', test };
    }
    const range = this.take(/-?\d*\s*:\s*-?\d*(?:\s*:\s*\d*)?/y);
    if (range !== undefined) {
      const [from = '', to = '', by = ''] = range.split(':').map((one) => one.trim());
      return {
        kind: 'slice',
        ...(from === '' ? {} : { from: Number(from) }),
        ...(to === '' ? {} : { to: Number(to) }),
        step: by === '' ? 1 : Number(by),
      };
    }
    const members: (string | number)[] = [];
    do {
      const index = this.take(/\s*-?\d+/y);
      if (index !== undefined) members.push(Number(index));
      else members.push(this.quoted() ?? this.fail());
    } while (this.take(/\s*,\s*/y) !== undefined);
    const [only] = members;
    if (members.length > 1 || only === undefined) return { kind: 'union', members };
    return typeof only === 'number' ? { kind: 'index', index: only } : { kind: 'name', name: only };
  }

  private either(): Test {
    const tests = [this.both()];
    while (this.take(/\s*\|\|/y) !== undefined) tests.push(this.both());
    return (item, roots) => tests.some((test) => test(item, roots));
  }

  private both(): Test {
    const tests = [this.single()];
    while (this.take(/\s*&&/y) !== undefined) tests.push(this.single());
    return (item, roots) => tests.every((test) => test(item, roots));
  }

  private single(): Test {
    if (this.take(/\s*!(?!=)/y) !== undefined) {
      const inner = this.single();
      return (item, roots) => !inner(item, roots);
    }
    if (this.take(/\s*\(/y) !== undefined) {
      const inner = this.either();
      if (this.take(/\s*\)/y) === undefined) throw this.wrong();
      return inner;
    }
    const left = this.operand();
    const operator = this.take(filterOperators)?.trim();
    if (operator === undefined) return (item, roots) => left(item, roots) !== undefined;
    if (operator === '=~') {
      const source = this.take(/\s*\/(?:\\.|[^/\\])*\/[a-z]*/y)?.trim();
      if (source === undefined) throw this.wrong();
      const end = source.lastIndexOf('/');
      const pattern = new RegExp(source.slice(1, end), source.slice(end + 1));
      return (item, roots) => {
        const value = left(item, roots);
        return typeof value === 'string' && pattern.test(value);
      };
    }
    const right = this.operand();
    return (item, roots) => compared(operator, left(item, roots), right(item, roots));
  }

  private operand(): (item: Json, roots: Roots) => Json | undefined {
    this.take(/\s*/y);
    const text = this.quoted();
    if (text !== undefined) return () => text;
    const word = this.take(/-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|true\b|false\b|null\b/y);
    if (word !== undefined) {
      const value: Json = JSON.parse(word);
      return () => value;
    }
    if (this.take(/\[/y) !== undefined) {
      const parts: ((item: Json, roots: Roots) => Json | undefined)[] = [];
      do parts.push(this.operand());
      while (this.take(/\s*,/y) !== undefined);
      if (this.take(/\s*\]/y) === undefined) throw this.wrong();
      return (item, roots) => parts.map((part) => part(item, roots) ?? null);
    }
    const from = this.at;
    this.pathHere();
    const path = this.text.slice(from, this.at);
    if (path.startsWith('@'))
      return (item, roots) => readPath(`$${path.slice(1)}`, { ...roots, data: item });
    return (_item, roots) => readPath(path, roots);
  }

  private quoted(): string | undefined {
    const text = this.take(/'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"/y);
    return text?.slice(1, -1).replace(/\\(.)/g, '$1');
  }

  private take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.text);
    if (match === null) return undefined;
    this.at += match[0].length;
    return match[0];
  }

  private fail(): never {
    throw this.wrong();
  }

  private wrong(): Error {
    return new Error(`not a path: '${this.text}' at ${this.at}`);
  }
}
