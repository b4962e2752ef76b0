import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { ZodError } from 'zod';
import { readBody } from '../http.ts';
import type { Api } from './api.ts';
import type { Control } from './control.ts';
import { runCommand } from './control-http.ts';
import { StripeFault } from './errors.ts';
import type { Simulator } from './simulator.ts';
import { challengePage } from './three-d-secure.ts';
import { apiVersion } from './world.ts';

const longestBody = 1_000_000;

/** The simulator's HTTP: the API below /v1, its control below /_control, the bank's page below /_3ds. */
export function makeServer(parts: {
  readonly simulator: Simulator;
  readonly api: Api;
  readonly control: Control;
  readonly idle: () => boolean;
}): Server {
  const server = createServer((request, response) => {
    answer(parts, request, response).catch((error: unknown) => {
      // Nobody listens any more: the caller gave up, or the simulator was closed under a slow request.
      if (response.destroyed) return;
      const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
      console.error(`Stripe simulator: ${request.method} ${request.url}: ${message}`);
      if (!response.headersSent)
        json(response, 500, { error: { type: 'api_error', message: 'The simulator failed.' } });
    });
  });
  server.keepAliveTimeout = 60_000;
  return server;
}

async function answer(
  parts: Parameters<typeof makeServer>[0],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [path = '/', query = ''] = (request.url ?? '/').split('?');
  const method = request.method ?? 'GET';
  const body = (await readBody(request, longestBody))?.toString('utf8');
  if (body === undefined) return json(response, 413, { error: { message: 'Request too large.' } });
  if (path === '/_control/state') return json(response, 200, { idle: parts.idle() });
  if (path.startsWith('/_control/') && method === 'POST')
    return control(parts.control, path.slice('/_control/'.length), body, response);
  if (path.startsWith('/_3ds/')) {
    const page = challengePage(parts.simulator, parts.control, path, new URLSearchParams(query));
    response.writeHead(page.status, page.headers).end(page.body);
    return;
  }
  const outcome = await parts.api.handle({
    method,
    path,
    encoded: [query, body].filter((part) => part !== '').join('&'),
    authorization: request.headers.authorization,
    version: header(request, 'stripe-version'),
    idempotencyKey: header(request, 'idempotency-key'),
  });
  if (outcome === 'silence') return;
  if (outcome === 'reset') {
    request.socket.resetAndDestroy();
    return;
  }
  response
    .writeHead(outcome.status, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(outcome.body),
      'access-control-allow-origin': '*',
      'stripe-version': apiVersion,
      ...outcome.headers,
    })
    .end(outcome.body);
}

function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function control(target: Control, path: string, body: string, response: ServerResponse): void {
  try {
    const order: unknown = body === '' ? {} : JSON.parse(body);
    const done = runCommand(target, path, order);
    if (done === undefined) json(response, 404, { error: { message: `No command ${path}.` } });
    else json(response, 200, done.answer);
  } catch (error) {
    if (error instanceof StripeFault) json(response, error.status, { error: error.body });
    else if (error instanceof ZodError) json(response, 400, { error: { message: error.message } });
    else if (error instanceof SyntaxError) json(response, 400, { error: { message: 'Not JSON.' } });
    else throw error;
  }
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
