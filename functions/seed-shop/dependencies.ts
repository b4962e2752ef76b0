import { createSql } from '../../adapters/postgres/client.ts';
import { createProductReader } from '../../adapters/postgres/product-reader.ts';
import { createShopSeeder } from '../../adapters/postgres/shop-seeder.ts';
import { createCache } from '../../adapters/redis/cache.ts';
import { createCachedProducts } from '../../adapters/redis/product-cache.ts';
import type { ProductCache, ShopSeeder } from '../../domain/catalogue/ports.ts';
import { cacheConnection, reportCache } from '../shared/cache.ts';
import { databaseConnection } from '../shared/database.ts';
import { environment } from './env.ts';

export interface Dependencies {
  readonly seeder: ShopSeeder;
  readonly products: ProductCache;
}

export function dependencies(): Dependencies {
  const env = environment();
  const sql = createSql(databaseConnection(env));
  return {
    seeder: createShopSeeder(sql),
    products: createCachedProducts({
      reader: createProductReader(sql),
      cache: createCache(cacheConnection(env)),
      report: reportCache,
    }),
  };
}
