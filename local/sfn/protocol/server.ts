import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { z } from 'zod';
import type { Engine } from '../engine.ts';
import { ServiceError } from '../errors.ts';
import { targets } from './targets.ts';

export interface Served {
  readonly url: string;
  close(): Promise<void>;
}

/** Speaks the wire protocol of Step Functions (AWS JSON 1.0) on one port. */
export function serve(
  engine: Engine,
  options: { readonly port?: number; readonly host?: string } = {},
): Promise<Served> {
  const host = options.host ?? '127.0.0.1';
  const server = createServer((request, response) => {
    void answer(engine, request, response);
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

async function answer(
  engine: Engine,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const target = String(request.headers['x-amz-target'] ?? '').replace(/^AWSStepFunctions\./, '');
    const handle = targets[target];
    const text = await read(request);
    if (handle === undefined)
      throw new ServiceError('UnknownOperationException', `Unknown operation ${target}`);
    send(response, 200, await handle(engine, parse(text)));
  } catch (thrown) {
    const { status, body } = failed(thrown);
    send(response, status, body);
  }
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
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}

function failed(thrown: unknown): { status: number; body: object } {
  if (thrown instanceof ServiceError)
    return {
      status: 400,
      body: { __type: thrown.code, message: thrown.message, ...thrown.details },
    };
  if (thrown instanceof z.ZodError) {
    const issue = thrown.issues[0];
    const at = issue?.path.join('.') ?? '';
    return {
      status: 400,
      body: {
        __type: 'ValidationException',
        message: `1 validation error detected: Value at '${at}' failed to satisfy constraint: ${issue?.message ?? ''}`,
      },
    };
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return { status: 500, body: { __type: 'InternalFailure', message } };
}

function send(response: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/x-amz-json-1.0',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}
