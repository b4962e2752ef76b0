import type { Sku } from '../shared/ids.ts';
import type { Product } from './product.ts';

export interface ProductReader {
  /** The products of these SKUs that exist, active or not, in any order; one statement, at most 50 SKUs. */
  productsBySku(skus: readonly Sku[]): Promise<readonly Product[]>;
}

export interface ShopSeeder {
  /** Inserts products and their opening stock where the SKU is new (with a goods receipt movement); changes nothing else. */
  seed(
    products: readonly (Product & { readonly onHand: number })[],
    now: Date,
  ): Promise<{ readonly added: number }>;
}
