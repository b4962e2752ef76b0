import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { connect } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { claimPort } from './ports.ts';
import { wordSchema } from './redis/word.ts';
import { endWithUs } from './watchdog.ts';

export interface RedisServer {
  readonly host: string;
  readonly port: number;
  /** Where it comes from: `REDIS_URL`, a program's path, or `in process`. */
  readonly kind: string;
  close(): Promise<void>;
}

/**
 * A Redis for the cache, which holds nothing that matters: what `url` names, else the first `valkey-server` or
 * `redis-server` of the PATH, else one written in JavaScript in this process.
 * @param options.port of a server of ours; 0 takes a free one
 * @param options.url `redis://host:port`, of a server that asks for no password
 * @param options.path the PATH to look for a program on
 * @throws Error when the URL asks for what is not emulated, or a program does not answer
 */
export async function startRedis(options: {
  readonly port?: number;
  readonly url?: string | undefined;
  readonly path?: string | undefined;
}): Promise<RedisServer> {
  if (options.url !== undefined) return named(options.url);
  const port = await claimPort(options.port ?? 0);
  const program = redisProgram(options.path ?? '');
  return program === undefined ? inProcess(port) : launched(program, port);
}

function named(text: string): RedisServer {
  const url = new URL(text);
  const more = url.username !== '' || url.password !== '' || !/^(\/0?)?$/.test(url.pathname);
  if (url.protocol !== 'redis:' || more) {
    throw new Error(
      'REDIS_URL must be redis://host:port: functions on the laptop ask its cache without TLS, user or password',
    );
  }
  return {
    host: url.hostname,
    port: url.port === '' ? 6379 : Number(url.port),
    kind: 'REDIS_URL',
    close: () => Promise.resolve(),
  };
}

/** The file of the first Redis on a PATH. */
export function redisProgram(path: string): string | undefined {
  const folders = path.split(delimiter).filter((folder) => folder !== '');
  return ['valkey-server', 'redis-server']
    .flatMap((name) => folders.map((folder) => join(folder, name)))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

async function launched(program: string, port: number): Promise<RedisServer> {
  const server = spawn(
    program,
    [
      ...['--bind', '127.0.0.1', '--port', String(port), '--save', '', '--appendonly', 'no'],
      ...['--maxmemory', '64mb', '--maxmemory-policy', 'volatile-lru', '--databases', '1'],
    ],
    { detached: true, stdio: 'ignore', env: {} },
  );
  server.unref();
  endWithUs(server, 'TERM');
  const state = { ended: false };
  const gone = new Promise<void>((resolve) => {
    for (const event of ['exit', 'error'] as const) {
      server.once(event, () => {
        state.ended = true;
        resolve();
      });
    }
  });
  for (const started = Date.now(); !(await answers(port)); await sleep(5)) {
    if (!state.ended && Date.now() - started < 10_000) continue;
    server.kill('SIGKILL');
    throw new Error(`${program} did not start on port ${port}`);
  }
  return {
    host: '127.0.0.1',
    port,
    kind: program,
    close: async () => {
      if (!state.ended) server.kill('SIGTERM');
      const forced = setTimeout(() => server.kill('SIGKILL'), 3000);
      await gone;
      clearTimeout(forced);
    },
  };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    const end = (up: boolean) => {
      socket.destroy();
      resolve(up);
    };
    socket.setTimeout(1000, () => end(false));
    socket.once('error', () => end(false));
    socket.once('data', (data) => end(data.toString().startsWith('+PONG')));
  });
}

/**
 * In a thread of its own: the main one is the whole cloud, and where that is busy a cache that waits for it is slower
 * than the database.
 */
async function inProcess(port: number): Promise<RedisServer> {
  const thread = new Worker(new URL('./redis/thread.ts', import.meta.url), {
    workerData: { port },
  });
  try {
    const [said] = await once(thread, 'message');
    const word = wordSchema.parse(said);
    if ('failed' in word) throw new Error(word.failed);
  } catch (error) {
    await thread.terminate();
    throw error;
  }
  thread.unref();
  // A cache that is gone is nobody's failure: functions find out, and go to the database.
  thread.on('error', (error) => console.error(`the cache ended: ${String(error)}`));
  return {
    host: '127.0.0.1',
    port,
    kind: 'in process',
    close: async () => {
      await thread.terminate();
    },
  };
}
