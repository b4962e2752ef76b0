import { describe, expect, it } from 'vitest';
import { compilePattern, InvalidPattern } from '../../../local/services/events/pattern.ts';

const fits = (pattern: unknown, event: unknown): boolean => compilePattern(pattern)(event);

describe('values', () => {
  it.each([
    ['exact text', ['a', 'b'], 'b', 'c'],
    ['exact number', [5], 5, '5'],
    ['true', [true], true, 'true'],
    ['null', [null], null, ''],
    ['one of a list', ['a'], ['x', 'a'], ['x']],
    ['prefix', [{ prefix: 'order.' }], 'order.paid', 'x.order.'],
    ['prefix, any case', [{ prefix: { 'equals-ignore-case': 'ORD' } }], 'order', 'o'],
    ['suffix', [{ suffix: '.png' }], 'a.png', 'a.png.gz'],
    ['suffix, any case', [{ suffix: { 'equals-ignore-case': '.PNG' } }], 'a.png', 'a.gif'],
    ['any case', [{ 'equals-ignore-case': 'AbC' }], 'aBc', 'ab'],
    ['anything but a value', [{ 'anything-but': 'a' }], 'b', 'a'],
    ['anything but a number', [{ 'anything-but': [1, 2] }], 3, 2],
    ['anything but is there', [{ 'anything-but': ['a'] }], 'b', undefined],
    ['anything but a prefix', [{ 'anything-but': { prefix: ['a', 'b'] } }], 'cb', 'ba'],
    ['anything but a suffix', [{ 'anything-but': { suffix: 'z' } }], 'za', 'az'],
    ['anything but, any case', [{ 'anything-but': { 'equals-ignore-case': ['A'] } }], 'b', 'a'],
    ['anything but a wildcard', [{ 'anything-but': { wildcard: '*/x/*' } }], 'a/x', 'a/x/b'],
    ['numeric', [{ numeric: ['>', 0, '<=', 5] }], 5, 0],
    ['numeric equal', [{ numeric: ['=', 3.5] }], 3.5, '3.5'],
    ['exists', [{ exists: true }], '', undefined],
    ['exists not', [{ exists: false }], undefined, null],
    ['exists only as a leaf', [{ exists: false }], { a: 1 }, 1],
    ['wildcard', [{ wildcard: 'a*c.d' }], 'abbc.d', 'abbcxd'],
    ['wildcard with a star', [{ wildcard: 'a\\*c' }], 'a*c', 'abc'],
    ['cidr', [{ cidr: '10.0.0.0/24' }], '10.0.0.255', '10.0.1.0'],
    ['cidr of IPv6', [{ cidr: '2001:db8::/32' }], '2001:db8::1', '2001:db9::1'],
    ['alternatives', ['x', { prefix: 'a' }, { numeric: ['<', 0] }], -1, 0],
  ])('%s', (_, pattern, yes, no) => {
    expect(fits({ field: pattern }, yes === undefined ? {} : { field: yes })).toBe(true);
    expect(fits({ field: pattern }, no === undefined ? {} : { field: no })).toBe(false);
  });
});

it('needs every field and reads nested ones, through lists too', () => {
  const pattern = { source: ['kassa.orders'], detail: { order: { status: ['paid'] } } };
  const event = { source: 'kassa.orders', detail: { order: { status: 'paid' } } };
  expect(fits(pattern, event)).toBe(true);
  expect(fits(pattern, { ...event, source: 'other' })).toBe(false);
  expect(fits(pattern, { source: 'kassa.orders' })).toBe(false);
  expect(fits({ detail: { a: { b: [1] } } }, { detail: { a: [{ b: 2 }, { b: 1 }] } })).toBe(true);
  expect(fits({ detail: { a: { b: [{ exists: false }] } } }, {})).toBe(true);
  expect(fits({ toString: [{ exists: true }] }, {})).toBe(false);
});

it('takes any of $or besides the rest', () => {
  const pattern = { a: [1], $or: [{ b: [2] }, { c: { d: [3] } }] };
  expect(fits(pattern, { a: 1, b: 2 })).toBe(true);
  expect(fits(pattern, { a: 1, c: { d: 3 } })).toBe(true);
  expect(fits(pattern, { a: 1, c: { d: 4 } })).toBe(false);
  expect(fits(pattern, { a: 2, b: 2 })).toBe(false);
});

it.each([
  ['a bare value', { source: 'x' }],
  ['an empty pattern', {}],
  ['an empty list', { source: [] }],
  ['an unknown operator', { source: [{ startsWith: 'x' }] }],
  ['a wrong argument', { source: [{ prefix: 5 }] }],
  ['a lonely comparison', { source: [{ numeric: ['<'] }] }],
  ['two wildcards in a row', { source: [{ wildcard: 'a**b' }] }],
])('refuses %s', (_, pattern) => {
  expect(() => compilePattern(pattern)).toThrow(InvalidPattern);
});
