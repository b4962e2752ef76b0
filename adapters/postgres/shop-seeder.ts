import * as z from 'zod';
import type { ShopSeeder } from '../../domain/catalogue/ports.ts';
import { call, json } from './call.ts';
import type { Sql } from './client.ts';

const answerSchema = z.strictObject({ added: z.int().min(0) });

export function createShopSeeder(sql: Sql): ShopSeeder {
  return {
    seed: (products, now) =>
      call(
        answerSchema,
        () => sql`select kassa.seed_products(${json(products)}::text::jsonb, ${now}) as result`,
      ),
  };
}
