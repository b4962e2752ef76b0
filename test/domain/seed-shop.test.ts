import { describe, expect, it } from 'vitest';
import { seedProducts } from '../../domain/catalogue/seed-shop.ts';
import { cartLineSchema } from '../../domain/orders/checkout.ts';
import { priceCart, shopShippingRates } from '../../domain/orders/pricing.ts';

describe('the goods of the first shop', () => {
  it('are enough to look like a shop, each SKU and name once', () => {
    expect(seedProducts.length).toBeGreaterThanOrEqual(50);
    expect(new Set(seedProducts.map((each) => each.sku)).size).toBe(seedProducts.length);
    expect(new Set(seedProducts.map((each) => each.name)).size).toBe(seedProducts.length);
    expect(new Set(seedProducts.map((each) => each.category)).size).toBeGreaterThanOrEqual(5);
  });

  it('can each be bought alone', () => {
    for (const { onHand, ...product } of seedProducts) {
      const line = cartLineSchema.parse({ sku: product.sku, quantity: 1 });
      expect(priceCart([line], [product], shopShippingRates).outcome).toBe('priced');
      expect(onHand).toBeGreaterThan(0);
    }
  });
});
