import type { Sku } from '../shared/ids.ts';

export interface StockLevel {
  readonly sku: Sku;
  /** Pieces on the shelf. */
  readonly onHand: number;
  /** Pieces of live reservations. */
  readonly reserved: number;
}

export interface Shortage {
  readonly sku: Sku;
  readonly requested: number;
  readonly available: number;
}

export function available(level: StockLevel): number {
  return Math.max(0, level.onHand - level.reserved);
}

/**
 * The rule that the placing transaction carries out in SQL, as a pure model for the tests that compare the two:
 * all of it or nothing, wishes summed per SKU first.
 */
export function allocate(
  levels: readonly StockLevel[],
  wishes: readonly { readonly sku: Sku; readonly quantity: number }[],
):
  | { readonly outcome: 'reserved'; readonly levels: readonly StockLevel[] }
  | { readonly outcome: 'short'; readonly shortages: readonly Shortage[] } {
  const wanted = new Map<Sku, number>();
  for (const wish of wishes) wanted.set(wish.sku, (wanted.get(wish.sku) ?? 0) + wish.quantity);
  const bySku = new Map(levels.map((level) => [level.sku, level]));
  const shortages = [...wanted]
    .map(([sku, requested]) => {
      const level = bySku.get(sku);
      return { sku, requested, available: level === undefined ? 0 : available(level) };
    })
    .filter((each) => each.available < each.requested)
    .sort((a, b) => (a.sku < b.sku ? -1 : 1));
  if (shortages.length > 0) return { outcome: 'short', shortages };
  return {
    outcome: 'reserved',
    levels: levels.map((level) => ({
      ...level,
      reserved: level.reserved + (wanted.get(level.sku) ?? 0),
    })),
  };
}
