import * as z from 'zod';
import { skuSchema } from '../shared/ids.ts';
import { amountSchema, currencySchema } from '../shared/money.ts';

/** A product as prices and shipping need it. */
export const productSchema = z.strictObject({
  sku: skuSchema,
  name: z.string().min(1).max(200),
  category: z.string().min(1).max(60),
  /** Minor units of `currency`, for one piece, taxes included. */
  unitPrice: amountSchema,
  currency: currencySchema,
  /** Grams, packed, for one piece. */
  weight: z.int().min(1).max(1_000_000),
  active: z.boolean(),
});
export type Product = z.infer<typeof productSchema>;
