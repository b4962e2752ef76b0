import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { skuSchema } from '../../domain/shared/ids.ts';
import { allocate, available } from '../../domain/stock/allocation.ts';

const skus = ['AA', 'BB', 'CC', 'DD'].map((sku) => skuSchema.parse(sku));
const [aa = skuSchema.parse('AA'), bb = skuSchema.parse('BB')] = skus;

const wishes = fc.array(
  fc.record({ sku: fc.constantFrom(...skus), quantity: fc.integer({ min: 1, max: 6 }) }),
  { minLength: 1, maxLength: 6 },
);
const levels = fc.tuple(
  ...skus.map((sku) =>
    fc.record({
      sku: fc.constant(sku),
      onHand: fc.integer({ min: 0, max: 20 }),
      reserved: fc.integer({ min: 0, max: 20 }),
    }),
  ),
);

describe('allocation', () => {
  it('Two lines of one order share one SKU and are checked one by one: they are summed first', () => {
    const stock = [{ sku: aa, onHand: 5, reserved: 0 }];
    const two = [
      { sku: aa, quantity: 3 },
      { sku: aa, quantity: 3 },
    ];
    expect(allocate(stock, two)).toEqual({
      outcome: 'short',
      shortages: [{ sku: aa, requested: 6, available: 5 }],
    });
  });

  it('has nothing of an unknown SKU, and names the shortages in SKU order', () => {
    const result = allocate(
      [],
      [
        { sku: bb, quantity: 1 },
        { sku: aa, quantity: 2 },
      ],
    );
    expect(result).toEqual({
      outcome: 'short',
      shortages: [
        { sku: aa, requested: 2, available: 0 },
        { sku: bb, requested: 1, available: 0 },
      ],
    });
  });

  it('never counts less than nothing where more is reserved than there is', () => {
    expect(available({ sku: aa, onHand: 3, reserved: 5 })).toBe(0);
  });

  it('takes all of it or nothing, and never more than there is', () => {
    fc.assert(
      fc.property(levels, wishes, (stock, wanted) => {
        const result = allocate(stock, wanted);
        const wish = (sku: string) =>
          wanted.filter((each) => each.sku === sku).reduce((sum, each) => sum + each.quantity, 0);
        const enough = stock.every((level) => wish(level.sku) <= available(level));
        expect(result.outcome).toBe(enough ? 'reserved' : 'short');
        if (result.outcome === 'short') {
          for (const { sku, requested, available: left } of result.shortages) {
            expect(requested).toBe(wish(sku));
            expect(left).toBeLessThan(requested);
          }
          return;
        }
        for (const [index, level] of result.levels.entries()) {
          const before = stock[index];
          expect(level.onHand).toBe(before?.onHand);
          expect(level.reserved - (before?.reserved ?? 0)).toBe(wish(level.sku));
          if (wish(level.sku) > 0) expect(level.reserved).toBeLessThanOrEqual(level.onHand);
        }
      }),
    );
  });

  it('The last unit is sold twice: not to any sequence of orders', () => {
    fc.assert(
      fc.property(fc.array(wishes, { maxLength: 12 }), (orders) => {
        let stock: Parameters<typeof allocate>[0] = skus.map((sku) => ({
          sku,
          onHand: 10,
          reserved: 0,
        }));
        for (const order of orders) {
          const result = allocate(stock, order);
          if (result.outcome === 'reserved') stock = result.levels;
        }
        for (const level of stock) expect(level.reserved).toBeLessThanOrEqual(level.onHand);
      }),
    );
  });
});
