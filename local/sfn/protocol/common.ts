import * as z from 'zod';
import type { Engine } from '../engine.ts';
import { ServiceError } from '../errors.ts';

export type Target = (engine: Engine, body: unknown) => object | Promise<object>;

export function target<T>(
  schema: z.ZodType<T>,
  handle: (engine: Engine, request: T) => object | Promise<object>,
): Target {
  return (engine, body) => handle(engine, schema.parse(body));
}

export const arn = z.string().min(1).max(2000);
export const settings = {
  loggingConfiguration: z.unknown().optional(),
  tracingConfiguration: z.unknown().optional(),
  encryptionConfiguration: z.unknown().optional(),
};
export const paging = {
  maxResults: z.number().int().min(0).max(1000).optional(),
  nextToken: z.string().optional(),
};
export const machineArn = z.object({ stateMachineArn: arn });
export const executionArn = z.object({ executionArn: arn });
export const start = z.object({
  stateMachineArn: arn,
  name: z.string().optional(),
  input: z.string().max(262_144).optional(),
  traceHeader: z.string().max(256).optional(),
});
export const status = z.enum([
  'RUNNING',
  'SUCCEEDED',
  'FAILED',
  'TIMED_OUT',
  'ABORTED',
  'PENDING_REDRIVE',
]);
export const tagList = z.array(z.object({ key: z.string(), value: z.string().optional() }));

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

export function readToken<T>(token: string | undefined, schema: z.ZodType<T>): T | undefined {
  if (token === undefined) return undefined;
  try {
    return schema.parse(JSON.parse(Buffer.from(token, 'base64').toString()));
  } catch {
    throw new ServiceError('InvalidToken', "Invalid Token: 'Invalid token'");
  }
}

export function defined<T extends object>(
  fields: T,
): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const kept: { [K in keyof T]?: Exclude<T[K], undefined> } = {};
  for (const [key, value] of Object.entries(fields))
    if (value !== undefined) Object.assign(kept, { [key]: value });
  return kept;
}
