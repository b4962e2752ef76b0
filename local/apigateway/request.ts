import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { RestApi, Route } from './definition.ts';

type Many = Readonly<Record<string, readonly string[]>>;
type One = Readonly<Record<string, string>>;

/** A request in the shapes that authorizers and handlers are given (payload format 1.0). */
export interface GatewayRequest {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly headers: One;
  readonly multiValueHeaders: Many;
  /** By lower-case name. */
  header(name: string): string | undefined;
  readonly query: One;
  readonly multiValueQuery: Many;
  readonly sourceIp: string;
  /** Epoch ms on the virtual clock. */
  readonly time: number;
}

export function readRequest(message: IncomingMessage, now: number): GatewayRequest {
  const [rawPath = '/', rawQuery = ''] = split(message.url ?? '/');
  const multiValueHeaders: { [name: string]: string[] } = {};
  for (let at = 0; at + 1 < message.rawHeaders.length; at += 2) {
    add(multiValueHeaders, message.rawHeaders[at] ?? '', message.rawHeaders[at + 1] ?? '');
  }
  const sourceIp = message.socket.remoteAddress ?? '127.0.0.1';
  add(multiValueHeaders, 'X-Forwarded-For', sourceIp);
  add(multiValueHeaders, 'X-Forwarded-Proto', 'http');
  const multiValueQuery: { [name: string]: string[] } = {};
  for (const [name, value] of new URLSearchParams(rawQuery)) add(multiValueQuery, name, value);
  return {
    id: randomUUID(),
    method: message.method ?? 'GET',
    path: rawPath,
    headers: last(multiValueHeaders),
    multiValueHeaders,
    header(name) {
      const value = message.headers[name];
      return Array.isArray(value) ? value.join(',') : value;
    },
    query: last(multiValueQuery),
    multiValueQuery,
    sourceIp,
    time: now,
  };
}

/** `arn:aws:execute-api:<region>:<account>:<api>/<stage>/<METHOD>/<path>`. */
export function methodArn(api: RestApi, request: GatewayRequest): string {
  return `${api.arn}/${api.stage}/${request.method}/${request.path.replace(/^\//, '')}`;
}

/** What authorizers and handlers both see. */
export function commonEvent(
  api: RestApi,
  route: Route,
  request: GatewayRequest,
  parameters: One,
  authorizer: Readonly<Record<string, unknown>> | undefined,
): Readonly<Record<string, unknown>> {
  return {
    resource: route.path,
    path: request.path,
    httpMethod: request.method,
    headers: request.headers,
    multiValueHeaders: request.multiValueHeaders,
    queryStringParameters: orNull(request.query),
    multiValueQueryStringParameters: orNull(request.multiValueQuery),
    pathParameters: orNull(parameters),
    stageVariables: orNull(api.stageVariables),
    requestContext: {
      resourceId: route.path,
      resourcePath: route.path,
      httpMethod: request.method,
      path: `/${api.stage}${request.path}`,
      accountId: api.arn.split(':')[4],
      apiId: api.id,
      stage: api.stage,
      protocol: 'HTTP/1.1',
      domainName: request.header('host') ?? 'localhost',
      domainPrefix: 'localhost',
      requestId: request.id,
      extendedRequestId: request.id,
      requestTime: commonLogTime(request.time),
      requestTimeEpoch: request.time,
      identity: {
        sourceIp: request.sourceIp,
        userAgent: request.header('user-agent') ?? null,
        accessKey: null,
        accountId: null,
        apiKey: null,
        apiKeyId: null,
        caller: null,
        clientCert: null,
        cognitoAuthenticationProvider: null,
        cognitoAuthenticationType: null,
        cognitoIdentityId: null,
        cognitoIdentityPoolId: null,
        principalOrgId: null,
        user: null,
        userArn: null,
      },
      ...(authorizer === undefined ? {} : { authorizer }),
    },
  };
}

/** `09/Apr/2015:12:34:56 +0000`, the common log format. */
function commonLogTime(ms: number): string {
  const [, day, month, year, time] =
    /^\w+, (\d+) (\w+) (\d+) ([\d:]+) GMT$/.exec(new Date(ms).toUTCString()) ?? [];
  return `${day}/${month}/${year}:${time} +0000`;
}

function split(url: string): readonly string[] {
  const mark = url.indexOf('?');
  return mark < 0 ? [url] : [url.slice(0, mark), url.slice(mark + 1)];
}

function add(into: { [name: string]: string[] }, name: string, value: string): void {
  const known = Object.hasOwn(into, name) ? into[name] : undefined;
  if (known === undefined) into[name] = [value];
  else known.push(value);
}

function last(many: Many): One {
  return Object.fromEntries(Object.entries(many).map(([name, all]) => [name, all.at(-1) ?? '']));
}

function orNull<T extends object>(values: T): T | null {
  return Object.keys(values).length === 0 ? null : values;
}
