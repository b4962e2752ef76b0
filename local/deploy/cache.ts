import * as z from 'zod';
import { Unsupported } from '../assembly/errors.ts';
import type { Graph } from '../assembly/graph.ts';
import type { Context } from '../context.ts';
import { type RedisServer, startRedis } from '../services/redis.ts';
import { propertiesOf } from './properties.ts';

const CacheProperties = z.looseObject({ Engine: z.string() });

/**
 * The Redis that stands for the assembly's cache, if it has one: what `REDIS_URL` names, a program of the PATH, or
 * one in this process.
 * @throws Unsupported for two caches, which would see each other's keys, and for Memcached
 */
export async function deployCache(
  context: Pick<Context, 'open' | 'defer'>,
  graph: Graph,
): Promise<RedisServer | undefined> {
  const [cache, another] = graph.ofType('AWS::ElastiCache::ServerlessCache');
  if (cache === undefined) return undefined;
  const { Engine: engine } = propertiesOf(CacheProperties, graph, cache);
  if (another !== undefined) {
    throw new Unsupported(`${another.where}: one cache is emulated, and ${cache.where} is it`);
  }
  if (engine !== 'valkey' && engine !== 'redis') {
    throw new Unsupported(`${cache.where}: ${engine} is not emulated, Valkey and Redis are`);
  }
  const { REDIS_URL: url, PATH: path } = process.env;
  const starting = context.open('redis', (port) => startRedis({ port, url, path }));
  // One that failed is reported by whoever awaits it, and has nothing to close.
  context.defer(() => starting.then((server) => server.close()).catch(() => undefined));
  return starting;
}
