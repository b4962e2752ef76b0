import { createSql } from '../../adapters/postgres/client.ts';
import { createShopSeeder } from '../../adapters/postgres/shop-seeder.ts';
import type { ShopSeeder } from '../../domain/catalogue/ports.ts';
import { databaseConnection } from '../shared/database.ts';
import { environment } from './env.ts';

export interface Dependencies {
  readonly seeder: ShopSeeder;
}

export function dependencies(): Dependencies {
  const env = environment();
  return {
    seeder: createShopSeeder(createSql(databaseConnection(env))),
  };
}
