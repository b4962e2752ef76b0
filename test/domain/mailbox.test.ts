import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareWaits } from '../../domain/shared/mailbox.ts';

const at = (second: number) => new Date(1_790_000_000_000 + second * 1000).toISOString();
const waits = fc.record({
  run: fc.integer({ min: 1, max: 3 }),
  redriveCount: fc.integer({ min: 0, max: 2 }),
  enteredAt: fc.integer({ min: 0, max: 3 }).map(at),
  retryCount: fc.integer({ min: 0, max: 2 }),
});

describe('the order of waits', () => {
  it('An older Lambda may register its old token afterwards: run, then redrive, entry, retry decide', () => {
    const inOrder = [
      { run: 1, redriveCount: 0, enteredAt: at(5), retryCount: 7 },
      { run: 1, redriveCount: 0, enteredAt: at(9), retryCount: 0 },
      { run: 1, redriveCount: 0, enteredAt: at(9), retryCount: 1 },
      { run: 1, redriveCount: 1, enteredAt: at(2), retryCount: 0 },
      { run: 2, redriveCount: 0, enteredAt: at(0), retryCount: 0 },
    ];
    expect(inOrder.toReversed().sort(compareWaits)).toEqual(inOrder);
  });

  it('compares moments, not their spelling', () => {
    const wait = { run: 1, redriveCount: 0, retryCount: 0 };
    expect(
      compareWaits(
        { ...wait, enteredAt: '2026-11-23T00:00:00Z' },
        { ...wait, enteredAt: '2026-11-23T00:00:00.000Z' },
      ),
    ).toBe(0);
  });

  it('is total: antisymmetric, transitive, and equal only for the same wait', () => {
    fc.assert(
      fc.property(waits, waits, waits, (a, b, c) => {
        expect(Math.sign(compareWaits(a, b))).toBe(-Math.sign(compareWaits(b, a)) + 0);
        if (compareWaits(a, b) <= 0 && compareWaits(b, c) <= 0) {
          expect(compareWaits(a, c)).toBeLessThanOrEqual(0);
        }
        expect(compareWaits(a, b) === 0).toBe(JSON.stringify(a) === JSON.stringify(b));
      }),
    );
  });
});
