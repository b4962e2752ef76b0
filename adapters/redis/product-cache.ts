import {
  type ProductCache,
  type ProductReader,
  productLifetimes,
} from '../../domain/catalogue/ports.ts';
import { type Product, productSchema } from '../../domain/catalogue/product.ts';
import type { Sku } from '../../domain/shared/ids.ts';
import type { Cache, CacheEntry } from './cache.ts';
import { CacheUnavailable } from './cache.ts';

/** What somebody should know of, though nobody's checkout fails by it. */
export type CacheTrouble =
  | { readonly kind: 'unavailable'; readonly error: CacheUnavailable }
  /** It answers, and does not store: it is full, or we may not. */
  | { readonly kind: 'refused'; readonly key: string }
  /** What a key holds is nothing of ours, or not even text; it is written over. */
  | { readonly kind: 'bad_entry'; readonly key: string };

/** Characters of a cached product at most: a product's longest name, category and numbers, all of them escaped. */
const longestValue = 4096;

/**
 * What is kept in a key besides a product. `changed` stands where a product was until a moment ago: it is read as a
 * miss, and since readers only add what is not there, none of them puts back a row that it read before the change.
 */
const marks = { absent: 'absent', changed: 'changed' } as const;

/**
 * The version rises with every change of `productSchema`. The braces make ElastiCache keep all products in one slot,
 * so that one MGET reads a cart.
 */
export const productKey = (sku: Sku): string => `{product:v1}:${sku}`;

type Read =
  | { readonly found: 'product'; readonly product: Product }
  | { readonly found: 'absent' | 'changed' | 'nothing' | 'bad' };

/**
 * Reads products from the cache, and those it has not from `reader`, in one call, and keeps them. It answers what
 * `reader` would, as it was up to `productLifetimes.longest` seconds ago, and throws only what `reader` throws.
 */
export function createCachedProducts(options: {
  readonly reader: ProductReader;
  readonly cache: Cache;
  readonly report: (trouble: CacheTrouble) => void;
}): ProductReader & ProductCache {
  const { reader, cache, report } = options;
  const load = sharedLoads(reader);

  /** Answers undefined when the cache is not there. */
  const unlessAway = async <T>(work: Promise<T>): Promise<T | undefined> => {
    try {
      return await work;
    } catch (error) {
      if (!(error instanceof CacheUnavailable)) throw error;
      report({ kind: 'unavailable', error });
      return undefined;
    }
  };
  const lookUp = async (skus: readonly Sku[]): Promise<readonly Read[] | undefined> => {
    const values = await unlessAway(cache.read(skus.map(productKey)));
    return values && skus.map((sku, index) => read(sku, values[index] ?? null));
  };
  const keep = async (entries: readonly CacheEntry[]): Promise<void> => {
    const results = (await unlessAway(cache.store(entries))) ?? [];
    const wrong: CacheEntry[] = [];
    for (const [index, entry] of entries.entries()) {
      const result = results[index];
      if (result === 'refused') report({ kind: 'refused', key: entry.key });
      if (result !== 'wrong_type') continue;
      report({ kind: 'bad_entry', key: entry.key });
      wrong.push({ ...entry, onlyNew: false });
    }
    if (wrong.length > 0) await unlessAway(cache.store(wrong));
  };

  return {
    productsBySku: async (wanted) => {
      const skus = [...new Set(wanted)];
      if (skus.length === 0) return [];
      const cached = await lookUp(skus);
      if (cached === undefined) return load.products(skus);
      const found = cached.flatMap((one) => (one.found === 'product' ? [one.product] : []));
      const being = (...kinds: readonly Read['found'][]) =>
        skus.filter((_, index) => kinds.includes(cached[index]?.found ?? 'nothing'));
      const bad = new Set(being('bad'));
      for (const sku of bad) report({ kind: 'bad_entry', key: productKey(sku) });
      const missing = being('nothing', 'bad', 'changed');
      if (missing.length === 0) return found;
      const loaded = await load.products(missing);
      const bySku = new Map(loaded.map((product) => [product.sku, product]));
      // Where a mark stands nothing would be taken.
      const wanting = being('nothing', 'bad');
      if (wanting.length > 0) {
        await keep(wanting.map((sku) => entryOf(sku, bySku.get(sku), bad.has(sku))));
      }
      return [...found, ...loaded];
    },
    changed: async (skus) => {
      load.forget(skus);
      if (skus.length === 0) return;
      await keep(
        [...new Set(skus)].map((sku) => ({
          key: productKey(sku),
          value: marks.changed,
          lifetime: productLifetimes.changed,
        })),
      );
    },
  };
}

function entryOf(sku: Sku, product: Product | undefined, bad: boolean): CacheEntry {
  return {
    key: productKey(sku),
    value: product === undefined ? marks.absent : JSON.stringify(product),
    lifetime:
      product === undefined
        ? productLifetimes.absent
        : productLifetimes.longest * (2 / 3 + Math.random() / 3),
    // What is bad is in nobody's way.
    onlyNew: !bad,
  };
}

function read(sku: Sku, value: string | null): Read {
  if (value === null) return { found: 'nothing' };
  if (value === marks.absent || value === marks.changed) return { found: value };
  if (value.length > longestValue) return { found: 'bad' };
  try {
    const parsed = productSchema.safeParse(JSON.parse(value));
    if (parsed.success && parsed.data.sku === sku) {
      return { found: 'product', product: parsed.data };
    }
  } catch {
    // Not JSON.
  }
  return { found: 'bad' };
}

/** Lets those who miss the same SKU at the same time share one look into the database. */
function sharedLoads(reader: ProductReader) {
  const running = new Map<Sku, Promise<Product | undefined>>();
  const begin = (skus: readonly Sku[]): void => {
    const loaded = reader
      .productsBySku(skus)
      .then((products) => new Map(products.map((product) => [product.sku, product])));
    for (const sku of skus) {
      const one = loaded.then((products) => products.get(sku));
      const end = () => {
        if (running.get(sku) === one) running.delete(sku);
      };
      running.set(sku, one);
      one.then(end, end);
    }
  };
  return {
    async products(skus: readonly Sku[]): Promise<readonly Product[]> {
      const fresh = skus.filter((sku) => !running.has(sku));
      if (fresh.length > 0) begin(fresh);
      const products = await Promise.all(skus.map((sku) => running.get(sku)));
      return products.filter((product) => product !== undefined);
    },
    /** Whoever asks from now on does not get what was asked for before. */
    forget(skus: readonly Sku[]): void {
      for (const sku of skus) running.delete(sku);
    },
  };
}
