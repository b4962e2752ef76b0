import { spawn, spawnSync } from 'node:child_process';
import {
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';
import { claimPort } from './ports.ts';
import { type Home, prepareHome } from './postgres/home.ts';
import { endOrphan, stopServer } from './postgres/orphan.ts';
import { endWithUs } from './watchdog.ts';

export { removeData as removePostgresData } from './postgres/home.ts';

export interface Postgres {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** A superuser; no password is asked on the loopback. */
  readonly user: string;
  readonly database: string;
  /** The same server's address of another database. */
  urlOf(database: string): string;
  /** Makes a database, copied from `template` if given: milliseconds, so every test file can have its own. */
  createDatabase(name: string, options?: { readonly template?: string }): Promise<string>;
  dropDatabase(name: string): Promise<void>;
  /** Ends all sessions and the server. */
  close(): Promise<void>;
}

/**
 * PostgreSQL 17 from the npm package's binaries, on the loopback, with its data in `<dir>/postgres`.
 * A server left over from a killed process is stopped first.
 * @param options.dir the state folder
 * @param options.port 0 takes a free one
 * @param options.durable false turns fsync off: for tests that throw the data away
 * @throws Error when the server does not start; the message holds the end of its log
 */
export async function startPostgres(options: {
  readonly dir: string;
  readonly port?: number;
  readonly database?: string;
  readonly user?: string;
  readonly durable?: boolean;
}): Promise<Postgres> {
  const dir = resolve(options.dir);
  const user = options.user ?? 'kassa';
  const database = options.database ?? 'kassa';
  mkdirSync(join(dir, 'logs'), { recursive: true });
  const home = prepareHome(dir);
  const ownerFile = join(dir, 'postgres.owner');
  await endOrphan(home.data, ownerFile);
  if (!existsSync(join(home.data, 'cluster', 'PG_VERSION'))) initialise(home, user);
  const cluster = join(home.data, 'cluster');
  await endOrphan(cluster, ownerFile);
  const port = await claimPort(options.port ?? 0);
  writeFileSync(ownerFile, `${process.pid}\n`);
  const server = launch(home, cluster, port, join(dir, 'logs'), options.durable ?? true);
  await ready(server, cluster, join(dir, 'logs', 'postgres.log'));

  const urlOf = (name: string): string => `postgres://${user}@127.0.0.1:${port}/${name}`;
  const admin = postgres(urlOf('postgres'), { max: 1, idle_timeout: 1, onnotice: () => undefined });
  const createDatabase: Postgres['createDatabase'] = async (name, { template } = {}) => {
    await admin`CREATE DATABASE ${admin(name)} TEMPLATE ${admin(template ?? 'template0')} STRATEGY ${admin.unsafe(template === undefined ? 'file_copy' : 'wal_log')}`;
    return urlOf(name);
  };
  const existing = await admin`SELECT 1 FROM pg_database WHERE datname = ${database}`;
  if (existing.length === 0) await createDatabase(database);
  let closing: Promise<void> | undefined;
  return {
    url: urlOf(database),
    host: '127.0.0.1',
    port,
    user,
    database,
    urlOf,
    createDatabase,
    dropDatabase: async (name) => {
      await admin`DROP DATABASE IF EXISTS ${admin(name)} WITH (FORCE)`;
    },
    close: () => {
      closing ??= (async () => {
        await admin.end({ timeout: 1 });
        if (server.pid !== undefined) await stopServer(server.pid);
        rmSync(ownerFile, { force: true });
      })();
      return closing;
    },
  };
}

/** Beside the final place first: a run killed in the middle of it leaves nothing that looks whole. */
function initialise(home: Home, user: string): void {
  const partial = join(home.data, 'new');
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(home.data, { recursive: true, mode: 0o700 });
  const made = spawnSync(
    join(home.programs, 'bin', 'initdb'),
    [
      ...['-D', partial, '-U', user, '--auth=trust', '--encoding=UTF8', '--no-sync'],
      ...['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
    ],
    { ...home.account, cwd: home.data, encoding: 'utf8', env: { LC_ALL: 'C', TZ: 'UTC' } },
  );
  if (made.status !== 0) {
    throw new Error(`initdb failed: ${made.error?.message ?? ''}${made.stderr}`);
  }
  renameSync(partial, join(home.data, 'cluster'));
}

function launch(home: Home, cluster: string, port: number, logs: string, durable: boolean) {
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    fsync: durable ? 'on' : 'off',
    synchronous_commit: durable ? 'on' : 'off',
    full_page_writes: durable ? 'on' : 'off',
    shared_buffers: '256MB',
    wal_buffers: '16MB',
    // A checkpoint makes every page's next change write the whole page to the log.
    checkpoint_timeout: '15min',
    max_wal_size: '2GB',
    jit: 'off',
    // A system call for every command, which nobody looks at.
    update_process_title: 'off',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_min_messages: 'warning',
  };
  const log = openSync(join(logs, 'postgres.log'), 'w');
  if (home.account !== undefined) {
    chownSync(join(logs, 'postgres.log'), home.account.uid, home.account.gid);
  }
  // Its own session: a terminal's Ctrl-C must not end it under the functions that are still finishing.
  const server = spawn(
    join(home.programs, 'bin', 'postgres'),
    [
      ...['-D', cluster, '-p', String(port)],
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    {
      ...home.account,
      cwd: cluster,
      detached: true,
      stdio: ['ignore', log, log],
      // The memory of a transaction stays with its session: giving it back cost more than many a statement.
      env: {
        LC_ALL: 'C',
        TZ: 'UTC',
        MALLOC_TOP_PAD_: '1048576',
        MALLOC_TRIM_THRESHOLD_: '16777216',
      },
    },
  );
  closeSync(log);
  server.unref();
  endWithUs(server, 'INT');
  return server;
}

/** The server writes its state to the eighth line of postmaster.pid. */
async function ready(
  server: ReturnType<typeof spawn>,
  cluster: string,
  log: string,
): Promise<void> {
  const pidFile = join(cluster, 'postmaster.pid');
  let failure: string | undefined;
  server.once('error', (error) => {
    failure = error.message;
  });
  server.once('exit', (code) => {
    failure = `it ended with ${code}`;
  });
  for (const started = Date.now(); Date.now() - started < 60_000; await sleep(5)) {
    if (failure !== undefined) {
      const said = existsSync(log) ? readFileSync(log, 'utf8').slice(-2000) : '';
      throw new Error(`PostgreSQL did not start: ${failure}\n${said}`);
    }
    if (!existsSync(pidFile)) continue;
    const lines = readFileSync(pidFile, 'utf8').split('\n');
    if (Number(lines[0]) === server.pid && lines[7]?.trim() === 'ready') return;
  }
  throw new Error('PostgreSQL did not become ready within a minute');
}
