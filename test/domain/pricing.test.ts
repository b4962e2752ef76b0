import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Product, productSchema } from '../../domain/catalogue/product.ts';
import { type CartLine, cartLineSchema, mergeLines } from '../../domain/orders/checkout.ts';
import { priceCart, shippingFor, shopShippingRates } from '../../domain/orders/pricing.ts';
import { orderSteps } from '../../domain/orders/steps.ts';

const product = (sku: string, unitPrice: number, more: Partial<Product> = {}): Product => ({
  ...productSchema.parse({
    sku,
    name: `Product ${sku}`,
    category: 'Test',
    unitPrice,
    currency: 'EUR',
    weight: 400,
    active: true,
  }),
  ...more,
});
const line = (sku: string, quantity: number): CartLine => cartLineSchema.parse({ sku, quantity });
const goods = [product('MUG', 1490), product('POT', 15_900, { weight: 5600 }), product('TEA', 450)];
const rates = shopShippingRates;

describe('pricing', () => {
  it('adds shipping by weight, and none from the free amount on', () => {
    const small = priceCart([line('TEA', 2)], goods, rates);
    expect(small).toMatchObject({ cart: { itemsTotal: 900, shippingTotal: 390, total: 1290 } });
    const large = priceCart([line('POT', 1)], goods, rates);
    expect(large).toMatchObject({ cart: { itemsTotal: 15_900, shippingTotal: 0, total: 15_900 } });
  });

  it('A price sent by the client: the expected total is compared and never used', () => {
    const told = (amount: number) =>
      priceCart([line('TEA', 2)], goods, rates, { amount, currency: 'EUR' });
    expect(told(1290).outcome).toBe('priced');
    expect(told(1)).toEqual({ outcome: 'total_changed', total: { amount: 1290, currency: 'EUR' } });
  });

  it('knows neither a product that never was nor one that is not sold any longer', () => {
    const shelf = [...goods, product('OLD', 900, { active: false })];
    expect(priceCart([line('OLD', 1), line('NIX', 1), line('MUG', 1)], shelf, rates)).toEqual({
      outcome: 'unknown_sku',
      skus: ['NIX', 'OLD'],
    });
  });

  it('does not add up different currencies', () => {
    const shelf = [...goods, product('YEN', 900, { currency: 'JPY' })];
    expect(priceCart([line('YEN', 1), line('MUG', 1)], shelf, rates)).toEqual({
      outcome: 'mixed_currencies',
      currencies: ['EUR', 'JPY'],
    });
  });

  it('An amount under Stripe’s minimum is refused before an order is placed', () => {
    const free = { ...rates, freeFrom: 0 };
    expect(priceCart([line('PIN', 1)], [product('PIN', 49)], free)).toEqual({
      outcome: 'not_chargeable',
      total: { amount: 49, currency: 'EUR' },
      check: { ok: false, reason: 'below_minimum', limit: 50 },
    });
  });

  const carts = fc.array(
    fc.record({
      sku: fc.constantFrom('MUG', 'POT', 'TEA'),
      quantity: fc.integer({ min: 1, max: 9 }),
    }),
    { minLength: 1, maxLength: 8 },
  );

  it('comes to the same total however the pieces are spread over lines', () => {
    fc.assert(
      fc.property(carts, (cart) => {
        const lines = cart.map(({ sku, quantity }) => line(sku, quantity));
        const pieces = lines.flatMap(({ sku, quantity }) =>
          Array.from({ length: quantity }, () => line(sku, 1)),
        );
        expect(priceCart(pieces.toReversed(), goods, rates)).toEqual(
          priceCart(lines, goods, rates),
        );
      }),
    );
  });

  it('adds up, and fits what the next step takes', () => {
    fc.assert(
      fc.property(carts, (cart) => {
        const result = priceCart(
          cart.map(({ sku, quantity }) => line(sku, quantity)),
          goods,
          rates,
        );
        if (result.outcome !== 'priced') throw new Error(result.outcome);
        const { lines, itemsTotal, shippingTotal, total } = result.cart;
        expect(itemsTotal).toBe(
          lines.reduce((sum, each) => sum + each.unitPrice * each.quantity, 0),
        );
        expect(total).toBe(itemsTotal + shippingTotal);
        expect(orderSteps['price-cart'].output.safeParse(result).success).toBe(true);
      }),
    );
  });

  it('ships nothing heavier for less, and everything for something known', () => {
    const weights = fc.integer({ min: 1, max: 100_000 });
    fc.assert(
      fc.property(weights, weights, (a, b) => {
        const [light, heavy] = a < b ? [a, b] : [b, a];
        expect(shippingFor(100, light, rates)).toBeLessThanOrEqual(shippingFor(100, heavy, rates));
        expect(rates.bands.map((band) => band.price)).toContain(shippingFor(100, heavy, rates));
      }),
    );
  });

  it('merges lines to one a SKU, in SKU order, losing no piece', () => {
    fc.assert(
      fc.property(carts, (cart) => {
        const merged = mergeLines(cart.map(({ sku, quantity }) => line(sku, quantity)));
        const skus = merged.map((each) => each.sku);
        expect(skus).toEqual([...new Set(skus)].sort());
        const pieces = (of: readonly { quantity: number }[]) =>
          of.reduce((sum, each) => sum + each.quantity, 0);
        expect(pieces(merged)).toBe(pieces(cart));
      }),
    );
  });
});
