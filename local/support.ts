import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { emulated, ignored } from './assembly/ignored.ts';
import { overrides } from './overrides.ts';

/** The hand-written part of local/SUPPORT.md ends here. */
const marker = '<!-- Written by `node bin/node24.mjs local/support.ts`; a test compares. -->';
/** What follows is another table's: it stays as it is. */
const rules =
  '<!-- Written by `node bin/node24.mjs test/machines/conformance/table.ts`; a test compares. -->';
const file = join(import.meta.dirname, 'SUPPORT.md');

/** local/SUPPORT.md as the tables in the code would have it. */
export function renderSupport(current: string): string {
  const [text = ''] = current.split(marker);
  const at = current.indexOf(rules);
  return [
    `${text.trimEnd()}\n`,
    marker,
    '',
    '## Resource types with a local part',
    '',
    ...table('type', 'where', emulated),
    '',
    '## Resource types left aside',
    '',
    'Their references resolve, to a name and an ARN; nothing else stands for them.',
    '',
    ...table('type', 'why', ignored),
    '',
    '## Environment variables that differ from the template',
    '',
    ...table(
      'variable',
      'why',
      Object.fromEntries(overrides.map((one) => [one.variable, one.why])),
    ),
    '',
    ...(at < 0 ? [] : [current.slice(at)]),
  ].join('\n');
}

export function readSupport(): string {
  return readFileSync(file, 'utf8');
}

function table(
  left: string,
  right: string,
  rows: Readonly<Record<string, string>>,
): readonly string[] {
  return [
    `| ${left} | ${right} |`,
    '|---|---|',
    ...Object.entries(rows)
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([name, text]) => `| \`${name}\` | ${text} |`),
  ];
}

if (import.meta.main) writeFileSync(file, renderSupport(readSupport()));
