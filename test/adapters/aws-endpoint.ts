import { createServer, type IncomingMessage } from 'node:http';
import * as z from 'zod';

export interface Call {
  /** The operation, like `StartExecution`. */
  readonly operation: string;
  readonly body: Record<string, unknown>;
}

/** What an AWS service of the JSON protocols answers; `error` is the error's name. `hangUp` breaks the connection. */
export type Reply =
  | { readonly body: unknown }
  | { readonly status: number; readonly error: string }
  | { readonly hangUp: true };

export interface AwsEndpoint {
  readonly url: string;
  readonly calls: Call[];
  /** How the next calls are answered. */
  reply: (call: Call) => Reply;
  close(): Promise<void>;
}

/** A server that stands in for one AWS service, for clients pointed at it. */
export async function startAwsEndpoint(): Promise<AwsEndpoint> {
  const calls: Call[] = [];
  const server = createServer(async (request, response) => {
    const target = String(request.headers['x-amz-target']);
    const call = { operation: target.split('.')[1] ?? '', body: await bodyOf(request) };
    calls.push(call);
    const reply = endpoint.reply(call);
    if ('hangUp' in reply) {
      request.socket.destroy();
      return;
    }
    const [status, body] =
      'error' in reply
        ? [reply.status, { __type: `com.amazonaws#${reply.error}` }]
        : [200, reply.body];
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = z.object({ port: z.number() }).parse(server.address());
  const endpoint: AwsEndpoint = {
    url: `http://127.0.0.1:${port}`,
    calls,
    reply: () => ({ status: 500, error: 'NotExpected' }),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return endpoint;
}

/** Options of a client that talks to it, once and without waiting. */
export function clientOf(endpoint: AwsEndpoint) {
  return {
    endpoint: endpoint.url,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  } as const;
}

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: string[] = [];
  request.setEncoding('utf8');
  for await (const chunk of request) chunks.push(String(chunk));
  return z.record(z.string(), z.unknown()).parse(JSON.parse(chunks.join('')));
}
