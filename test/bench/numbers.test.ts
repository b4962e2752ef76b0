import { expect, it } from 'vitest';
import { inParallel, spreadOf } from './numbers.ts';

it('percentiles are values that were measured', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
  expect(spreadOf(hundred)).toEqual({ p50: 50, p95: 95, p99: 99 });
  expect(spreadOf([7])).toEqual({ p50: 7, p95: 7, p99: 7 });
});

it('works on so many at once, every one once, and ends at the first failure', async () => {
  const done: number[] = [];
  let now = 0;
  let most = 0;
  await inParallel(20, 3, async (index) => {
    now += 1;
    most = Math.max(most, now);
    await Promise.resolve();
    now -= 1;
    done.push(index);
  });
  expect(most).toBe(3);
  expect([...done].sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, index) => index));
  await expect(
    inParallel(5, 1, (index) =>
      index === 2 ? Promise.reject(new Error('two')) : Promise.resolve(),
    ),
  ).rejects.toThrow('two');
});
