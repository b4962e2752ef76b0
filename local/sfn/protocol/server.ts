import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Engine } from '../engine.ts';
import { ServiceError } from '../errors.ts';
import { targets } from './targets.ts';

export interface Served {
  readonly url: string;
  close(): Promise<void>;
}

/** A definition of the longest, each of its characters escaped, and what else there may be in a request. */
const bodyLimit = 8 * 1024 * 1024;

/** Speaks the wire protocol of Step Functions (AWS JSON 1.0) on one port. */
export function serve(
  engine: Engine,
  options: { readonly port?: number; readonly host?: string } = {},
): Promise<Served> {
  const host = options.host ?? '127.0.0.1';
  const server = createServer((request, response) => {
    void serveOne(engine, request, response);
  });
  server.keepAliveTimeout = 60_000;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, host, () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      resolve({
        url: `http://${host}:${port}`,
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            server.closeAllConnections();
          }),
      });
    });
  });
}

async function serveOne(
  engine: Engine,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const target = String(request.headers['x-amz-target'] ?? '').replace(/^AWSStepFunctions\./, '');
    const handle = targets[target];
    const text = await read(request);
    if (handle === undefined) throw new ServiceError('UnknownOperationException', unknown(target));
    send(response, 200, await handle(engine, parse(text)));
  } catch (thrown) {
    const answer = failed(thrown);
    send(response, answer.status, answer.body);
  }
}

function unknown(operation: string): string {
  if (/Activit/.test(operation)) return `${operation}: activities are not available here`;
  if (/MapRun/.test(operation)) return `${operation}: distributed Maps are not available here`;
  return `Unknown operation ${operation}`;
}

function parse(text: string): unknown {
  try {
    return text === '' ? {} : JSON.parse(text);
  } catch {
    throw new ServiceError('SerializationException', 'the request is not JSON');
  }
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const part = Buffer.from(chunk);
    size += part.length;
    // What comes after is read and dropped: whoever sends it listens for no answer before.
    if (size <= bodyLimit) chunks.push(part);
  }
  if (size > bodyLimit)
    throw new ServiceError('SerializationException', `a request has at most ${bodyLimit} bytes`);
  return Buffer.concat(chunks).toString();
}

function failed(thrown: unknown): { status: number; body: object } {
  if (thrown instanceof ServiceError)
    return {
      status: 400,
      body: { __type: thrown.code, message: thrown.message, ...thrown.details },
    };
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return { status: 500, body: { __type: 'InternalFailure', message } };
}

function send(response: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/x-amz-json-1.0',
    'content-length': Buffer.byteLength(text),
    'x-amzn-requestid': randomUUID(),
  });
  response.end(text);
}
