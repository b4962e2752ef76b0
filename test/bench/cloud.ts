import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import * as z from 'zod';
import { createSql, type Sql } from '../../adapters/postgres/client.ts';
import { ask } from '../../local/demo/http.ts';
import { World } from '../../local/demo/world.ts';
import { root } from '../support/assembly.ts';
import { addressesSchema } from '../support/running-shop.ts';
import { createShop, type Shop } from '../support/shop.ts';
import { type Usages, usages } from './processes.ts';

const statusSchema = z.looseObject({
  counts: z.object({ invocations: z.int(), sdkCalls: z.int(), transitions: z.int() }),
});

const totalsSchema = z.object({ transactions: z.int(), sessions: z.array(z.int()) });

export interface Totals {
  readonly invocations: number;
  readonly sdkCalls: number;
  readonly transitions: number;
  /** Everybody's, the driver's too: every call of a store is one statement and one transaction. */
  readonly transactions: number;
  /** Without the database's sessions that only look. */
  readonly usages: Usages;
}

/** `npm start` in a process of its own, durable as it always is, seen from outside. */
export interface BenchCloud {
  readonly world: World;
  readonly sfnUrl: string;
  readonly region: string;
  /** As the database's owner. */
  readonly admin: postgres.Sql;
  readonly connection: { readonly host: string; readonly port: number; readonly database: string };
  /** What its processes and this one have used so far. */
  usages(): Usages;
  /** The stores over plain connections, as the functions' role. */
  stores(connections: number): { readonly shop: Shop; readonly sql: Sql };
  totals(): Promise<Totals>;
  close(): Promise<void>;
}

/** @param profileDir where the process leaves its CPU profiles when it ends */
export async function startBenchCloud(profileDir: string | undefined): Promise<BenchCloud> {
  const stateDir = mkdtempSync(join(tmpdir(), 'kassa-bench-'));
  const profiling = profileDir === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileDir}`];
  const child = spawn(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      '--enable-source-maps',
      ...profiling,
      join(root, 'local', 'cli.ts'),
      'start',
    ],
    {
      cwd: root,
      env: { ...process.env, KASSA_PORTS: 'free', KASSA_STATE: stateDir },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  let said = '';
  const control = await new Promise<string>((resolve, reject) => {
    child.once('exit', () => reject(new Error(`the local cloud ended:\n${said}`)));
    child.stdout.on('data', (chunk) => {
      said += String(chunk);
      const address = /Control\s+(http:\/\/127\.0\.0\.1:\d+)\s/.exec(said)?.[1];
      if (address !== undefined) resolve(address);
    });
  });
  const addresses = await ask(
    `${control}/addresses`,
    addressesSchema.extend({ region: z.string() }),
  );
  const admin = postgres(addresses.database, {
    max: 2,
    onnotice: () => undefined,
    connection: { application_name: 'bench' },
  });
  const { hostname: host, port, pathname } = new URL(addresses.database);
  const connection = { host, port: Number(port), database: pathname.slice(1) };
  return {
    world: new World(addresses, addresses.stripeKeys),
    sfnUrl: addresses.sfn,
    region: addresses.region,
    admin,
    connection,
    usages: () => usages(child.pid ?? 0, stateDir),
    stores(connections) {
      const sql = createSql({
        ...connection,
        ...{ user: 'kassa_app', ssl: 'disable', max: connections },
      });
      return { shop: createShop(sql), sql };
    },
    async totals() {
      const { counts } = await ask(`${control}/status`, statusSchema);
      const [row] = await admin`select (xact_commit + xact_rollback)::int as transactions,
          array(select pid from pg_stat_activity where application_name = 'bench') as sessions
        from pg_stat_database where datname = current_database()`;
      const { transactions, sessions } = totalsSchema.parse(row);
      return { ...counts, transactions, usages: usages(child.pid ?? 0, stateDir, sessions) };
    },
    async close() {
      await admin.end({ timeout: 1 });
      child.kill('SIGTERM');
      await ended;
      rmSync(stateDir, { recursive: true, force: true });
    },
  };
}
