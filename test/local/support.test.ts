import { expect, test } from 'vitest';
import { emulated, ignored } from '../../local/assembly/ignored.ts';
import { readSupport, renderSupport } from '../../local/support.ts';

test('local/SUPPORT.md lists what the code emulates, ignores and overrides', () => {
  const text = readSupport();
  expect(text).toBe(renderSupport(text));
});

test('no type is both emulated and ignored', () => {
  expect(Object.keys(ignored).filter((type) => Object.hasOwn(emulated, type))).toEqual([]);
});
