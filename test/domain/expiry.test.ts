import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planExpiry } from '../../domain/orders/expiry.ts';
import { expirySteps } from '../../domain/orders/steps.ts';

describe('the plan of an expiry run', () => {
  it('At most 1,200 orders an hour: the plan grows with the tail, first in batches, then in lanes', () => {
    expect(planExpiry({ size: 10 })).toEqual({ lanes: [0], batchSize: 50 });
    expect(planExpiry({ size: 400 })).toEqual({ lanes: [0], batchSize: 100 });
    expect(planExpiry({ size: 4000 }).lanes).toEqual([0, 1, 2, 3]);
    expect(planExpiry({ size: 400_000 }).lanes).toHaveLength(8);
  });

  it('never takes less of a longer tail, and always fits the machine', () => {
    const size = fc.integer({ min: 0, max: 1_000_000 });
    fc.assert(
      fc.property(size, size, (a, b) => {
        const [small, large] = [
          planExpiry({ size: Math.min(a, b) }),
          planExpiry({ size: Math.max(a, b) }),
        ];
        expect(large.lanes.length * large.batchSize).toBeGreaterThanOrEqual(
          small.lanes.length * small.batchSize,
        );
        const output = { size: a, oldestAge: 0, ...planExpiry({ size: a }) };
        expect(expirySteps['measure-tail'].output.safeParse(output).success).toBe(true);
      }),
    );
  });
});
