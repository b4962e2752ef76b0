import { createSql } from '../../adapters/postgres/client.ts';
import { createProductReader } from '../../adapters/postgres/product-reader.ts';
import type { ProductReader } from '../../domain/catalogue/ports.ts';
import { databaseConnection } from '../shared/database.ts';
import { environment } from './env.ts';

export interface Dependencies {
  readonly products: ProductReader;
}

export function dependencies(): Dependencies {
  const env = environment();
  return {
    products: createProductReader(createSql(databaseConnection(env))),
  };
}
