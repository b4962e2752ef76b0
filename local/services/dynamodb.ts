import { spawn, spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Clock, Timer } from '../clock.ts';
import { type DynamoClient, dynamoClient } from './dynamodb/client.ts';
import { deleteExpired } from './dynamodb/expiry.ts';
import { indexStreamRecords } from './dynamodb/indexes.ts';
import { ensureTable, type Table } from './dynamodb/tables.ts';
import { watchWrites } from './dynamodb/writes.ts';
import { claimPort } from './ports.ts';
import { endWithUs } from './watchdog.ts';

export { GlobalTableProperties, type Table, TableProperties } from './dynamodb/tables.ts';

export interface DynamoDb {
  /** The endpoint for AWS_ENDPOINT_URL_DYNAMODB (and _DYNAMODB_STREAMS). */
  readonly url: string;
  readonly client: DynamoClient;
  /** Makes the table, or brings one from an earlier run up to date; sweeps its expired items from now on. */
  ensureTable(name: string, table: Table): Promise<void>;
  /** Told within a moment of every write, whoever made it. @returns the way to be told no more */
  onWrite(listener: () => void): () => void;
  /** False while expired items are being deleted. */
  idle(): boolean;
  close(): Promise<void>;
}

/** How often expired items are looked for, on the virtual clock. AWS promises a few days. */
const sweepEvery = 15 * 60_000;

/**
 * DynamoDB on a file in the state folder (dynoxide), or whatever answers at `endpoint`.
 * @param options.endpoint another DynamoDB (DYNAMODB_ENDPOINT): none is started then
 */
export async function startDynamoDb(options: {
  readonly dir: string;
  readonly clock: Clock;
  readonly port?: number;
  readonly endpoint?: string;
}): Promise<DynamoDb> {
  const server =
    options.endpoint === undefined
      ? await launch(resolve(options.dir), options.port ?? 0)
      : { url: options.endpoint, files: undefined, stop: () => Promise.resolve() };
  const client = dynamoClient(server.url);
  const timers = new Map<string, Timer>();
  const writes = watchWrites(server.files);
  let sweeping = 0;
  let closed = false;
  const sweepLater = (table: Parameters<typeof deleteExpired>[2]): void => {
    timers.get(table.name)?.cancel();
    timers.set(
      table.name,
      options.clock.after(sweepEvery, () => {
        sweeping += 1;
        deleteExpired(client, options.clock, table)
          .catch((error: unknown) => {
            if (!closed) console.error(`expired items of ${table.name}: ${String(error)}`);
          })
          .finally(() => {
            sweeping -= 1;
            if (!closed) sweepLater(table);
          });
      }),
    );
  };
  return {
    url: server.url,
    client,
    ensureTable: async (name, table) => {
      await ensureTable(client, name, table);
      const ttl = table.TimeToLiveSpecification;
      if (ttl?.Enabled === true && ttl.AttributeName !== undefined) {
        const keys = table.KeySchema.map(({ AttributeName }) => AttributeName);
        sweepLater({ name, keys, attribute: ttl.AttributeName });
      }
    },
    onWrite: (listener) => writes.add(listener),
    idle: () => sweeping === 0,
    close: async () => {
      closed = true;
      for (const timer of timers.values()) timer.cancel();
      writes.close();
      client.close();
      await server.stop();
    },
  };
}

async function launch(dir: string, wanted: number) {
  const program = findProgram();
  mkdirSync(join(dir, 'logs'), { recursive: true });
  mkdirSync(join(dir, 'dynamodb'), { recursive: true });
  const pidFile = join(dir, 'dynamodb.pid');
  await endLeftover(pidFile, program);
  const port = await claimPort(wanted);
  const log = openSync(join(dir, 'logs', 'dynamodb.log'), 'w');
  const server = spawn(
    program,
    ['serve', '--port', String(port), '--db-path', join(dir, 'dynamodb', 'data.sqlite')],
    { detached: true, stdio: ['ignore', log, log], env: {} },
  );
  closeSync(log);
  server.unref();
  endWithUs(server, 'TERM');
  let ended = false;
  server.once('exit', () => {
    ended = true;
  });
  server.once('error', () => {
    ended = true;
  });
  if (server.pid !== undefined) writeFileSync(pidFile, `${server.pid}\n`);
  for (const started = Date.now(); !(await answers(port)); await sleep(3)) {
    if (ended || Date.now() - started > 20_000) {
      throw new Error(
        `DynamoDB did not start on port ${port}: ${readFileSync(join(dir, 'logs', 'dynamodb.log'), 'utf8')}`,
      );
    }
  }
  indexStreamRecords(join(dir, 'dynamodb', 'data.sqlite'));
  const stop = async (): Promise<void> => {
    if (!ended && server.pid !== undefined) {
      const gone = new Promise<void>((done) => server.once('exit', () => done()));
      server.kill('SIGTERM');
      await Promise.race([gone, sleep(5000).then(() => server.kill('SIGKILL'))]);
      await gone;
    }
    rmSync(pidFile, { force: true });
  };
  return { url: `http://127.0.0.1:${port}`, files: join(dir, 'dynamodb'), stop };
}

function findProgram(): string {
  const name = `@dynoxide/${process.platform}-${process.arch}`;
  try {
    return join(dirname(fileURLToPath(import.meta.resolve(`${name}/package.json`))), 'dynoxide');
  } catch (cause) {
    throw new Error(
      `no local DynamoDB for this platform (${name} is not installed): start one yourself and set DYNAMODB_ENDPOINT`,
      { cause },
    );
  }
}

/** Left over from a killed run; a pid given to another program since is left alone. */
async function endLeftover(pidFile: string, program: string): Promise<void> {
  if (!existsSync(pidFile)) return;
  const pid = Number.parseInt(readFileSync(pidFile, 'utf8'), 10);
  rmSync(pidFile, { force: true });
  if (!(pid > 1) || !runs(pid, program)) return;
  try {
    process.kill(pid, 'SIGTERM');
  } catch {
    return;
  }
  for (let waited = 0; runs(pid, program); waited += 5) {
    if (waited === 5000) process.kill(pid, 'SIGKILL');
    await sleep(5);
  }
}

function runs(pid: number, program: string): boolean {
  try {
    if (existsSync('/proc/self/exe'))
      return readlinkSync(`/proc/${pid}/exe`) === realpathSync(program);
    const { stdout } = spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
    return stdout.includes(program);
  } catch {
    return false;
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      done(true);
    });
    socket.once('error', () => done(false));
  });
}
