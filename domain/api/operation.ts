import * as z from 'zod';
import type { Scope } from '../access/scopes.ts';
import type { ProblemCode } from '../shared/problems.ts';

/** Who a route is for; a token names the groups its holder belongs to. */
export const groups = ['customer', 'warehouse', 'courier', 'operations'] as const;
export type Group = (typeof groups)[number];

/**
 * One call of the REST API: the schemas here are the ones its handler parses with, and the API description
 * (docs/openapi.json) is made of them.
 */
export interface Operation {
  readonly id: string;
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly summary: string;
  /** Any of these may call it. Empty where the handler itself checks who calls. */
  readonly groups: readonly Group[];
  /** What a third party's key must be for; without it the call is closed to keys. */
  readonly scope?: Scope;
  readonly parameters?: Readonly<Record<string, z.ZodType>>;
  readonly query?: z.ZodObject;
  /** Whether the Idempotency-Key header is required: the same key and body are carried out once. */
  readonly idempotent?: boolean;
  readonly body?: z.ZodType;
  readonly bodyOptional?: boolean;
  readonly answers: Readonly<Record<number, z.ZodType>>;
  /** Refusals beside those that every route may answer. */
  readonly problems: readonly ProblemCode[];
}

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
