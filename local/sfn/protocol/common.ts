import * as z from 'zod';
import type { Engine } from '../engine.ts';
import { ServiceError } from '../errors.ts';
import { invalidRequest } from './constraints.ts';

/** An operation: takes the request's body, gives the answer's. */
export type Target = (engine: Engine, body: unknown) => object | Promise<object>;

/** An operation whose requests have a form. @throws ServiceError ValidationException, SerializationException */
export function target<T>(
  schema: z.ZodType<T>,
  handle: (engine: Engine, request: T) => object | Promise<object>,
): Target {
  return (engine, body) => {
    const given = withoutNulls(body);
    const parsed = schema.safeParse(given);
    if (!parsed.success) throw invalidRequest(parsed.error, given);
    return handle(engine, parsed.data);
  };
}

/** A member that is null is one left out. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, one]) =>
      one === null ? [] : [[key, withoutNulls(one)] as const],
    ),
  );
}

export const arn = z.string().min(1).max(256);
export const longArn = z.string().min(1).max(2000);
export const name = z.string().min(1).max(80);
export const definition = z.string().min(1).max(1_048_576);
export const machineType = z.enum(['STANDARD', 'EXPRESS']);
export const description = z.string().max(256);
export const error = z.string().max(256);
export const cause = z.string().max(32_768);
export const jsonText = z
  .string()
  .refine(
    (text) => Buffer.byteLength(text) <= 262_144,
    'Member must have length less than or equal to 262144',
  );
export const includedData = z.enum(['ALL_DATA', 'METADATA_ONLY']).optional();
export const publishing = {
  publish: z.boolean().optional(),
  versionDescription: description.optional(),
};
export const paging = {
  maxResults: z.number().int().min(0).max(1000).optional(),
  nextToken: z.string().min(1).max(1024).optional(),
};
export const machineArn = z.object({ stateMachineArn: arn });
export const tagList = z.array(
  z.object({
    key: z.string().min(1).max(128),
    value: z.string().max(256).optional(),
  }),
);

/** The wire has seconds. */
export function seconds(ms: number): number {
  return ms / 1000;
}

export function size(asked: number | undefined, usual: number): number {
  return asked === undefined || asked === 0 ? usual : asked;
}

export function paged<T>(
  all: readonly T[],
  request: { readonly maxResults?: number | undefined; readonly nextToken?: string | undefined },
): { items: readonly T[]; nextToken: object } {
  const from = readToken(request.nextToken, z.number()) ?? 0;
  const to = from + size(request.maxResults, 100);
  return {
    items: all.slice(from, to),
    nextToken: to < all.length ? { nextToken: makeToken(to) } : {},
  };
}

export function makeToken(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64');
}

/** @throws ServiceError InvalidToken */
export function readToken<T>(token: string | undefined, schema: z.ZodType<T>): T | undefined {
  if (token === undefined) return undefined;
  try {
    return schema.parse(JSON.parse(Buffer.from(token, 'base64').toString()));
  } catch {
    throw new ServiceError('InvalidToken', "Invalid Token: 'Invalid token'");
  }
}

/** The fields that are there. */
export function defined<T extends object>(
  fields: T,
): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const kept: { [K in keyof T]?: Exclude<T[K], undefined> } = {};
  for (const [key, value] of Object.entries(fields))
    if (value !== undefined) Object.assign(kept, { [key]: value });
  return kept;
}
