import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { Redis } from 'ioredis';
import { describe, expect, test } from 'vitest';
import { type RedisServer, startRedis } from '../../../local/services/redis.ts';

async function ping(server: RedisServer): Promise<string> {
  const client = new Redis({ host: server.host, port: server.port, retryStrategy: () => null });
  client.on('error', () => undefined);
  try {
    return await client.ping();
  } finally {
    client.disconnect();
  }
}

describe('in this process', () => {
  test('answers on the loopback only, and ends with clients still connected', async () => {
    const server = await startRedis({});
    expect(server.kind).toBe('in process');
    const client = new Redis({ port: server.port, retryStrategy: () => null });
    client.on('error', () => undefined);
    expect(await client.set('a', '1')).toBe('OK');
    const outside = Object.values(networkInterfaces())
      .flatMap((one) => one ?? [])
      .find(({ internal, family }) => !internal && family === 'IPv4');
    if (outside !== undefined) {
      await expect(ping({ ...server, host: outside.address })).rejects.toThrow();
    }
    await server.close();
    await expect(ping(server)).rejects.toThrow();
  });

  test('answers while the main thread does something else', async () => {
    const server = await startRedis({});
    const shared = new Int32Array(new SharedArrayBuffer(4));
    const client = new Worker(
      `const { workerData } = require('node:worker_threads');
      const socket = require('node:net').connect(workerData.port, '127.0.0.1', () => socket.write('PING\\r\\n'));
      socket.once('data', () => {
        Atomics.store(workerData.shared, 0, 1);
        Atomics.notify(workerData.shared, 0);
        socket.destroy();
      });`,
      { eval: true, workerData: { port: server.port, shared } },
    );
    await new Promise((resolve) => client.once('online', resolve));
    // This thread does nothing at all meanwhile.
    Atomics.wait(shared, 0, 0, 10_000);
    expect(Atomics.load(shared, 0)).toBe(1);
    await client.terminate();
    await server.close();
  });

  test('a taken port is an error, not somebody else’s cache', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', () => resolve()));
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await expect(startRedis({ port })).rejects.toThrow(/EADDRINUSE/);
    other.close();
  });
});

describe('a program of the PATH', () => {
  /** Stands for redis-server: takes its arguments and answers PING. */
  const stand = (body: string) => {
    const folder = mkdtempSync(join(tmpdir(), 'kassa-redis-'));
    const file = join(folder, 'redis-server');
    writeFileSync(file, `#!${process.execPath}\n${body}`);
    chmodSync(file, 0o755);
    return { folder, file };
  };

  test('is started on the loopback with nothing kept, and ended', async () => {
    const { folder, file } = stand(`
      const { createServer } = require('node:net');
      const [, , ...args] = process.argv;
      const of = (name) => args[args.indexOf(name) + 1];
      if (of('--bind') !== '127.0.0.1' || of('--save') !== '' || of('--appendonly') !== 'no') process.exit(1);
      createServer((socket) => socket.on('data', () => socket.write('+PONG\\r\\n')))
        .listen(Number(of('--port')), '127.0.0.1');`);
    const server = await startRedis({ path: `/nowhere:${folder}` });
    expect(server.kind).toBe(file);
    await server.close();
    await expect(ping(server)).rejects.toThrow();
    rmSync(folder, { recursive: true });
  });

  test('that ends at once is an error that names it', async () => {
    const { folder, file } = stand('process.exit(1);');
    await expect(startRedis({ path: folder })).rejects.toThrow(`${file} did not start`);
    rmSync(folder, { recursive: true });
  });
});

describe('REDIS_URL', () => {
  test('names another server, which is left alone', async () => {
    const server = await startRedis({});
    const named = await startRedis({ url: `redis://127.0.0.1:${server.port}` });
    expect(named).toMatchObject({ host: '127.0.0.1', port: server.port, kind: 'REDIS_URL' });
    await named.close();
    expect(await ping(server)).toBe('PONG');
    await server.close();
  });

  test.each(['rediss://cache:6380', 'redis://user:secret@cache', 'redis://cache/3'])(
    '%s asks for more than the laptop does, and is refused without being quoted',
    async (url) => {
      await expect(startRedis({ url })).rejects.toThrow(/^REDIS_URL must be redis:\/\/host:port:/);
    },
  );
});
