import * as z from 'zod';
import { apiOperations } from '../../../domain/api/api.ts';

/** Every method of a fake that a test has not opted into: calling it fails the test. */
export function inert(name: string): () => never {
  return () => {
    throw new Error(`${name} must not be called`);
  };
}

export const context = { getRemainingTimeInMillis: () => 25_000 };

export interface Sent {
  readonly method?: string;
  readonly route: string;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, readonly string[]>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** A string or bytes are sent as they are, all else as JSON. */
  readonly body?: unknown;
  readonly caller?:
    | { readonly sub: string; readonly groups: string; readonly scopes?: string }
    | undefined;
}

/** A REST proxy event as API Gateway makes one. */
export function proxyEvent(sent: Sent): unknown {
  const { body } = sent;
  const path = Object.entries(sent.parameters ?? {}).reduce(
    (route, [name, value]) => route.replace(`{${name}}`, value),
    sent.route,
  );
  const headers = {
    ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    ...sent.headers,
  };
  return {
    resource: sent.route,
    path,
    httpMethod: sent.method ?? 'GET',
    headers,
    multiValueHeaders: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, [value]]),
    ),
    queryStringParameters:
      sent.query === undefined
        ? null
        : Object.fromEntries(Object.entries(sent.query).map(([name, all]) => [name, all.at(-1)])),
    multiValueQueryStringParameters: sent.query ?? null,
    pathParameters: sent.parameters ?? null,
    stageVariables: null,
    body: Buffer.isBuffer(body)
      ? body.toString('base64')
      : body === undefined
        ? null
        : typeof body === 'string'
          ? body
          : JSON.stringify(body),
    isBase64Encoded: Buffer.isBuffer(body),
    requestContext: {
      requestId: 'request-1',
      path: `/staging${path}`,
      stage: 'staging',
      ...(sent.caller === undefined
        ? {}
        : { authorizer: { ...sent.caller, principalId: sent.caller.sub, integrationLatency: 1 } }),
    },
  };
}

const problemSchema = z.looseObject({
  type: z.string().startsWith('urn:kassa:problem:'),
  title: z.string().min(1),
  status: z.int(),
  detail: z.string().min(1),
  instance: z.literal('urn:kassa:request:request-1'),
  errors: z.array(z.strictObject({ pointer: z.string(), message: z.string() })).optional(),
});

/** The answer as a problem: its code, and all members beside. */
export function problemOf(result: {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}) {
  const problem = problemSchema.parse(JSON.parse(result.body));
  if (problem.status !== result.statusCode) throw new Error('status differs from the body’s');
  if (result.headers['content-type'] !== 'application/problem+json') {
    throw new Error(`a problem of type ${result.headers['content-type']}`);
  }
  return { ...problem, code: problem.type.replace('urn:kassa:problem:', '') };
}

/**
 * An answer of ours, held against the API's description: what is documented is what is sent.
 * @throws where it does not fit
 */
export function described<Result extends { readonly statusCode: number; readonly body: string }>(
  sent: Sent,
  result: Result,
): Result {
  if (result.statusCode >= 300) return result;
  const operation = Object.values(apiOperations)
    .flat()
    .find(({ method, path }) => method === (sent.method ?? 'GET') && path === sent.route);
  const schema = operation?.answers[result.statusCode];
  if (schema === undefined) throw new Error(`${sent.route} describes no ${result.statusCode}`);
  schema.parse(JSON.parse(result.body));
  return result;
}

export const orderId = '01900000-0000-7000-8000-000000000001';
export const customer = { sub: 'anna', groups: 'customer' };
export const stranger = { sub: 'mallory', groups: 'customer' };
export const operator = { sub: 'otto', groups: 'operations' };
export const worker = { sub: 'wanda', groups: 'warehouse' };
export const courier = { sub: 'carl', groups: 'courier' };
/** Third parties, by their keys. */
export const partner = { sub: 'partner:acme', groups: '', scopes: 'orders:read,orders:write' };
export const readingPartner = { sub: 'partner:acme', groups: '', scopes: 'orders:read' };
export const writingPartner = { sub: 'partner:acme', groups: '', scopes: 'orders:write' };
