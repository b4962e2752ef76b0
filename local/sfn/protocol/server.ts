import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import * as z from 'zod';
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
  let body: unknown;
  try {
    const target = String(request.headers['x-amz-target'] ?? '').replace(/^AWSStepFunctions\./, '');
    const handle = targets[target];
    const text = await read(request);
    if (handle === undefined) throw new ServiceError('UnknownOperationException', unknown(target));
    body = parse(text);
    send(response, 200, await handle(engine, body));
  } catch (thrown) {
    const answer = failed(thrown, body);
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
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}

function failed(thrown: unknown, request: unknown): { status: number; body: object } {
  if (thrown instanceof ServiceError)
    return {
      status: 400,
      body: { __type: thrown.code, message: thrown.message, ...thrown.details },
    };
  if (thrown instanceof z.ZodError)
    return {
      status: 400,
      body: { __type: 'ValidationException', message: constraint(thrown.issues[0], request) },
    };
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return { status: 500, body: { __type: 'InternalFailure', message } };
}

/** A request's fault in AWS's words. */
function constraint(issue: z.core.$ZodIssue | undefined, request: unknown): string {
  const path = issue?.path ?? [];
  // AWS counts a list's members from 1.
  const at = path.map((key) => (typeof key === 'number' ? `${key + 1}.member` : String(key)));
  let value = request;
  for (const key of path)
    value =
      typeof value === 'object' && value !== null
        ? Object.entries(value).find(([name]) => name === String(key))?.[1]
        : undefined;
  const shown =
    typeof value === 'string' || typeof value === 'number' ? `Value '${value}'` : 'Value';
  return `1 validation error detected: ${shown} at '${at.join('.')}' failed to satisfy constraint: ${rule(issue)}`;
}

function rule(issue: z.core.$ZodIssue | undefined): string {
  switch (issue?.code) {
    case 'invalid_value':
      return `Member must satisfy enum value set: [${issue.values.map(String).join(', ')}]`;
    case 'too_big':
      return issue.origin === 'string'
        ? `Member must have length less than or equal to ${issue.maximum}`
        : `Member must have value less than or equal to ${issue.maximum}`;
    case 'too_small':
      return issue.origin === 'string'
        ? `Member must have length greater than or equal to ${issue.minimum}`
        : `Member must have value greater than or equal to ${issue.minimum}`;
    case 'invalid_type':
      return 'Member must not be null';
    default:
      return issue?.message ?? '';
  }
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
