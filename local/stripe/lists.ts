import * as z from 'zod';
import { invalidRequest } from './errors.ts';
import { expand, integer, text } from './params.ts';
import type { Collection, Filter, Stored } from './store.ts';

const limit = integer.refine((value) => value >= 1 && value <= 100, 'must be between 1 and 100');

export const created = z
  .union([
    integer.transform((at) => ({ gte: at, lte: at })),
    z.strictObject({
      gt: integer.optional(),
      gte: integer.optional(),
      lt: integer.optional(),
      lte: integer.optional(),
    }),
  ])
  .transform((range) =>
    Object.fromEntries(Object.entries(range).filter(([, value]) => value !== undefined)),
  );

/** What every list takes. */
export const listParams = {
  limit: limit.default(10),
  starting_after: text.optional(),
  ending_before: text.optional(),
  created: created.optional(),
  expand,
};

export interface Page {
  readonly limit: number;
  readonly starting_after?: string | undefined;
  readonly ending_before?: string | undefined;
}

export interface ApiList<T> {
  object: 'list';
  url: string;
  has_more: boolean;
  data: T[];
}

export function checkCursors(page: Page): void {
  if (page.starting_after !== undefined && page.ending_before !== undefined)
    throw invalidRequest(
      'You can pass either starting_after or ending_before, not both.',
      {},
      false,
    );
}

/** One page of a collection, newest first. @throws StripeFault for a cursor that names nothing */
export function listPage<T extends Stored, R>(
  collection: Collection<T>,
  filter: Filter,
  page: Page,
  url: string,
  render: (record: T) => R,
): ApiList<R> {
  checkCursors(page);
  for (const name of ['starting_after', 'ending_before'] as const) {
    const cursor = page[name];
    if (cursor !== undefined && collection.get(cursor) === undefined)
      throw invalidRequest(`No such ${collection.kind}: '${cursor}'`, {
        code: 'resource_missing',
        param: name,
      });
  }
  const found = collection.list(filter, {
    after: page.starting_after,
    before: page.ending_before,
    limit: page.limit + 1,
  });
  return { object: 'list', url, ...cut(found, page), data: cut(found, page).data.map(render) };
}

/** One more than asked was fetched: it says whether there is more, and goes. */
export function cut<T>(found: T[], page: Page): { has_more: boolean; data: T[] } {
  const has_more = found.length > page.limit;
  if (!has_more) return { has_more, data: found };
  return { has_more, data: page.ending_before === undefined ? found.slice(0, -1) : found.slice(1) };
}
