import { describe, expect, test } from 'vitest';
import { areas } from './cases/index.ts';
import { hold } from './run.ts';
import { readTable, renderTable } from './table.ts';

for (const { area, rules } of areas)
  describe(area, () => {
    for (const { rule, source, cases } of rules)
      test.each(cases.map((one, index) => [index + 1, one] as const))(
        `${rule} (${source}) %i`,
        async (_number, one) => {
          await hold(one);
        },
      );
  });

test('the table in local/SUPPORT.md says what the cases say', () => {
  const text = readTable();
  expect(text).toBe(renderTable(text));
});

test('no rule stands twice', () => {
  for (const { rules } of areas) {
    const names = rules.map(({ rule }) => rule);
    expect(names).toEqual([...new Set(names)]);
  }
});
