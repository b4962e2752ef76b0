import type { Sku } from '../shared/ids.ts';
import type { Product } from './product.ts';

export interface ProductReader {
  /** The products of these SKUs that exist, active or not, in any order; one statement, at most 50 SKUs. */
  productsBySku(skus: readonly Sku[]): Promise<readonly Product[]>;
}

/**
 * Products that were read lately, kept so that a cart seldom asks the database. A price that changes may go on being
 * asked for as long as `productLifetimes.longest` says, and not at all once `changed` has answered.
 */
export interface ProductCache {
  /**
   * To be called after the commit by whoever writes products. Never throws: where the cache cannot be reached, what
   * it holds ends by itself.
   */
  changed(skus: readonly Sku[]): Promise<void>;
}

/** Seconds that cached products live at most. */
export const productLifetimes = {
  /** A product: from two thirds of it up to this, so that what was read together does not end together. */
  longest: 30,
  /** That there is no such SKU. */
  absent: 5,
  /** That a product has just changed: longer than a statement may take (5 s) and a replica lag behind. */
  changed: 10,
} as const;

export interface ShopSeeder {
  /** Inserts products and their opening stock where the SKU is new (with a goods receipt movement); changes nothing else. */
  seed(
    products: readonly (Product & { readonly onHand: number })[],
    now: Date,
  ): Promise<{ readonly added: number }>;
}
