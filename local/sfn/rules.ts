import type { QueryLanguage } from './definition.ts';
import type { Faults } from './diagnostics.ts';
import { ErrorName, StateError } from './errors.ts';
import { isArray, isObject, type Json, type JsonObject } from './json.ts';
import { isForeign } from './languages.ts';
import { type Roots, readPath } from './paths.ts';
import { timeOf } from './timestamp.ts';

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
      return typeof value === 'string' && typeof operand === 'string' && matches(operand, value);
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

const structural = new Set(['Next', 'Comment', 'Assign', 'Output', 'Variable', 'Condition']);

/** What is wrong with a Choice's rule. */
export function ruleFaults(
  rule: JsonObject,
  language: QueryLanguage,
  at: string,
  faults: Faults,
): void {
  if (typeof rule['Next'] !== 'string') faults.schema('These fields are required: [Next]', at);
  if (language === 'JSONPath') {
    if ('Condition' in rule) faults.schema(isForeign('Condition', language, 'JSONata'), at);
    if ('Output' in rule) faults.schema(isForeign('Output', language, 'JSONata'), at);
    testFaults(rule, at, faults);
    return;
  }
  if (!('Condition' in rule)) faults.schema('These fields are required: [Condition]', at);
  for (const key of Object.keys(rule))
    if (key === 'Variable' || isOperator(key))
      faults.schema(isForeign(key, language, 'JSONPath'), at);
    else if (!structural.has(key)) faults.schema(`Field '${key}' is not supported`, at);
}

/** A JSONPath rule, or one that stands inside another: one operator and what it needs. */
function testFaults(rule: JsonObject, at: string, faults: Faults): void {
  const operators = Object.keys(rule).filter((key) => !structural.has(key));
  const [operator] = operators;
  for (const odd of operators)
    if (!isOperator(odd)) faults.schema(`Field '${odd}' is not supported`, at);
  if (operator === undefined || operators.length > 1) {
    faults.schema('A Choice Rule must contain exactly one comparison operator', at);
    return;
  }
  const operand = rule[operator];
  if (operator === 'And' || operator === 'Or' || operator === 'Not') {
    const inner = operator === 'Not' ? [operand ?? null] : operand;
    if (!isArray(inner) || inner.length === 0) {
      faults.schema('Array must not be empty', `${at}/${operator}`);
      return;
    }
    for (const [index, one] of inner.entries()) {
      const place = operator === 'Not' ? `${at}/Not` : `${at}/${operator}[${index}]`;
      if (!isObject(one)) faults.schema('Expected value of type Object', place);
      else {
        if ('Next' in one) faults.schema("Field 'Next' is not supported", place);
        testFaults(one, place, faults);
      }
    }
    return;
  }
  checkReference(rule['Variable'], `${at}/Variable`, faults);
  if (rule['Variable'] === undefined) faults.schema('These fields are required: [Variable]', at);
  const wanted = operandType(operator);
  if (wanted !== undefined && typeof operand !== wanted)
    faults.schema(
      `Expected value of type ${wanted.charAt(0).toUpperCase()}${wanted.slice(1)}`,
      `${at}/${operator}`,
    );
  else if (operator.endsWith('Path')) checkReference(operand, `${at}/${operator}`, faults);
}

function checkReference(path: Json | undefined, at: string, faults: Faults): void {
  if (path === undefined) return;
  if (typeof path !== 'string') faults.schema('Expected value of type String', at);
  else if (!path.startsWith('$'))
    faults.schema("Value is not a Reference Path: Reference path didn't start with '$'", at);
}

function isOperator(key: string): boolean {
  return (
    ['And', 'Or', 'Not', 'IsPresent', 'StringMatches'].includes(key) ||
    key in kinds ||
    comparisons[key.replace(/Path$/, '')] !== undefined
  );
}

function operandType(operator: string): 'string' | 'number' | 'boolean' | undefined {
  if (operator.endsWith('Path')) return 'string';
  if (operator.startsWith('Is') || operator.startsWith('Boolean')) return 'boolean';
  if (operator.startsWith('Numeric')) return 'number';
  return operator.startsWith('String') || operator.startsWith('Timestamp') ? 'string' : undefined;
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

function time(value: Json): number | undefined {
  return typeof value === 'string' ? timeOf(value) : undefined;
}

function order(a: Json, b: Json): number | undefined {
  const left = time(a);
  const right = time(b);
  return left === undefined || right === undefined ? undefined : left - right;
}

/**
 * Whether the text is as the pattern says: `*` stands for any characters, `\*` and `\\` for themselves. What stands
 * between two stars is found at its first place, so the time it takes grows with the text alone.
 */
function matches(pattern: string, text: string): boolean {
  const parts = [''];
  for (const [mark] of pattern.matchAll(/\\[\s\S]|[\s\S]/g)) {
    if (mark === '*') parts.push('');
    else parts[parts.length - 1] = `${parts.at(-1) ?? ''}${mark.length > 1 ? mark.slice(1) : mark}`;
  }
  const [first = '', ...rest] = parts;
  const last = rest.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}
