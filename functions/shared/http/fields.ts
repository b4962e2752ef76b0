import { z } from 'zod';

/** How many a page may hold, as the query spells it. */
export const pageLimitSchema = z
  .string()
  .regex(/^([1-9][0-9]?|100)$/, 'must be a number from 1 to 100')
  .transform(Number)
  .default(20);

/** Why somebody did something, in their own words. */
export const reasonSchema = z
  .string()
  .trim()
  .max(500)
  .regex(/^[^\p{Cc}]*$/u, 'must not hold control characters');
