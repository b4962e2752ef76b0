import { placeCommand } from '../support/shop.ts';
import type { BenchCloud } from './cloud.ts';
import { round } from './numbers.ts';

export interface Floor {
  readonly concurrency: number;
  readonly transactionsPerSecond: number;
}

/** The placing transaction alone, from plain clients, on the same durable database: nothing can be faster than this. */
export async function measureFloor(
  cloud: BenchCloud,
  plan: {
    readonly concurrency: number;
    readonly seconds: number;
    readonly skuOf: (index: number) => string;
  },
): Promise<Floor> {
  const { shop, sql } = cloud.stores(plan.concurrency);
  let placed = 0;
  const began = performance.now();
  const end = began + plan.seconds * 1000;
  const client = async (): Promise<void> => {
    while (performance.now() < end) {
      const now = new Date();
      const sku = plan.skuOf(Math.floor(Math.random() * 1_000_000));
      // Not to fall due while something else is being measured.
      const expiresAt = new Date(now.getTime() + 24 * 3_600_000);
      const { outcome } = await shop.checkout.placeOrder(placeCommand([[sku, 1]]), now, expiresAt);
      if (outcome !== 'placed') throw new Error(`place_order answered ${outcome}`);
      placed += 1;
    }
  };
  try {
    await Promise.all(Array.from({ length: plan.concurrency }, client));
  } finally {
    await sql.end({ timeout: 1 });
  }
  const seconds = (performance.now() - began) / 1000;
  return { concurrency: plan.concurrency, transactionsPerSecond: round(placed / seconds) };
}
