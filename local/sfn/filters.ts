import { isArray, isObject, type Json } from './json.ts';

/** What may stand between two operands of a JSONPath filter. */
export const filterOperators =
  /\s*(?:==|!=|<=|>=|<|>|=~|(?:nin|in|contains|size|empty|subsetof|anyof|noneof)\b)/y;

/** Whether two operands of a filter stand in the relation their operator names. */
export function compared(
  operator: string,
  left: Json | undefined,
  right: Json | undefined,
): boolean {
  if (operator === '==') return alike(left, right);
  if (operator === '!=') return !alike(left, right);
  if (operator === 'in') return isArray(right) && right.some((one) => alike(left, one));
  if (operator === 'nin') return !(isArray(right) && right.some((one) => alike(left, one)));
  if (operator in listTests) return listTests[operator]?.(left, right) ?? false;
  const comparable =
    (typeof left === 'number' && typeof right === 'number') ||
    (typeof left === 'string' && typeof right === 'string');
  if (!comparable || left === undefined || right === undefined) return false;
  if (operator === '<') return left < right;
  if (operator === '<=') return left <= right;
  return operator === '>' ? left > right : left >= right;
}

/** As the library behind the service compares: a number and a text that says it are equal. */
function alike(left: Json | undefined, right: Json | undefined): boolean {
  if (typeof left === 'number' && typeof right === 'string')
    return right.trim() !== '' && Number(right) === left;
  if (typeof left === 'string' && typeof right === 'number') return left === String(right);
  return same(left, right);
}

type ListTest = (left: Json | undefined, right: Json | undefined) => boolean;

const has = (list: Json | undefined, wanted: Json): boolean =>
  isArray(list) && list.some((one) => same(one, wanted));

/** Operators of filters on lists and texts. */
const listTests: Readonly<Record<string, ListTest>> = {
  contains: (left, right) =>
    typeof left === 'string'
      ? typeof right === 'string' && left.includes(right)
      : right !== undefined && has(left, right),
  size: (left, right) => sizeOf(left) === (typeof right === 'number' ? right : sizeOf(right)),
  empty: (left, right) => (sizeOf(left) === 0) === right,
  subsetof: (left, right) => isArray(left) && left.every((one) => has(right, one)),
  anyof: (left, right) => isArray(left) && left.some((one) => has(right, one)),
  noneof: (left, right) => isArray(left) && !left.some((one) => has(right, one)),
};

function sizeOf(value: Json | undefined): number | undefined {
  return isArray(value) || typeof value === 'string' ? value.length : undefined;
}

/** Equal as JSON: an object's keys in any order. */
export function same(left: Json | undefined, right: Json | undefined): boolean {
  if (left === right) return true;
  if (isArray(left))
    return (
      isArray(right) &&
      left.length === right.length &&
      left.every((one, at) => same(one, right[at]))
    );
  if (!isObject(left) || !isObject(right)) return false;
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && same(left[key], right[key]))
  );
}
