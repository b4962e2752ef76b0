import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { prepareAssembly } from '../../local/prepare.ts';
import { root } from '../support/assembly.ts';
import { type BenchCloud, startBenchCloud, type Totals } from './cloud.ts';
import { drainExpiry } from './expiry.ts';
import { flashSale } from './flash-sale.ts';
import { type Floor, measureFloor } from './floor.ts';
import { round } from './numbers.ts';
import { type Run, runOrders } from './orders.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'string' },
    quick: { type: 'boolean' },
    /** Folder for the cloud's CPU profiles. */
    profile: { type: 'string' },
    /** Parts to leave out: runs, floor, flash, expiry. */
    without: { type: 'string', multiple: true },
  },
});
const quick = values.quick === true;
const does = (part: string): boolean => values.without?.includes(part) !== true;
const size = quick
  ? { orders: { 1: 3, 8: 16, 32: 32 }, floorSeconds: 0.5, warmUp: 8, buyers: 40, pieces: 10 }
  : { orders: { 1: 60, 8: 480, 32: 640 }, floorSeconds: 3, warmUp: 96, buyers: 400, pieces: 100 };
const expirySize = quick ? { orders: 200, waiting: 10 } : { orders: 20_000, waiting: 1000 };
const concurrencies = [1, 8, 32] as const;
const skus = 1000;
const one = (): string => 'BENCH-ONE';
const many = (index: number): string => `BENCH-${String(index % skus).padStart(4, '0')}`;

async function seed(cloud: BenchCloud): Promise<void> {
  const { shop, sql } = cloud.stores(1);
  const shelf = Array.from({ length: skus }, (_, index) => [many(index), 1_000_000]);
  await shop.seed({
    ...Object.fromEntries(shelf),
    [one()]: 1_000_000,
    'BENCH-FLASH': size.pieces,
  });
  await sql.end({ timeout: 1 });
}

function say(run: Run): void {
  const { name, concurrency, ordersPerSecond, checkoutMs: checkout, confirmedMs: confirmed } = run;
  console.log(
    `${name.padEnd(14)} at ${String(concurrency).padStart(2)}: ${ordersPerSecond} orders/s; checkout p50 ${checkout.p50} p95 ${checkout.p95} p99 ${checkout.p99} ms; confirmed p50 ${confirmed.p50} p95 ${confirmed.p95} p99 ${confirmed.p99} ms`,
  );
}

/** What one order cost, between two readings. */
function perOrder(before: Totals, after: Totals, orders: number, looks: number) {
  const each = (of: (totals: Totals) => number): number => round((of(after) - of(before)) / orders);
  const cpu = ({ usages: { cloud, postgres, dynamodb } }: Totals): number =>
    (cloud?.cpuMs ?? 0) + (postgres?.cpuMs ?? 0) + (dynamodb?.cpuMs ?? 0);
  return {
    // Of the functions: what the driver asked in order to see its orders confirmed is its own.
    sqlStatements: round((after.transactions - before.transactions - looks) / orders),
    sdkCalls: each(({ sdkCalls }) => sdkCalls),
    invocations: each(({ invocations }) => invocations),
    transitions: each(({ transitions }) => transitions),
    cpuMs: each(cpu),
  };
}

/** PostgreSQL's sessions report what they did within ten seconds of being idle. */
async function counted(cloud: BenchCloud): Promise<Totals> {
  await new Promise((resolve) => setTimeout(resolve, 11_000));
  return cloud.totals();
}

/** Starts every function's worker; on a busy machine the first orders may take too long, and that is not measured. */
async function warmUp(cloud: BenchCloud): Promise<void> {
  const name = 'warm-up';
  for (const [concurrency, orders] of [
    [1, 3],
    [8, size.warmUp],
  ] as const) {
    await runOrders(cloud, { name, concurrency, orders, skuOf: many }).catch((error: unknown) => {
      console.error(`warm-up: ${String(error)}`);
    });
  }
}

async function bench(cloud: BenchCloud) {
  await seed(cloud);
  await warmUp(cloud);
  const runs: Run[] = [];
  const before = await counted(cloud);
  let orders = 0;
  let looks = 0;
  for (const [name, skuOf] of does('runs')
    ? ([
        ['one-sku', one],
        ['thousand-skus', many],
      ] as const)
    : []) {
    for (const concurrency of concurrencies) {
      const run = await runOrders(cloud, {
        ...{ name, concurrency, skuOf },
        orders: size.orders[concurrency],
      });
      orders += size.orders[concurrency];
      looks += run.looks;
      runs.push(run);
      say(run);
    }
  }
  const after = await counted(cloud);
  const cost = perOrder(before, after, Math.max(1, orders), looks);
  console.log(`each order: ${JSON.stringify(cost)}`);
  for (const [role, { cpuMs, memoryMb }] of Object.entries(after.usages)) {
    const was = Object.entries(before.usages).find(([name]) => name === role)?.[1].cpuMs ?? 0;
    console.log(`${role.padEnd(9)} ${cpuMs - was} ms CPU, ${memoryMb} MB`);
  }
  const floor: Floor[] = [];
  for (const concurrency of does('floor') ? concurrencies : []) {
    const measured = await measureFloor(cloud, {
      ...{ concurrency, seconds: size.floorSeconds },
      skus: Array.from({ length: skus }, (_, index) => many(index)),
    });
    floor.push(measured);
    console.log(
      `place_order alone at ${concurrency}: ${measured.transactionsPerSecond}/s; ${measured.databaseMs} ms CPU of the database, ${measured.clientMs} of the clients`,
    );
  }
  const sale = does('flash')
    ? await flashSale(cloud, { buyers: size.buyers, pieces: size.pieces, sku: 'BENCH-FLASH' })
    : undefined;
  console.log(`flash sale: ${JSON.stringify(sale)}`);
  const expiry = does('expiry')
    ? await drainExpiry(cloud, { ...expirySize, skuOf: many })
    : undefined;
  console.log(`expiry: ${JSON.stringify(expiry)}`);
  return { runs, floor, perOrder: cost, flashSale: sale, expiry };
}

await prepareAssembly(root, { stage: undefined, report: () => undefined });
const cloud = await startBenchCloud(values.profile);
try {
  const results = await bench(cloud);
  if (values.json !== undefined)
    writeFileSync(values.json, `${JSON.stringify(results, null, 2)}\n`);
} finally {
  await cloud.close();
}
