import type { Product } from '../catalogue/product.ts';
import type { Sku } from '../shared/ids.ts';
import { type ChargeCheck, type Currency, checkChargeable, type Money } from '../shared/money.ts';
import { type CartLine, mergeLines } from './checkout.ts';

/** A line with its price as of placing. Amounts in minor units, weight in grams for one piece. */
export interface PricedLine {
  readonly sku: Sku;
  readonly name: string;
  readonly quantity: number;
  readonly unitPrice: number;
  readonly weight: number;
}

export interface PricedCart {
  readonly currency: Currency;
  /** One line a SKU, in SKU order. */
  readonly lines: readonly PricedLine[];
  readonly itemsTotal: number;
  readonly shippingTotal: number;
  readonly total: number;
}

/** Shipping by packed weight; free from `freeFrom` on. Minor units and grams. */
export interface ShippingRates {
  readonly currency: Currency;
  readonly freeFrom: number;
  /** In rising order of weight; the last also serves everything heavier. */
  readonly bands: readonly { readonly upTo: number; readonly price: number }[];
}

export type PriceResult =
  | { readonly outcome: 'priced'; readonly cart: PricedCart }
  | { readonly outcome: 'unknown_sku'; readonly skus: readonly Sku[] }
  | { readonly outcome: 'mixed_currencies'; readonly currencies: readonly Currency[] }
  | {
      readonly outcome: 'not_chargeable';
      readonly total: Money;
      readonly check: Exclude<ChargeCheck, { ok: true }>;
    }
  | { readonly outcome: 'total_changed'; readonly total: Money };

export const shopShippingRates: ShippingRates = {
  currency: 'EUR',
  freeFrom: 7500,
  bands: [
    { upTo: 1000, price: 390 },
    { upTo: 5000, price: 590 },
    { upTo: 20_000, price: 990 },
    { upTo: 60_000, price: 2490 },
  ],
};

/** Prices a cart from the server's own products. An inactive product is as unknown as one that never was. */
export function priceCart(
  wanted: readonly CartLine[],
  products: readonly Product[],
  rates: ShippingRates,
  expectedTotal?: Money,
): PriceResult {
  const bySku = new Map(products.filter((product) => product.active).map((p) => [p.sku, p]));
  const merged = mergeLines(wanted);
  const unknown = merged.filter((line) => !bySku.has(line.sku)).map((line) => line.sku);
  if (unknown.length > 0) return { outcome: 'unknown_sku', skus: unknown };

  const found = merged.flatMap((line) => {
    const product = bySku.get(line.sku);
    return product === undefined ? [] : [{ line, product }];
  });
  const currencies = [
    ...new Set([...found.map(({ product }) => product.currency), rates.currency]),
  ];
  if (currencies.length > 1) return { outcome: 'mixed_currencies', currencies };

  const lines = found.map(({ line, product }) => ({
    sku: line.sku,
    name: product.name,
    quantity: line.quantity,
    unitPrice: product.unitPrice,
    weight: product.weight,
  }));
  const itemsTotal = sum(lines, (line) => line.unitPrice * line.quantity);
  const shippingTotal = shippingFor(
    itemsTotal,
    sum(lines, (line) => line.weight * line.quantity),
    rates,
  );
  const total: Money = { amount: itemsTotal + shippingTotal, currency: rates.currency };
  const check = checkChargeable(total);
  if (!check.ok) return { outcome: 'not_chargeable', total, check };
  if (
    expectedTotal !== undefined &&
    (expectedTotal.amount !== total.amount || expectedTotal.currency !== total.currency)
  ) {
    return { outcome: 'total_changed', total };
  }
  return {
    outcome: 'priced',
    cart: { currency: rates.currency, lines, itemsTotal, shippingTotal, total: total.amount },
  };
}

/** Minor units for a parcel of `weight` grams holding goods worth `itemsTotal`. */
export function shippingFor(itemsTotal: number, weight: number, rates: ShippingRates): number {
  if (itemsTotal >= rates.freeFrom) return 0;
  const band = rates.bands.find((each) => weight <= each.upTo) ?? rates.bands.at(-1);
  return band?.price ?? 0;
}

function sum<T>(items: readonly T[], amount: (item: T) => number): number {
  return items.reduce((total, item) => total + amount(item), 0);
}
