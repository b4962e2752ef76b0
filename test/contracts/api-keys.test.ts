import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { planNameSchema, plans } from '../../domain/access/plans.ts';
import { scopes } from '../../domain/access/scopes.ts';
import { apiOperations } from '../../domain/api/api.ts';
import { docsDirectory } from '../../infra/catalogue/docs.ts';

const guide = readFileSync(join(docsDirectory, 'api-keys.md'), 'utf8');

it('the guide for third parties has the plans as they are', () => {
  for (const name of planNameSchema.options) {
    const { rate, burst, monthly } = plans[name];
    const row = `| \`${name}\` | ${rate} | ${burst} | ${monthly.toLocaleString('en')} |`;
    expect(guide).toContain(row);
  }
});

it('the guide for third parties names each scope with every path it opens', () => {
  for (const scope of scopes) {
    const row = guide.split('\n').find((line) => line.startsWith(`| \`${scope}\``)) ?? '';
    const opened = Object.values(apiOperations)
      .flat()
      .filter((operation) => operation.scope === scope);
    for (const { method, path } of opened) {
      // A timeline stands beside its order.
      expect(row).toContain(`${method} ${path.replace(/\/timeline$/, '')}`);
    }
  }
});
