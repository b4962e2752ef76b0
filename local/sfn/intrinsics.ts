import { ErrorName, StateError } from './errors.ts';
import { same } from './filters.ts';
import { JavaRandom } from './java-random.ts';
import { isArray, isObject, type Json, parseJson } from './json.ts';
import { hash } from './jsonata.ts';
import { type Roots, readPath } from './paths.ts';

export interface Sources {
  readonly random: () => number;
  readonly newId: () => string;
}

type Expression =
  | { readonly kind: 'value'; readonly value: Json }
  /** `value` is the literal with its escapes undone, `raw` as it was written: a template still needs them. */
  | { readonly kind: 'text'; readonly value: string; readonly raw: string }
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[] };

const parsed = new Map<string, Expression>();

export function isIntrinsic(text: string): boolean {
  return /^States\.\w+\s*\(/.test(text);
}

/**
 * Evaluates `States.Name(...)`.
 * @param missing called for a path argument that finds nothing; it throws
 * @throws StateError States.IntrinsicFailure
 */
export function callIntrinsic(
  text: string,
  roots: Roots,
  sources: Sources,
  missing: (path: string) => never,
): Json {
  let expression = parsed.get(text);
  if (expression === undefined) {
    expression = parseIntrinsic(text);
    parsed.set(text, expression);
  }
  return evaluate(expression, roots, sources, missing);
}

function evaluate(
  expression: Expression,
  roots: Roots,
  sources: Sources,
  missing: (path: string) => never,
): Json {
  if (expression.kind === 'value' || expression.kind === 'text') return expression.value;
  if (expression.kind === 'path')
    return readPath(expression.path, roots) ?? missing(expression.path);
  const { name } = expression;
  const work = functions[name];
  if (work === undefined) throw wrong(`unknown function States.${name}`);
  const [fewest, most] = arity[name] ?? [1, 1];
  if (expression.args.length < fewest || expression.args.length > most)
    throw wrong(`Invalid number of arguments for States.${name}`);
  const args = expression.args.map((one, at) =>
    name === 'Format' && at === 0 && one.kind === 'text'
      ? one.raw
      : evaluate(one, roots, sources, missing),
  );
  return work(args, sources);
}

/** How many arguments a function takes, where it is not one. */
const arity: Readonly<Record<string, readonly [fewest: number, most: number]>> = {
  Format: [1, Number.POSITIVE_INFINITY],
  Array: [0, Number.POSITIVE_INFINITY],
  ArrayPartition: [2, 2],
  ArrayContains: [2, 2],
  ArrayRange: [3, 3],
  ArrayGetItem: [2, 2],
  Hash: [2, 2],
  JsonMerge: [3, 3],
  MathRandom: [2, 3],
  MathAdd: [2, 2],
  StringSplit: [2, 2],
  UUID: [0, 0],
};

type Work = (args: readonly Json[], sources: Sources) => Json;

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/;
const deepest = 10;
const longestText = 10_000;
const longestRange = 1000;

const functions: Readonly<Record<string, Work>> = {
  Format([template, ...values]) {
    const parts = [''];
    for (const [mark, escaped] of textArg(template, 'Format').matchAll(/\\([\s\S])|\{\}|[\s\S]/g)) {
      if (mark === '{') throw wrong("matching '}' not found for '{'");
      if (mark === '}') throw wrong("matching '{' not found for '}'");
      if (mark === '{}') parts.push('');
      else parts[parts.length - 1] = `${parts.at(-1) ?? ''}${escaped ?? mark}`;
    }
    if (parts.length - 1 !== values.length)
      throw wrong('Number of arguments do not match the occurrences of {}');
    return parts.reduce((text, part, at) => `${text}${shown(values[at - 1])}${part}`);
  },
  StringToJson([text]) {
    const json = textArg(text, 'StringToJson');
    if (json.trim() === '') return null;
    try {
      return parseJson(json);
    } catch {
      throw wrong('States.StringToJson was given no JSON');
    }
  },
  JsonToString: ([value]) => JSON.stringify(needed(value, 'JsonToString')),
  Array: (args) => [...args],
  ArrayPartition([list, size]) {
    const items = listArg(list, 'ArrayPartition');
    const step = integerArg(size, 'ArrayPartition');
    if (step <= 0) throw wrong('States.ArrayPartition needs a chunk size above 0');
    const chunks: Json[] = [];
    for (let at = 0; at < items.length; at += step) chunks.push(items.slice(at, at + step));
    return chunks;
  },
  ArrayContains: ([list, wanted]) =>
    listArg(list, 'ArrayContains').some((one) => same(one, wanted)),
  ArrayRange([from, to, by]) {
    const [first, last, step] = [from, to, by].map((one) => integerArg(one, 'ArrayRange'));
    if (first === undefined || last === undefined || step === undefined || step === 0)
      throw wrong('States.ArrayRange needs a step other than 0');
    const numbers: number[] = [];
    for (let at = first; step > 0 ? at <= last : at >= last; at += step) {
      if (numbers.length >= longestRange)
        throw wrong(`States.ArrayRange gives at most ${longestRange} numbers`);
      numbers.push(at);
    }
    return numbers;
  },
  ArrayGetItem([list, index]) {
    const items = listArg(list, 'ArrayGetItem');
    const item = items[integerArg(index, 'ArrayGetItem')];
    if (item === undefined) throw wrong('States.ArrayGetItem: there is no such index');
    return item;
  },
  ArrayLength: ([list]) => listArg(list, 'ArrayLength').length,
  ArrayUnique([list]) {
    const unique: Json[] = [];
    for (const item of listArg(list, 'ArrayUnique'))
      if (!unique.some((one) => same(one, item))) unique.push(item);
    return unique;
  },
  Base64Encode: ([text]) => Buffer.from(boundedArg(text, 'Base64Encode')).toString('base64'),
  Base64Decode([text]) {
    const encoded = boundedArg(text, 'Base64Decode');
    if (!base64.test(encoded)) throw wrong('States.Base64Decode was given no Base64 text');
    return Buffer.from(encoded, 'base64').toString();
  },
  Hash([data, algorithm]) {
    const text = typeof data === 'string' ? data : JSON.stringify(needed(data, 'Hash'));
    if (text.length > longestText) throw wrong('States.Hash takes at most 10,000 characters');
    try {
      return hash(text, algorithm);
    } catch (error) {
      throw wrong(error instanceof Error ? error.message : String(error));
    }
  },
  JsonMerge([left, right, deep]) {
    if (deep !== false) throw wrong('States.JsonMerge merges only the top level: pass false');
    if (!isObject(left) || !isObject(right)) throw wrong('States.JsonMerge takes two objects');
    return { ...left, ...right };
  },
  MathRandom([from, to, seed], { random }) {
    const first = integerArg(from, 'MathRandom');
    const last = integerArg(to, 'MathRandom');
    if (first >= last) throw wrong('States.MathRandom needs a start below its end');
    const width = last - first;
    const source = seed === undefined ? undefined : new JavaRandom(integerArg(seed, 'MathRandom'));
    if (source !== undefined && width < 2 ** 31) return first + source.nextInt(width);
    return first + Math.floor((source?.nextDouble() ?? random()) * width);
  },
  MathAdd([left, right]) {
    return integerArg(left, 'MathAdd') + integerArg(right, 'MathAdd');
  },
  StringSplit([text, delimiters]) {
    const marks = new Set(textArg(delimiters, 'StringSplit'));
    const parts = [''];
    for (const letter of textArg(text, 'StringSplit')) {
      if (marks.has(letter)) parts.push('');
      else parts[parts.length - 1] = (parts.at(-1) ?? '') + letter;
    }
    return parts.filter((part) => part !== '');
  },
  UUID: (_args, { newId }) => newId(),
};

function shown(value: Json | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}

function needed(value: Json | undefined, name: string): Json {
  if (value === undefined) throw wrong(`States.${name} has too few arguments`);
  return value;
}

function textArg(value: Json | undefined, name: string): string {
  if (typeof value !== 'string') throw wrong(`States.${name} takes a string here`);
  return value;
}

function boundedArg(value: Json | undefined, name: string): string {
  const text = textArg(value, name);
  if (text.length > longestText) throw wrong(`States.${name} takes at most 10,000 characters`);
  return text;
}

function listArg(value: Json | undefined, name: string): readonly Json[] {
  if (!isArray(value)) throw wrong(`States.${name} takes an array here`);
  return value;
}

/** Numbers are rounded to whole ones, as Step Functions does. */
function integerArg(value: Json | undefined, name: string): number {
  if (typeof value !== 'number') throw wrong(`States.${name} takes a number here`);
  return Math.round(value);
}

function wrong(message: string): StateError {
  return new StateError(ErrorName.intrinsic, message);
}

/** @throws StateError States.IntrinsicFailure where the text is no call */
export function parseIntrinsic(text: string): Expression {
  let at = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const match = pattern.exec(text)?.[0];
    at += match?.length ?? 0;
    return match;
  };
  const expression = (depth: number): Expression => {
    take(/\s*/y);
    const name = take(/States\.\w+/y);
    if (name !== undefined) {
      if (depth > deepest) throw wrong(`calls nest more than ${deepest} deep`);
      if (!Object.hasOwn(functions, name.slice(7))) throw wrong(`unknown function ${name}`);
      return { kind: 'call', name: name.slice(7), args: list(depth + 1) };
    }
    const quoted = take(/'(?:\\[\s\S]|[^'\\])*'/y);
    if (quoted !== undefined) {
      const raw = quoted.slice(1, -1);
      return { kind: 'text', value: raw.replace(/\\([\s\S])/g, '$1'), raw };
    }
    const word = take(/-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|true\b|false\b|null\b/y);
    if (word !== undefined) return { kind: 'value', value: parseJson(word) };
    const path = take(
      /\$(?:[^,()[\]]|\[(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|[^\]'"])*\]|\(\))*/y,
    );
    if (path !== undefined) return { kind: 'path', path: path.trim() };
    throw wrong(`cannot read '${text}' at ${at}`);
  };
  const list = (depth: number): Expression[] => {
    if (take(/\s*\(/y) === undefined) throw wrong(`cannot read '${text}' at ${at}`);
    const args: Expression[] = [];
    if (take(/\s*\)/y) !== undefined) return args;
    do args.push(expression(depth));
    while (take(/\s*,/y) !== undefined);
    if (take(/\s*\)/y) === undefined) throw wrong(`cannot read '${text}' at ${at}`);
    return args;
  };
  const whole = expression(1);
  take(/\s*/y);
  if (at !== text.length) throw wrong(`cannot read '${text}' at ${at}`);
  return whole;
}
