import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { buildGraph } from '../../../local/assembly/graph.ts';
import { loadAssembly } from '../../../local/assembly/load.ts';
import { deployCache } from '../../../local/deploy/cache.ts';

let directory: string;
beforeEach(() => {
  vi.stubEnv('REDIS_URL', undefined);
  directory = mkdtempSync(join(tmpdir(), 'kassa-cache-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(directory, { recursive: true, force: true });
});

/** Deploys a stack of these resources. */
function deployed(resources: Record<string, object>) {
  writeFileSync(join(directory, 'A.template.json'), JSON.stringify({ Resources: resources }));
  const artifact = {
    type: 'aws:cloudformation:stack',
    environment: 'aws://unknown-account/unknown-region',
    properties: { templateFile: 'A.template.json', stackName: 'A' },
  };
  writeFileSync(
    join(directory, 'manifest.json'),
    JSON.stringify({ version: '1', artifacts: { A: artifact } }),
  );
  const closing: (() => unknown)[] = [];
  const opened: string[] = [];
  const context = {
    open: <T>(name: string, listening: (port: number) => Promise<T>) => {
      opened.push(name);
      return listening(0);
    },
    defer: (close: () => unknown) => closing.push(close),
  };
  const graph = buildGraph(loadAssembly(directory), {
    postgres: { host: '127.0.0.1', port: 5432 },
    redis: { host: '127.0.0.1', port: 6379 },
    sqsUrl: '',
    issuer: () => '',
    secret: () => '',
  });
  return { server: deployCache(context, graph), opened, closing };
}

const cache = (engine: string) => ({
  Type: 'AWS::ElastiCache::ServerlessCache',
  Properties: { ServerlessCacheName: 'shop', Engine: engine },
});
const queue = { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'q' } };

test('an assembly without a cache starts no server', async () => {
  const { server, opened } = deployed({ Q: queue });
  expect(await server).toBeUndefined();
  expect(opened).toEqual([]);
});

test.each(['valkey', 'redis'])(
  'a cache of %s has a server, until the cloud ends',
  async (engine) => {
    const { server, opened, closing } = deployed({ C: cache(engine) });
    const running = await server;
    expect(opened).toEqual(['redis']);
    const client = new Redis(running?.port ?? 0, '127.0.0.1', { retryStrategy: () => null });
    client.on('error', () => undefined);
    expect(await client.ping()).toBe('PONG');
    const ended = new Promise((resolve) => client.once('end', resolve));
    for (const close of closing) await close();
    await ended;
  },
);

test('two caches are refused: they would see each other’s keys', async () => {
  const { server } = deployed({ C: cache('valkey'), D: cache('valkey') });
  await expect(server).rejects.toThrow(/D.*one cache is emulated/);
});

test('Memcached is refused', async () => {
  await expect(deployed({ C: cache('memcached') }).server).rejects.toThrow(
    /memcached is not emulated/,
  );
});
