import * as z from 'zod';
import type { ProductReader } from '../../domain/catalogue/ports.ts';
import { productSchema } from '../../domain/catalogue/product.ts';
import { call, json } from './call.ts';
import type { Sql } from './client.ts';

export function createProductReader(sql: Sql): ProductReader {
  return {
    productsBySku: (skus) =>
      call(
        z.array(productSchema),
        () => sql`select kassa.products_by_sku(${json(skus)}::text::jsonb) as result`,
      ),
  };
}
