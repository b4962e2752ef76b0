import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { root } from '../support/assembly.ts';
import { type Shop, startShop } from '../support/running-shop.ts';

const run = promisify(execFile);
const groups = ['customer', 'warehouse', 'courier'];
const folder = mkdtempSync(join(tmpdir(), 'kassa-smoke-'));
const calls = join(folder, 'calls');
let shop: Shop;

beforeAll(async () => {
  shop = await startShop();
  // What the script does of AWS is to make people, sign them in and forget them.
  writeFileSync(
    join(folder, 'aws'),
    `#!/usr/bin/env bash
set -euo pipefail
echo "$2 $*" >> "${calls}"
if [ "$2" = admin-initiate-auth ]; then
  for group in ${groups.join(' ')}; do
    case "$*" in *"smoke-$group-"*) cat "${folder}/$group" ;; esac
  done
fi
`,
    { mode: 0o755 },
  );
  for (const group of groups) {
    writeFileSync(join(folder, group), await shop.world.token(`smoke-${group}`, group));
  }
});

afterAll(async () => {
  await shop.close();
  rmSync(folder, { recursive: true, force: true });
});

/** As the pipeline runs it, with the address it would find. */
function smoke(api: string) {
  const outputs = join(folder, 'outputs.json');
  writeFileSync(
    outputs,
    JSON.stringify({
      'stage-identity': { UserPoolId: 'pool', UserPoolClientId: 'client' },
      'stage-api': { ApiUrl: `${api}/` },
    }),
  );
  writeFileSync(calls, '');
  return run(join(root, '.ci', 'smoke'), [outputs], {
    env: {
      ...process.env,
      PATH: `${folder}:${process.env['PATH'] ?? ''}`,
      STRIPE_PUBLISHABLE_KEY: shop.world.keys.publishable,
      STRIPE_API_BASE: shop.world.at.stripe,
    },
  });
}

const counted = (call: string) =>
  readFileSync(calls, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith(`${call} `)).length;

it('the pipeline’s smoke test sells, declines and cancels, and forgets its people', async () => {
  const { stdout } = await smoke(shop.world.at.api);
  for (const told of ['OrderDelivered', 'PaymentDeclined', 'OrderConfirmed', 'PaymentVoided']) {
    expect(stdout).toContain(told);
  }
  expect([counted('admin-create-user'), counted('admin-delete-user')]).toEqual([3, 3]);
  const orders = await shop.sql`select status from orders order by placed_at`;
  expect(orders.map(({ status }) => status)).toEqual(['delivered', 'confirmed', 'cancelled']);
});

it('it fails where the stage does not sell, and forgets its people all the same', async () => {
  await expect(smoke('http://127.0.0.1:1')).rejects.toThrow();
  expect([counted('admin-create-user'), counted('admin-delete-user')]).toEqual([3, 3]);
});
