import { createSql } from '../../adapters/postgres/client.ts';
import { createProductReader } from '../../adapters/postgres/product-reader.ts';
import { createCache } from '../../adapters/redis/cache.ts';
import { createCachedProducts } from '../../adapters/redis/product-cache.ts';
import type { ProductReader } from '../../domain/catalogue/ports.ts';
import { cacheConnection, reportCache } from '../shared/cache.ts';
import { databaseConnection } from '../shared/database.ts';
import { environment } from './env.ts';

export interface Dependencies {
  readonly products: ProductReader;
}

export function dependencies(): Dependencies {
  const env = environment();
  return {
    products: createCachedProducts({
      reader: createProductReader(createSql(databaseConnection(env))),
      cache: createCache(cacheConnection(env)),
      report: reportCache,
    }),
  };
}
