import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import * as z from 'zod';
import type { Clock } from '../clock.ts';
import { readBody } from '../http.ts';
import { type Answer, InvokeRefused } from '../lambda/spec.ts';
import { Authorizers } from './authorize.ts';
import type { LambdaIntegration, RestApi, Route } from './definition.ts';
import { Limits } from './limits.ts';
import { commonEvent, type GatewayRequest, readRequest } from './request.ts';
import { type GatewayError, gatewayError, type Rendered } from './responses.ts';
import { Router } from './router.ts';
import { compileValidator, type Validate } from './validate.ts';

/** API Gateway's limit on a request's body. */
const longestBody = 10 * 1024 * 1024;

const HeaderValue = z.union([z.string(), z.number(), z.boolean()]);
/** What a proxy integration must answer; anything else is a 502. */
const ProxyAnswer = z.strictObject({
  statusCode: z.union([z.number().int(), z.string().regex(/^\d{3}$/)]),
  headers: z.record(z.string(), HeaderValue.nullish()).nullish(),
  multiValueHeaders: z.record(z.string(), z.array(HeaderValue)).nullish(),
  body: z.union([z.string(), z.number(), z.boolean()]).nullish(),
  isBase64Encoded: z.boolean().nullish(),
});

interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string | Buffer;
}

export interface RestApiServer {
  readonly server: Server;
  /** Requests not yet answered. */
  readonly pending: number;
}

/** Serves one REST API at the root path (as a custom domain would), without the stage in front. */
export function restApiServer(
  api: RestApi,
  options: {
    readonly clock: Clock;
    invoke(arn: string, payload: unknown): Promise<Answer>;
    /** Told of what goes wrong behind the gateway's back. */
    report?(problem: string): void;
  },
): RestApiServer {
  const router = new Router(api.routes);
  const authorizers = new Authorizers(api, options.clock, options.invoke);
  const limits = new Limits(api.usageKeys, options.clock);
  const validators = new Map<Route, Validate>();
  for (const route of api.routes) {
    if (route.validator !== undefined) {
      validators.set(
        route,
        compileValidator(api, `${route.method} ${route.path}`, route.validator),
      );
    }
  }
  let pending = 0;

  const serve = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const request = readRequest(message, options.clock.now());
    const reply = await answer(message, request);
    const headers: { [name: string]: string | string[] } = { 'x-amzn-requestid': request.id };
    for (const [name, value] of Object.entries(reply.headers)) {
      headers[name.toLowerCase()] = typeof value === 'string' ? value : [...value];
    }
    // Whatever a handler says: the gateway knows the length.
    headers['content-length'] = String(Buffer.byteLength(reply.body));
    response.writeHead(reply.status, headers);
    response.end(request.method === 'HEAD' ? undefined : reply.body);
  };

  const answer = async (message: IncomingMessage, request: GatewayRequest): Promise<Reply> => {
    const refuse = (
      type: GatewayError,
      about: { message?: string; validation?: string } = {},
    ): Rendered => gatewayError(type, api.responses, { requestId: request.id, ...about });
    const body = await readBody(message, longestBody);
    const match = router.find(request.method, request.path);
    if (match === undefined) return refuse('MISSING_AUTHENTICATION_TOKEN');
    if (body === undefined) return refuse('REQUEST_TOO_LARGE');
    const { route, parameters } = match;
    let context: Readonly<Record<string, unknown>> | undefined;
    let apiKey = api.apiKeySource === 'HEADER' ? request.header('x-api-key') : undefined;
    if (route.authorizer !== undefined) {
      const event = commonEvent(api, route, request, parameters, undefined);
      const authorization = await authorizers.authorize(route.authorizer, request, event);
      if (!authorization.allowed) {
        const { error, message: text } = authorization;
        return refuse(error, text === undefined ? {} : { message: text });
      }
      context = authorization.context;
      if (api.apiKeySource === 'AUTHORIZER') apiKey = authorization.apiKey;
    }
    if (route.apiKeyRequired) {
      const admission = limits.admit(apiKey);
      if (!admission.admitted) return refuse(admission.error);
    }
    const binary = isBinary(api, request.header('content-type'));
    const invalid = validators.get(route)?.({
      contentType: (request.header('content-type') ?? 'application/json').split(';')[0] ?? '',
      body: body.toString('utf8'),
      has: (where, name) =>
        (where === 'header'
          ? request.header(name.toLowerCase())
          : where === 'querystring'
            ? request.query[name]
            : parameters[name]) !== undefined,
    });
    if (invalid !== undefined) return refuse(invalid.type, invalid);
    if (route.integration.kind === 'mock') return route.integration;
    const event = {
      ...commonEvent(api, route, request, parameters, context),
      body: body.length === 0 ? null : body.toString(binary ? 'base64' : 'utf8'),
      isBase64Encoded: body.length > 0 && binary,
    };
    const reply = await integrate(route.integration, event);
    return typeof reply === 'string' ? refuse(reply) : reply;
  };

  const integrate = async (
    integration: LambdaIntegration,
    event: unknown,
  ): Promise<Reply | GatewayError> => {
    const late = Promise.withResolvers<'late'>();
    const timer = setTimeout(() => late.resolve('late'), integration.timeoutMs);
    try {
      const result = await Promise.race([
        options.invoke(integration.functionArn, event),
        late.promise,
      ]);
      if (result === 'late') return 'INTEGRATION_TIMEOUT';
      if (result.functionError !== undefined) {
        options.report?.(`${integration.functionArn}: ${JSON.stringify(result.payload)}`);
        return 'INTEGRATION_FAILURE';
      }
      const proxy = ProxyAnswer.safeParse(result.payload);
      if (proxy.success) return proxyReply(proxy.data);
      options.report?.(
        `${integration.functionArn}: malformed proxy response: ${z.prettifyError(proxy.error)}`,
      );
      return 'INTEGRATION_FAILURE';
    } catch (error) {
      if (!(error instanceof InvokeRefused)) throw error;
      options.report?.(`${integration.functionArn}: ${error.message}`);
      return error.status === 413 ? 'REQUEST_TOO_LARGE' : 'INTEGRATION_FAILURE';
    } finally {
      clearTimeout(timer);
    }
  };

  const server = createServer((message, response) => {
    pending += 1;
    serve(message, response)
      .catch((error: unknown) => {
        options.report?.(`${message.method} ${message.url}: ${String(error)}`);
        if (!response.headersSent) {
          response.writeHead(500, { 'content-type': 'application/json' });
        }
        response.end('{"message": "Internal server error"}');
      })
      .finally(() => {
        pending -= 1;
      });
  });
  server.keepAliveTimeout = 60_000;
  return {
    server,
    get pending() {
      return pending;
    },
  };
}

function proxyReply(answer: z.infer<typeof ProxyAnswer>): Reply {
  const headers: { [name: string]: string | readonly string[] } = {
    'content-type': 'application/json',
  };
  for (const [name, value] of Object.entries(answer.headers ?? {})) {
    if (value !== null && value !== undefined) headers[name.toLowerCase()] = String(value);
  }
  for (const [name, values] of Object.entries(answer.multiValueHeaders ?? {})) {
    headers[name.toLowerCase()] = values.map(String);
  }
  const body = String(answer.body ?? '');
  return {
    status: Number(answer.statusCode),
    headers,
    body: answer.isBase64Encoded === true ? Buffer.from(body, 'base64') : body,
  };
}

function isBinary(api: RestApi, contentType: string | undefined): boolean {
  const type = contentType?.split(';')[0]?.trim() ?? '';
  return api.binaryMediaTypes.some(
    (one) =>
      one === '*/*' || one === type || (one.endsWith('/*') && type.startsWith(one.slice(0, -1))),
  );
}
