import { createHash } from 'node:crypto';
import jsonata from 'jsonata';
import { ErrorName, EvaluationError } from './errors.ts';
import { JavaRandom } from './java-random.ts';
import { isArray, isObject, type Json, parseJson } from './json.ts';
import { type Awaitable, perform, ready, type Work } from './work.ts';

/** What expressions see: `$states`, variables, and the functions Step Functions adds. */
export interface Environment {
  readonly states: StatesValue;
  readonly vars: Readonly<Record<string, Json>>;
  readonly now: number;
  readonly random: () => number;
  readonly newId: () => string;
  /** Opening words of a failure's cause: which state it was. */
  readonly where: string;
}

export interface StatesValue {
  readonly input: Json;
  readonly context: () => Json;
  readonly result?: Json;
  readonly errorOutput?: Json;
}

/** A template whose expressions were compiled: a constant, or something to evaluate. */
export type Template = { readonly constant: Json } | { evaluate(env: Environment): Work<Json> };

const expressionForm = /^\{%([\s\S]*)%\}$/;
const compiled = new Map<string, Expression>();
const templates = new WeakMap<object, Map<string, Template>>();

/**
 * Evaluates every `{% %}` in `value`.
 * @param field where the value stands in its state, for the error's text
 * @throws EvaluationError States.QueryEvaluationError
 */
export function fill(value: Json, field: string, env: Environment): Awaitable<Json> {
  const template = templateOf(value, field);
  return 'constant' in template ? template.constant : perform(template.evaluate(env));
}

export function isExpression(value: Json | undefined): value is string {
  return typeof value === 'string' && expressionForm.test(value);
}

function templateOf(value: Json, field: string): Template {
  if (typeof value !== 'object' || value === null) return compileTemplate(value, field);
  let byField = templates.get(value);
  if (byField === undefined) {
    byField = new Map();
    templates.set(value, byField);
  }
  let template = byField.get(field);
  if (template === undefined) {
    template = compileTemplate(value, field);
    byField.set(field, template);
  }
  return template;
}

function compileTemplate(value: Json, field: string): Template {
  if (typeof value === 'string') {
    const source = expressionForm.exec(value)?.[1]?.trim();
    if (source === undefined) return { constant: value };
    return { evaluate: (env) => evaluate(source, field, env) };
  }
  if (isArray(value)) {
    const parts = value.map((one, at) => compileTemplate(one, `${field}[${at}]`));
    if (parts.every((part) => 'constant' in part)) return { constant: value };
    return {
      *evaluate(env) {
        const filled: Json[] = [];
        for (const part of parts)
          filled.push('constant' in part ? part.constant : yield* part.evaluate(env));
        return filled;
      },
    };
  }
  if (isObject(value)) {
    const parts = Object.entries(value).map(
      ([key, one]) => [key, compileTemplate(one, `${field}/${key}`)] as const,
    );
    if (parts.every(([, part]) => 'constant' in part)) return { constant: value };
    return {
      *evaluate(env) {
        const filled: Record<string, Json> = {};
        for (const [key, part] of parts)
          filled[key] = 'constant' in part ? part.constant : yield* part.evaluate(env);
        return filled;
      },
    };
  }
  return { constant: value };
}

type Expression = (env: Environment) => unknown;

function* evaluate(source: string, field: string, env: Environment): Work<Json> {
  let expression = compiled.get(source);
  let value: unknown;
  try {
    if (expression === undefined) {
      expression = compile(source);
      compiled.set(source, expression);
    }
    value = yield* ready(expression(env));
  } catch (error) {
    throw failed(env, source, field, `threw an error during evaluation${told(error)}`);
  }
  if (value === undefined) throw failed(env, source, field, 'returned nothing (undefined).');
  const json = plain(value);
  if (json === undefined) throw failed(env, source, field, 'returned an unsupported result type.');
  return json;
}

function failed(env: Environment, source: string, field: string, what: string): EvaluationError {
  return new EvaluationError(
    ErrorName.query,
    `${env.where} The JSONata expression '${source}' specified for the field '${field}' ${what}`,
    field,
  );
}

/** JSONata's codes for what exceeds a bound, in Step Functions' words, which have no code. */
const exceeded: Readonly<Record<string, string>> = {
  D1011:
    'Stack overflow error: Check for non-terminating recursive function. Consider rewriting as tail-recursive.',
  D1012: 'Expression evaluation timeout: Check for infinite loop',
  D2014: 'Expression evaluation memory limit exceeded: Check for excessive memory usage',
  D2015: 'Expression evaluation memory limit exceeded: Check for excessive memory usage',
};

function told(error: unknown): string {
  if (!isMessage(error)) return `: ${String(error)}`;
  if (typeof error.code !== 'string') return `: ${error.message}`;
  const bound = exceeded[error.code];
  return bound === undefined ? `. ${error.code}: ${error.message}` : `: ${bound}`;
}

function isMessage(error: unknown): error is { message: string; code?: unknown } {
  return (
    typeof error === 'object' &&
    error !== null &&
    'message' in error &&
    typeof error.message === 'string'
  );
}

const simplePath = /^\$([A-Za-z_][\w]*)((?:\.[A-Za-z_]\w*)*)$/;
const keywords = /(?:^|\.)(?:and|or|in|true|false|null|function)(?:\.|$)/;

/** Most expressions only walk into an object: those need no interpreter. Whatever is not plain goes to JSONata. */
function compile(source: string): Expression {
  let full: Expression | undefined;
  const slow: Expression = (env) => {
    full ??= interpreted(source);
    return full(env);
  };
  const path = simplePath.exec(source);
  const root = path?.[1];
  if (root === undefined || keywords.test(source)) return slow;
  const steps = (path?.[2] ?? '').split('.').slice(1);
  return (env) => {
    let at: Json | undefined;
    let from = 0;
    if (root === 'states') {
      const first = steps[0];
      if (first === undefined) return slow(env);
      from = 1;
      if (first === 'input') at = env.states.input;
      else if (first === 'result') at = env.states.result;
      else if (first === 'errorOutput') at = env.states.errorOutput;
      else if (first === 'context') at = env.states.context();
      else return undefined;
    } else {
      if (!Object.hasOwn(env.vars, root)) return slow(env);
      at = env.vars[root];
    }
    for (; from < steps.length; from += 1) {
      if (isArray(at)) return slow(env);
      const step = steps[from] ?? '';
      if (!isObject(at) || !Object.hasOwn(at, step)) return undefined;
      at = at[step];
    }
    return at;
  };
}

/** An expression that never ends must not hold the engine. Milliseconds, nested evaluations. */
const bounds = { timeout: 10_000, stack: 100 };

/** The longest list a range makes on AWS. */
const longestSequence = 873_782;

function interpreted(source: string): Expression {
  // Counting costs at every list, and only ranges make long ones from nothing.
  const sequence = source.includes('..') ? { sequence: longestSequence } : {};
  const expression = jsonata(source, { ...bounds, ...sequence });
  return (env) =>
    expression.evaluate(undefined, {
      // There is no such function: `$parse` is what is there instead.
      eval: undefined,
      ...functionsOf(env),
      ...env.vars,
      states: statesObject(env.states),
    });
}

function statesObject(states: StatesValue): object {
  return {
    input: states.input,
    ...(states.result === undefined ? {} : { result: states.result }),
    ...(states.errorOutput === undefined ? {} : { errorOutput: states.errorOutput }),
    get context() {
      return states.context();
    },
  };
}

const fromMillis = jsonata('$fromMillis($ms, $picture, $zone)');

function functionsOf(env: Environment) {
  return {
    partition,
    range,
    hash: (data: unknown, algorithm: unknown) =>
      data === undefined || algorithm === undefined ? undefined : hash(data, algorithm),
    parse: (text: unknown) => (text === undefined ? undefined : parseJson(stringArgument(text))),
    uuid: () => env.newId(),
    random: (seed?: unknown) =>
      typeof seed === 'number' ? new JavaRandom(seed).nextDouble() : env.random(),
    millis: () => env.now,
    now: (picture?: unknown, zone?: unknown) =>
      fromMillis.evaluate(undefined, { ms: env.now, picture, zone }),
  };
}

function stringArgument(value: unknown): string {
  if (typeof value !== 'string') throw new Error('the argument must be a string');
  return value;
}

// These give nothing, rather than an error, for several odd arguments, and cut numbers towards zero, as AWS does.

function partition(list: unknown, size: unknown): unknown {
  const items: unknown[] = Array.isArray(list) ? list : list === undefined ? [] : [list];
  const step = typeof size === 'number' ? Math.trunc(size) : 0;
  if (step < 0) throw new Error('the chunk size must not be negative');
  if (step === 0 || items.length === 0) return undefined;
  const chunks: unknown[][] = [];
  for (let at = 0; at < items.length; at += step) chunks.push(items.slice(at, at + step));
  return chunks;
}

const longestRange = 360_145;

function range(from: unknown, to: unknown, by: unknown): number[] | number | undefined {
  if (typeof from !== 'number' || typeof to !== 'number' || typeof by !== 'number')
    return undefined;
  const [first, last, step] = [Math.trunc(from), Math.trunc(to), Math.trunc(by)];
  if (step === 0 || (last - first) * step < 0) return undefined;
  if ((last - first) / step + 1 > longestRange) throw new Error(exceeded['D2015']);
  const numbers: number[] = [];
  for (let at = first; step > 0 ? at <= last : at >= last; at += step) numbers.push(at);
  return numbers.length === 1 ? first : numbers;
}

const algorithms: Readonly<Record<string, string>> = {
  MD5: 'md5',
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
};

/** The intrinsic `States.Hash` and JSONata's `$hash`. */
export function hash(data: unknown, algorithm: unknown): string {
  const name = typeof algorithm === 'string' ? algorithms[algorithm] : undefined;
  if (name === undefined) throw new Error(`unknown hash algorithm ${String(algorithm)}`);
  const text = typeof data === 'string' ? data : JSON.stringify(data);
  return createHash(name).update(text).digest('hex');
}

/**
 * JSONata's result as clean JSON: its arrays carry marks that would change what a later expression makes of them.
 * Undefined for what JSON cannot hold (functions).
 */
function plain(value: unknown): Json | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      // AWS writes what JSON has no number for as JavaScript's name for it.
      return Number.isFinite(value) ? value : String(value);
    case 'object':
      break;
    default:
      return undefined;
  }
  if (value === null) return null;
  if (Array.isArray(value)) {
    const items: Json[] = [];
    for (const one of value) {
      const item = plain(one);
      if (item === undefined) return undefined;
      items.push(item);
    }
    return items;
  }
  if ('_jsonata_lambda' in value || '_jsonata_function' in value || value instanceof RegExp)
    return undefined;
  const object: Record<string, Json> = {};
  for (const [key, one] of Object.entries(value)) {
    if (one === undefined) continue;
    const item = plain(one);
    if (item === undefined) return undefined;
    object[key] = item;
  }
  return object;
}
