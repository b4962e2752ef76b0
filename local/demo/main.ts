import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { startCloud } from '../cloud.ts';
import { portsFromEnvironment } from '../ports.ts';
import { prepareAssembly } from '../prepare.ts';
import { ask } from './http.ts';
import { Ledger, type PromisedOrder, type Row } from './ledger.ts';
import { poisonedMessage } from './poison.ts';
import { everywhere, withSimulator } from './scenarios.ts';
import { Story } from './story.ts';
import { type Addresses, World } from './world.ts';

const addressesSchema = z.looseObject({
  api: z.string(),
  stripe: z.string(),
  issuer: z.string(),
  control: z.string(),
  database: z.string(),
  stripeKeys: z.looseObject({ publishable: z.string(), secret: z.string() }),
  simulator: z.boolean(),
  sqs: z.string(),
  region: z.string(),
});

/** What every order of the demo buys. */
const goods = [
  { sku: 'COF-ESP-250', quantity: 1 },
  { sku: 'TEA-ASM-100', quantity: 2 },
];

const root = join(import.meta.dirname, '..', '..');
const print = (line: string): void => console.log(line);

async function addressesOf(control: string) {
  return addressesSchema.parse(await ask(`${control}/addresses`, z.unknown()));
}

/** The running local cloud, or one of the demo's own on free ports and an empty state folder. */
async function findOrStart(): Promise<{
  addresses: z.infer<typeof addressesSchema>;
  close: () => Promise<void>;
}> {
  const control = `http://127.0.0.1:${portsFromEnvironment(process.env).control}`;
  const running = await addressesOf(control).catch(() => undefined);
  if (running !== undefined) {
    print(`Using the local cloud that runs at ${running.api}.`);
    return { addresses: running, close: () => Promise.resolve() };
  }
  print('No local cloud is running: starting one for the demo.');
  const stateDir = mkdtempSync(join(tmpdir(), 'kassa-demo-'));
  const report = (line: string): void => print(`  ${line}`);
  const cloud = await startCloud({
    assemblyDir: prepareAssembly(root, { stage: process.env['KASSA_STAGE'], report }),
    stateDir,
    report,
  });
  return {
    addresses: await addressesOf(cloud.controlUrl),
    close: async () => {
      await cloud.close();
      rmSync(stateDir, { recursive: true, force: true });
    },
  };
}

function table(rows: readonly Row[]): void {
  const width = (pick: (row: Row) => string, least: number): number =>
    Math.max(least, ...rows.map((row) => pick(row).length));
  const what = width((row) => row.what, 8);
  const promised = width((row) => row.promised, 8);
  print('');
  print(
    'What was promised, and what the database and Stripe say (order / payment / PaymentIntent):',
  );
  print('');
  print(`  ${''.padEnd(4)} ${''.padEnd(what)}  ${'promised'.padEnd(promised)}  found`);
  for (const row of rows) {
    print(
      `  ${row.kept ? 'kept' : 'NOT '} ${row.what.padEnd(what)}  ${row.promised.padEnd(promised)}  ${row.found}`,
    );
  }
}

async function tell(): Promise<boolean> {
  const { addresses, close } = await findOrStart();
  try {
    const at: Addresses = addresses;
    const world = new World(at, addresses.stripeKeys);
    const story = new Story(world, print);
    const ledger = new Ledger(world);
    try {
      const before = await Promise.all(goods.map((item) => ledger.onHand(item.sku)));
      const promises: PromisedOrder[] = [];
      if (!addresses.simulator) {
        print('The real Stripe is connected: scenarios that hold its webhooks back are left out.');
      }
      for (const scenario of addresses.simulator ? withSimulator : everywhere) {
        promises.push(...(await scenario({ world, story, goods })));
      }
      const poisoned = await poisonedMessage(world, story, addresses.sqs, addresses.region);
      const rows = [...(await ledger.compare(promises)), poisoned];
      for (const [index, item] of goods.entries()) {
        const was = before[index]?.onHand ?? 0;
        const gone = promises.reduce((sum, each) => sum + (each.offTheShelf?.[index] ?? 0), 0);
        const is = (await ledger.onHand(item.sku)).onHand;
        rows.push({
          what: `${item.sku} left the shelf`,
          promised: `${gone}, of the orders that were sent, or were found missing or damaged`,
          found: `${was - is}`,
          kept: was - is === gone,
        });
      }
      table(rows);
      const broken = rows.filter((row) => !row.kept).length;
      print('');
      print(broken === 0 ? 'Every promise was kept.' : `${broken} promises were NOT kept.`);
      return broken === 0;
    } finally {
      await ledger.close();
    }
  } finally {
    await close();
  }
}

process.exitCode = (await tell()) ? 0 : 1;
