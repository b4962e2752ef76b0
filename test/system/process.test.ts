import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ask, until } from '../../local/demo/http.ts';
import { World } from '../../local/demo/world.ts';
import { root } from '../support/assembly.ts';
import { addressesSchema } from '../support/running-shop.ts';

let stateDir: string;
const started: ChildProcess[] = [];

beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), 'kassa-process-'));
});

afterEach(async () => {
  for (const child of started.splice(0)) await ended(child, 'SIGKILL');
  for (const pid of processesOn(stateDir)) process.kill(pid, 'SIGKILL');
  rmSync(stateDir, { recursive: true, force: true });
});

/** `npm start`, on a state folder of the test's own; resolves when it says that it is ready. */
async function start(): Promise<{ child: ChildProcess; world: World }> {
  const child = spawn(
    process.execPath,
    [join(root, 'bin', 'node24.mjs'), join(root, 'local', 'cli.ts'), 'start'],
    {
      cwd: root,
      env: { ...process.env, KASSA_PORTS: 'free', KASSA_STATE: stateDir, NODE_OPTIONS: '' },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  started.push(child);
  let said = '';
  child.stdout?.on('data', (chunk) => {
    said += String(chunk);
  });
  child.stderr?.on('data', (chunk) => {
    said += String(chunk);
  });
  // The screen comes after `ready in`, and may come in another piece.
  const seen = await until(
    'the local cloud to be ready and to tell its control address',
    async () => ({
      ready: /ready in [\d.]+ s/.test(said),
      control: /^ *Control +(http:\/\/127\.0\.0\.1:\d+) /m.exec(said)?.[1],
      over: child.exitCode !== null,
      said,
    }),
    ({ ready, control, over }) => (ready && control !== undefined) || over,
    90,
  );
  const { control } = seen;
  if (control === undefined) throw new Error(`no control address in:\n${seen.said}`);
  const addresses = await ask(`${control}/addresses`, addressesSchema);
  return { child, world: new World(addresses, addresses.stripeKeys) };
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill(signal);
  await exit;
}

/** Processes whose command line or environment names the state folder. */
function processesOn(folder: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => {
      try {
        return (
          readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(folder) ||
          readFileSync(`/proc/${pid}/environ`, 'utf8').includes(folder)
        );
      } catch {
        // It ended while we looked.
        return false;
      }
    })
    .map(Number);
}

const goods = [{ sku: 'COF-ESP-250', quantity: 1 }];

test('Ctrl-C leaves no process behind', async () => {
  const { child } = await start();
  expect(processesOn(stateDir).length).toBeGreaterThan(1);
  await ended(child, 'SIGINT');
  await until(
    'every process to be gone',
    async () => processesOn(stateDir),
    (pids) => pids.length === 0,
    20,
  );
}, 120_000);

test('kill -9 at any moment: the next start resumes every execution, and the orders come to their ends', async () => {
  const first = await start();
  const waiting = await first.world.placeOrder('patient', goods);
  const paid = await first.world.placeOrder('quick', goods);
  await first.world.pay('quick', paid.orderId, 'pm_card_visa');
  // Right after the payment: webhook, confirmation and fulfilment are under way.
  for (const pid of processesOn(stateDir)) {
    if (readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('cli.ts'))
      process.kill(pid, 'SIGKILL');
  }
  await ended(first.child, 'SIGKILL');

  const { world, child } = await start();
  await until(
    'the paid order to be confirmed',
    () => world.order('quick', paid.orderId),
    (seen) => seen.status === 'confirmed',
    120,
  );
  await world.pickAndPack('picker', paid.orderId);
  await world.deliver('courier', paid.orderId);
  await until(
    'the paid order to be delivered',
    () => world.order('quick', paid.orderId),
    (seen) => seen.status === 'delivered',
  );
  await world.pay('patient', waiting.orderId, 'pm_card_visa');
  await until(
    'the order that waited for its card to be confirmed',
    () => world.order('patient', waiting.orderId),
    (seen) => seen.status === 'confirmed',
  );
  await ended(child, 'SIGINT');
}, 240_000);
