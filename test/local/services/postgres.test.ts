import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { prepareHome } from '../../../local/services/postgres/home.ts';
import {
  type Postgres,
  removePostgresData,
  startPostgres,
} from '../../../local/services/postgres.ts';

let dir: string;
let server: Postgres;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'kassa-postgres-'));
  server = await startPostgres({ dir });
});

afterAll(async () => {
  await server.close();
  removePostgresData(dir);
  rmSync(dir, { recursive: true, force: true });
});

async function ask(url: string, query: string): Promise<unknown> {
  const sql = postgres(url, { max: 1 });
  try {
    return [...(await sql.unsafe(query))];
  } finally {
    await sql.end();
  }
}

it('serves PostgreSQL 17 with durable settings', async () => {
  expect(
    await ask(
      server.url,
      `SELECT current_setting('server_version_num')::int / 10000 AS major,
              current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS commit,
              current_setting('TimeZone') AS zone, current_database() AS db, current_user AS me`,
    ),
  ).toEqual([{ major: 17, fsync: 'on', commit: 'on', zone: 'UTC', db: 'kassa', me: 'kassa' }]);
});

it('copies a database from a template', async () => {
  const template = await server.createDatabase('template_shop');
  await ask(template, 'CREATE TABLE t (a int)');
  await ask(template, 'INSERT INTO t VALUES (7)');
  const copy = await server.createDatabase('copy_shop', { template: 'template_shop' });
  await ask(copy, 'INSERT INTO t VALUES (8)');
  expect(await ask(copy, 'SELECT a FROM t ORDER BY a')).toEqual([{ a: 7 }, { a: 8 }]);
  expect(await ask(template, 'SELECT a FROM t')).toEqual([{ a: 7 }]);
  await server.dropDatabase('copy_shop');
  await expect(ask(copy, 'SELECT 1')).rejects.toThrow(/does not exist/);
});

it('keeps its data over a restart', async () => {
  await ask(server.url, 'CREATE TABLE kept (a int)');
  await server.close();
  server = await startPostgres({ dir });
  expect(await ask(server.url, 'SELECT * FROM kept')).toEqual([]);
});

it('is refused to a second process while the first lives', async () => {
  const second = `import { startPostgres } from '${join(process.cwd(), 'local/services/postgres.ts')}';
    await startPostgres({ dir: ${JSON.stringify(dir)} }).then(() => process.exit(0), (error) => { console.error(error.message); process.exit(7); });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', second]);
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += String(chunk);
  });
  const code = await new Promise((resolve) => child.once('exit', resolve));
  expect(said).toContain(`another process (${process.pid})`);
  expect(code).toBe(7);
});

/** Starts a server in a process of its own and kills that process. @returns the server's pid */
async function startAndKill(options: { readonly alsoWatcher: boolean }): Promise<number> {
  const first = `import { startPostgres } from '${join(process.cwd(), 'local/services/postgres.ts')}';
    const server = await startPostgres({ dir: ${JSON.stringify(dir)} });
    console.log(server.url);
    setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', first]);
  const url = await new Promise<string>((resolve) => {
    child.stdout.once('data', (chunk) => resolve(String(chunk).trim()));
  });
  await ask(url, 'CREATE TABLE IF NOT EXISTS orphaned (a int)');
  const [{ pid }] = z
    .tuple([z.object({ pid: z.string() })])
    .parse(await ask(url, `SELECT split_part(pg_read_file('postmaster.pid'), chr(10), 1) AS pid`));
  if (options.alsoWatcher) {
    const children = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8');
    for (const each of children.trim().split(' ').map(Number)) {
      if (each !== Number(pid)) process.kill(each, 'SIGKILL');
    }
  }
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
  return Number(pid);
}

it.skipIf(process.platform !== 'linux')('ends a server whose owner was killed', async () => {
  await server.close();
  const pid = await startAndKill({ alsoWatcher: false });
  await vi.waitFor(() => expect(existsSync(`/proc/${pid}`)).toBe(false), { timeout: 10_000 });
  server = await startPostgres({ dir });
});

it.skipIf(process.platform !== 'linux')(
  'takes its folder back from a server that nobody ended',
  async () => {
    await server.close();
    const pid = await startAndKill({ alsoWatcher: true });
    expect(existsSync(`/proc/${pid}`)).toBe(true);
    server = await startPostgres({ dir });
    expect(await ask(server.url, 'SELECT * FROM orphaned')).toEqual([]);
  },
);

it.skipIf(process.getuid?.() !== 0)(
  'keeps its data elsewhere when its user cannot come to the state folder, and forgets it with the folder',
  async () => {
    const closed = mkdtempSync(join(tmpdir(), 'kassa-closed-'));
    const inner = join(closed, 'state');
    mkdirSync(inner);
    const placed = async (): Promise<string> => {
      const one = await startPostgres({ dir: inner, durable: false });
      await ask(one.url, 'CREATE TABLE IF NOT EXISTS kept (a int)');
      const [{ directory }] = z
        .tuple([z.object({ directory: z.string() })])
        .parse(await ask(one.url, `SELECT current_setting('data_directory') AS directory`));
      await one.close();
      return directory;
    };
    const directory = await placed();
    expect(directory).toMatch(/^\/var\/tmp\/kassa-postgres-/);
    expect(readFileSync(join(inner, 'postgres.location'), 'utf8')).toContain(
      directory.replace('/cluster', ''),
    );
    expect(await placed()).toBe(directory);
    rmSync(closed, { recursive: true });
    const other = mkdtempSync(join(tmpdir(), 'kassa-closed-'));
    mkdirSync(join(other, 'state'));
    prepareHome(join(other, 'state'));
    expect(existsSync(directory)).toBe(false);
    removePostgresData(join(other, 'state'));
    rmSync(other, { recursive: true });
  },
  90_000,
);
