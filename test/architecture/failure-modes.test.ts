import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..', '..');

const rows = readFileSync(join(root, 'docs', 'failure-modes.md'), 'utf8')
  .split('\n')
  .map((line) => /^\| (.+) \| `(test\/[^`]+)` › (.+) \|$/.exec(line))
  .filter((match) => match !== null);

test('every failure mode names a test', () => {
  expect(rows.length).toBeGreaterThan(40);
});

test.each(rows.map(([, failure = '', file = '', name = '']) => [failure, file, name] as const))(
  '%s',
  (_, file, name) => {
    const source = readFileSync(join(root, file), 'utf8').replaceAll("\\'", "'");
    expect(source).toContain(name);
  },
);
