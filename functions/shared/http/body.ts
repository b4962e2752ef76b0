import type * as z from 'zod';
import { HttpProblem } from './problems.ts';
import type { ApiRequest } from './request.ts';
import { fieldErrors } from './schema.ts';

/** Bytes. Far above the largest order (50 lines), far below what costs time to parse. */
export const bodyLimit = 64 * 1024;

/**
 * The request's JSON body, fit to its schema.
 * @throws HttpProblem 413, 415, 400 or 422, in this order.
 */
export function readBody<Schema extends z.ZodType>(
  request: ApiRequest,
  schema: Schema,
): z.output<Schema> {
  const parsed = schema.safeParse(readJson(request));
  if (parsed.success) return parsed.data;
  throw new HttpProblem('invalid-request', { errors: fieldErrors(parsed.error, bodyPointer) });
}

/** As `readBody`; a request without a body counts as one with an empty object. */
export function readOptionalBody<Schema extends z.ZodType>(
  request: ApiRequest,
  schema: Schema,
): z.output<Schema> {
  return request.body.length === 0 ? schema.parse({}) : readBody(request, schema);
}

function readJson(request: ApiRequest): unknown {
  if (request.body.length > bodyLimit) {
    throw new HttpProblem('body-too-large', { extensions: { limit: bodyLimit } });
  }
  const encoding = request.headers.get('content-encoding') ?? 'identity';
  if (!isJson(request.headers.get('content-type')) || encoding.toLowerCase() !== 'identity') {
    throw new HttpProblem('unsupported-media-type', { headers: { accept: 'application/json' } });
  }
  const text = decode(request.body);
  try {
    return JSON.parse(text);
  } catch {
    throw new HttpProblem('malformed-json');
  }
}

function isJson(contentType: string | undefined): boolean {
  const [type, ...parameters] = (contentType ?? '').toLowerCase().split(';');
  const charset = parameters
    .map((each) => each.trim())
    .find((each) => each.startsWith('charset='))
    ?.slice('charset='.length)
    .replaceAll('"', '');
  return type?.trim() === 'application/json' && (charset === undefined || charset === 'utf-8');
}

function decode(body: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    throw new HttpProblem('malformed-encoding');
  }
}

function bodyPointer(path: readonly PropertyKey[]): string {
  const parts = path.map((each) => String(each).replaceAll('~', '~0').replaceAll('/', '~1'));
  return ['#', ...parts].join('/');
}
