import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { problems } from '../../../functions/shared/http/problems.ts';

const readme = readFileSync(new URL('../../../docs/errors/README.md', import.meta.url), 'utf8');

it('docs/errors lists every problem an API can answer, and no other', () => {
  const rows = Object.entries(problems).map(
    ([code, { status, title, detail }]) => `| \`${code}\` | ${status} | ${title} | ${detail} |`,
  );
  const listed = readme.split('\n').filter((line) => /^\| `[a-z-]+` \| [0-9]{3} \|/.test(line));
  expect(listed).toEqual(rows);
});

it('every problem has a status that its title can stand under', () => {
  for (const [code, { status, detail }] of Object.entries(problems)) {
    expect(status, code).toBeGreaterThanOrEqual(400);
    expect(detail, code).toMatch(/\.$/);
  }
});
