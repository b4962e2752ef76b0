import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import * as z from 'zod';

export interface Call {
  /** The operation, like `StartExecution`. */
  readonly operation: string;
  readonly body: Record<string, unknown>;
}

/** A call as it came over the wire. */
export interface Wire {
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** What an AWS service of the JSON protocols answers; `error` is the error's name. `hangUp` breaks the connection. */
export type Reply =
  | { readonly body: unknown }
  | { readonly status: number; readonly error: string }
  | { readonly hangUp: true };

export interface AwsEndpoint {
  readonly url: string;
  readonly calls: Call[];
  /** The same calls. */
  readonly wire: Wire[];
  /** How the next calls are answered. */
  reply: (call: Call) => Reply;
  close(): Promise<void>;
}

/** A server that stands in for one AWS service, for clients pointed at it. */
export async function startAwsEndpoint(): Promise<AwsEndpoint> {
  const calls: Call[] = [];
  const wire: Wire[] = [];
  const server = createServer(async (request, response) => {
    const target = String(request.headers['x-amz-target']);
    const text = await textOf(request);
    const body = z.record(z.string(), z.unknown()).parse(JSON.parse(text));
    const call = { operation: target.split('.')[1] ?? '', body };
    calls.push(call);
    wire.push({ headers: request.headers, text });
    const reply = endpoint.reply(call);
    if ('hangUp' in reply) {
      request.socket.destroy();
      return;
    }
    const [status, answer] =
      'error' in reply
        ? [reply.status, { __type: `com.amazonaws#${reply.error}` }]
        : [200, reply.body];
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = z.object({ port: z.number() }).parse(server.address());
  const endpoint: AwsEndpoint = {
    url: `http://127.0.0.1:${port}`,
    ...{ calls, wire },
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

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: string[] = [];
  request.setEncoding('utf8');
  for await (const chunk of request) chunks.push(String(chunk));
  return chunks.join('');
}
