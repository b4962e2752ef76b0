import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { areas } from './cases/index.ts';

/** What follows in local/SUPPORT.md is written here. */
const marker =
  '<!-- Written by `node bin/node24.mjs test/machines/conformance/table.ts`; a test compares. -->';
const file = join(import.meta.dirname, '../../../local/SUPPORT.md');

/** local/SUPPORT.md with the conformance table as the cases would have it. */
export function renderTable(current: string): string {
  const [before = ''] = current.split(marker);
  const cases = areas.flatMap(({ rules }) => rules.flatMap((rule) => rule.cases)).length;
  const rules = areas.flatMap((area) => area.rules).length;
  return [
    before.trimEnd(),
    '',
    marker,
    '',
    '## Step Functions, rule by rule',
    '',
    `${rules} rules of the language and the service, each held by one or more of ${cases} cases in test/machines/conformance.`,
    '',
    '| area | rule | source | holds |',
    '|---|---|---|---|',
    ...areas.flatMap(({ area, rules, gaps = [] }) => [
      ...rules.map(
        (one) =>
          `| ${area} | ${cell(one.rule)} | ${cell(one.source)} | yes (${one.cases.length}) |`,
      ),
      ...gaps.map(
        (gap) => `| ${area} | ${cell(gap.rule)} | ${cell(gap.source)} | no: ${cell(gap.instead)} |`,
      ),
    ]),
    '',
  ].join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

export function readTable(): string {
  return readFileSync(file, 'utf8');
}

if (import.meta.main) writeFileSync(file, renderTable(readTable()));
