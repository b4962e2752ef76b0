import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { breaches, folders, sources, targets, walls } from './walls.ts';

const root = resolve(import.meta.dirname, '..', '..');

it('no file looks over a wall', () => {
  const files = sources(root);
  for (const folder of folders) {
    const inside = files.filter((file) => file.startsWith(`${folder}/`));
    expect(inside.length, folder).toBeGreaterThan(5);
    expect(inside.flatMap((file) => targets(root, file)).length, folder).toBeGreaterThan(5);
  }
  expect(breaches(root)).toEqual([]);
});

describe('a house with holes in its walls', () => {
  const house = mkdtempSync(join(tmpdir(), 'kassa-walls-'));
  const files: Readonly<Record<string, string>> = {
    'domain/orders.ts': "import '../adapters/store.ts';\nimport { z } from 'zod';\n",
    'domain/clock.ts': "import { readFileSync } from 'node:fs';\n",
    'adapters/store.ts': "export { work } from '../functions/place/work.ts';\n",
    'adapters/other.ts': "import postgres from 'postgres';\n",
    'functions/place/work.ts': "const app = await import('../../infra/app.ts');\n",
    'functions/place/handler.ts':
      "import type {\n  Other,\n  More,\n} from '../../adapters/other.ts';\nimport '../cancel/work.ts';\n",
    'functions/place/dependencies.ts': "import { other } from '../../adapters/other.ts';\n",
    'functions/cancel/work.ts': "import { log } from '../shared/log.ts';\n",
    'functions/shared/log.ts': 'export const log = 1;\n',
    'workflows/machine.ts': "import * as work from '../functions/cancel/work.ts';\n",
    'infra/app.ts': "import { rules } from '../domain/rules.ts';\nimport '../nowhere.ts';\n",
    'domain/rules.ts': "// import '../local/cli.ts' would be wrong\nexport const rules = 1;\n",
    'local/cli.ts': "import { rules } from '../domain/rules.ts';\nimport '../test/fake.ts';\n",
    'test/fake.ts': "import '../local/cli.ts';\n",
  };

  beforeAll(() => {
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(join(house, file)), { recursive: true });
      writeFileSync(join(house, file), text);
    }
  });
  afterAll(() => rmSync(house, { recursive: true, force: true }));

  it('is reported hole by hole, and nothing else', () => {
    const holes = breaches(house);
    expect([...holes].sort()).toEqual(
      [
        'domain-alone: domain/orders.ts → adapters/store.ts',
        'domain-alone: domain/clock.ts → node:fs',
        'adapters-down: adapters/store.ts → functions/place/work.ts',
        'functions-inside: functions/place/work.ts → infra/app.ts',
        'adapters-where-composed: functions/place/handler.ts → adapters/other.ts',
        'functions-apart: functions/place/handler.ts → functions/cancel/work.ts',
        'cloud-by-path: workflows/machine.ts → functions/cancel/work.ts',
        'everything-is-there: infra/app.ts → missing:nowhere.ts',
        'laptop-knows-the-assembly: local/cli.ts → domain/rules.ts',
        'nothing-imports-tests: local/cli.ts → test/fake.ts',
      ].sort(),
    );
    expect(walls.filter(({ name }) => !holes.some((hole) => hole.startsWith(name)))).toEqual([]);
  });
});
