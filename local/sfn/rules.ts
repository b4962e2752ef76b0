import { ErrorName, StateError } from './errors.ts';
import { isArray, isObject, type Json, type JsonObject } from './json.ts';
import { type Roots, readPath } from './paths.ts';

/** The operators of a JSONPath Choice, without their `Path` twins. */
const comparisons: Readonly<Record<string, Comparison>> = {
  StringEquals: (a, b) => typeof a === 'string' && a === b,
  StringLessThan: texts((a, b) => a < b),
  StringGreaterThan: texts((a, b) => a > b),
  StringLessThanEquals: texts((a, b) => a <= b),
  StringGreaterThanEquals: texts((a, b) => a >= b),
  NumericEquals: (a, b) => typeof a === 'number' && a === b,
  NumericLessThan: numbers((a, b) => a < b),
  NumericGreaterThan: numbers((a, b) => a > b),
  NumericLessThanEquals: numbers((a, b) => a <= b),
  NumericGreaterThanEquals: numbers((a, b) => a >= b),
  BooleanEquals: (a, b) => typeof a === 'boolean' && a === b,
  TimestampEquals: (a, b) => order(a, b) === 0,
  TimestampLessThan: (a, b) => (order(a, b) ?? 0) < 0,
  TimestampGreaterThan: (a, b) => (order(a, b) ?? 0) > 0,
  TimestampLessThanEquals: (a, b) => (order(a, b) ?? 1) <= 0,
  TimestampGreaterThanEquals: (a, b) => (order(a, b) ?? -1) >= 0,
};

const kinds: Readonly<Record<string, (value: Json) => boolean>> = {
  IsNull: (value) => value === null,
  IsNumeric: (value) => typeof value === 'number',
  IsString: (value) => typeof value === 'string',
  IsBoolean: (value) => typeof value === 'boolean',
  IsTimestamp: (value) => time(value) !== undefined,
};

/** Whether a Choice rule holds. `where` opens the cause of an error. */
export function holds(rule: JsonObject, roots: Roots, where: string): boolean {
  const { And: and, Or: or, Not: not } = rule;
  if (isArray(and)) return and.every((one) => isObject(one) && holds(one, roots, where));
  if (isArray(or)) return or.some((one) => isObject(one) && holds(one, roots, where));
  if (isObject(not)) return !holds(not, roots, where);
  const variable = rule['Variable'];
  if (typeof variable !== 'string') return false;
  const value = readPath(variable, roots);
  const present = rule['IsPresent'];
  if (typeof present === 'boolean') return (value !== undefined) === present;
  if (value === undefined) throw invalidPath(variable, where);
  for (const [operator, operand] of Object.entries(rule)) {
    const kind = kinds[operator];
    if (kind !== undefined) return kind(value) === operand;
    if (operator === 'StringMatches')
      return (
        typeof value === 'string' && typeof operand === 'string' && wildcard(operand).test(value)
      );
    const compare = comparisons[operator.replace(/Path$/, '')];
    if (compare === undefined) continue;
    if (!operator.endsWith('Path')) return compare(value, operand);
    const path = typeof operand === 'string' ? operand : '';
    const other = readPath(path, roots);
    if (other === undefined) throw invalidPath(path, where);
    return compare(value, other);
  }
  return false;
}

const structural = new Set(['Next', 'Comment', 'Assign', 'Variable']);

/** What is wrong with a JSONPath rule, or undefined. */
export function ruleFault(rule: JsonObject, nested = false): string | undefined {
  const operators = Object.keys(rule).filter((key) => !structural.has(key));
  const [operator] = operators;
  if (operator === undefined || operators.length > 1)
    return `a rule needs exactly one operator, not ${operators.length}`;
  if (nested && 'Next' in rule) return "a nested rule has no 'Next'";
  if (!nested && typeof rule['Next'] !== 'string') return "a rule needs a 'Next'";
  const operand = rule[operator];
  if (operator === 'And' || operator === 'Or' || operator === 'Not') {
    const inner = operator === 'Not' ? [operand ?? null] : operand;
    if (!isArray(inner) || inner.length === 0) return `${operator} needs rules`;
    for (const one of inner) {
      const fault = isObject(one) ? ruleFault(one, true) : `${operator} needs rules`;
      if (fault !== undefined) return fault;
    }
    return undefined;
  }
  if (typeof rule['Variable'] !== 'string') return "a rule needs a 'Variable'";
  const known =
    operator === 'StringMatches' ||
    operator === 'IsPresent' ||
    operator in kinds ||
    comparisons[operator.replace(/Path$/, '')] !== undefined;
  return known ? undefined : `unknown operator ${operator}`;
}

function invalidPath(path: string, where: string): StateError {
  return new StateError(
    ErrorName.runtime,
    `${where} Invalid path '${path}': The choice state's condition path references an invalid value.`,
  );
}

type Comparison = (left: Json, right: Json) => boolean;

function texts(compare: (left: string, right: string) => boolean): Comparison {
  return (a, b) => typeof a === 'string' && typeof b === 'string' && compare(a, b);
}

function numbers(compare: (left: number, right: number) => boolean): Comparison {
  return (a, b) => typeof a === 'number' && typeof b === 'number' && compare(a, b);
}

const rfc3339 = /^\d{4}-\d\d-\d\d[T]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

function time(value: Json): number | undefined {
  if (typeof value !== 'string' || !rfc3339.test(value)) return undefined;
  const parsed = Date.parse(value);
  return Number.isNaN(parsed) ? undefined : parsed;
}

function order(a: Json, b: Json): number | undefined {
  const left = time(a);
  const right = time(b);
  return left === undefined || right === undefined ? undefined : left - right;
}

/** `*` stands for any characters; `\*` and `\\` for themselves. */
function wildcard(pattern: string): RegExp {
  const source = [...pattern.matchAll(/\\[\s\S]|[\s\S]/g)].map(([letter]) => {
    if (letter === '*') return '[\\s\\S]*';
    const plain = letter.length > 1 ? letter.slice(1) : letter;
    return plain.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${source.join('')}$`);
}
