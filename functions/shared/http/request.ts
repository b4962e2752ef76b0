import * as z from 'zod';
import { correlationIdSchema } from '../../../domain/shared/ids.ts';

const values = z.record(z.string(), z.array(z.string()).nullish()).nullish();
const single = z.record(z.string(), z.string().nullish()).nullish();

/** What is read of API Gateway's REST proxy event (payload format 1.0). */
const proxyEventSchema = z.object({
  httpMethod: z.string(),
  /** The route as the API declares it: `/orders/{orderId}`. */
  resource: z.string(),
  path: z.string(),
  headers: single,
  multiValueHeaders: values,
  pathParameters: single,
  queryStringParameters: single,
  multiValueQueryStringParameters: values,
  body: z.string().nullish(),
  isBase64Encoded: z.boolean().nullish(),
  requestContext: z.object({
    requestId: z.string(),
    /** With the stage, as the client sent it. */
    path: z.string().optional(),
    authorizer: z.record(z.string(), z.unknown()).nullish(),
  }),
});

export interface ApiRequest {
  readonly method: string;
  readonly route: string;
  /** The path the client called, without a slash at its end. */
  readonly path: string;
  readonly pathParameters: ReadonlyMap<string, string>;
  /** Every value of every parameter: a parameter sent twice has two. */
  readonly query: ReadonlyMap<string, readonly string[]>;
  /** By lower-case name; a header sent twice has its values joined with a comma and a space. */
  readonly headers: ReadonlyMap<string, string>;
  /** Bytes as the client sent them; empty where there was no body. */
  readonly body: Buffer;
  readonly authorizer: Readonly<Record<string, unknown>>;
  readonly requestId: string;
  /** The client's own where it sent a well-formed one, else the request's id. */
  readonly correlationId: string;
}

/** Undefined where the event is not API Gateway's. */
export function readRequest(event: unknown): ApiRequest | undefined {
  const parsed = proxyEventSchema.safeParse(event);
  if (!parsed.success) return undefined;
  const { data } = parsed;
  const headers = new Map(
    [...lists(data.multiValueHeaders, data.headers)].map(([name, all]) => [
      name.toLowerCase(),
      all.join(', '),
    ]),
  );
  const path = data.requestContext.path ?? data.path;
  const sentId = correlationIdSchema.safeParse(headers.get('x-correlation-id'));
  return {
    method: data.httpMethod.toUpperCase(),
    route: data.resource,
    path: path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path,
    pathParameters: new Map(
      [...lists(undefined, data.pathParameters)].map(([name, all]) => [name, all[0] ?? '']),
    ),
    query: lists(data.multiValueQueryStringParameters, data.queryStringParameters),
    headers,
    body: Buffer.from(data.body ?? '', data.isBase64Encoded === true ? 'base64' : 'utf8'),
    authorizer: data.requestContext.authorizer ?? {},
    requestId: data.requestContext.requestId,
    correlationId: sentId.success ? sentId.data : data.requestContext.requestId,
  };
}

function lists(
  many: z.infer<typeof values>,
  one: z.infer<typeof single>,
): ReadonlyMap<string, readonly string[]> {
  const all = new Map<string, readonly string[]>();
  for (const [name, value] of Object.entries(one ?? {})) {
    if (typeof value === 'string') all.set(name, [value]);
  }
  for (const [name, list] of Object.entries(many ?? {})) {
    if (list !== null && list !== undefined && list.length > 0) all.set(name, list);
  }
  return all;
}
