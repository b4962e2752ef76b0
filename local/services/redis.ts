import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { claimPort } from './ports.ts';
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

async function inProcess(port: number): Promise<RedisServer> {
  // Only who needs it waits for it to be read.
  const { createRedisCommandExecutor, RedisServerState, Resp2Server } = await import(
    'js-redis-server/core'
  );
  const compatibility = 'valkey-8.0';
  const state = new RedisServerState({ databaseCount: 1, compatibility });
  const { server } = new Resp2Server({
    server: state,
    executor: createRedisCommandExecutor({ compatibility }),
  });
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    // Its answers to a pipeline would wait for one another: 40 ms on Linux.
    socket.setNoDelay(true);
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  // Its own `listen` would take every address, and not the loopback only.
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve());
  });
  return {
    host: '127.0.0.1',
    port,
    kind: 'in process',
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
      state.close();
    },
  };
}
