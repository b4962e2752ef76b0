import * as z from 'zod';
import { invalidRequest } from './errors.ts';
import { expand, integer, text } from './params.ts';

/** The part of https://docs.stripe.com/search that is answered: clauses of `:` equality, joined by AND. */
export const searchParams = z.strictObject({
  query: text,
  limit: integer
    .refine((value) => value >= 1 && value <= 100, 'must be between 1 and 100')
    .default(10),
  page: z.string().regex(/^\d+$/).optional(),
  expand,
});

export interface SearchResult<T> {
  object: 'search_result';
  url: string;
  has_more: boolean;
  next_page: string | null;
  data: T[];
}

interface Clause {
  readonly field: string;
  readonly key: string | undefined;
  readonly value: string;
  readonly negated: boolean;
}

const clause =
  /^(-?)(metadata|status|customer|currency|amount)(?:\[(?:"([^"]+)"|'([^']+)')\])?:(?:"([^"]*)"|'([^']*)'|(\d+))$/;

/** @throws StripeFault for a query in another form */
export function parseQuery(query: string): Clause[] {
  return query
    .trim()
    .split(/\s+AND\s+/i)
    .map((part) => {
      const found = clause.exec(part.trim());
      if (found === null)
        throw invalidRequest(
          `We were unable to parse your search query: ${query}. The simulator knows equality on metadata, status, customer, currency and amount, joined by AND.`,
          { param: 'query' },
        );
      const [, minus, field = '', double, single, quoted, simple, bare] = found;
      return {
        field,
        key: double ?? single,
        value: quoted ?? simple ?? bare ?? '',
        negated: minus === '-',
      };
    });
}

const searched = z.looseObject({ metadata: z.record(z.string(), z.string()) });

export function matches(query: readonly Clause[], object: object): boolean {
  const fields = searched.parse(object);
  return query.every(({ field, key, value, negated }) => {
    const actual = key === undefined ? fields[field] : fields.metadata[key];
    return (actual !== undefined && String(actual) === value) !== negated;
  });
}
