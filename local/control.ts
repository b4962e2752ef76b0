import { createServer, type IncomingMessage, type Server } from 'node:http';
import * as z from 'zod';
import { readBody } from './http.ts';

const Advance = z.strictObject({
  seconds: z
    .number()
    .min(0)
    .max(400 * 24 * 3600),
});

/**
 * For the developer, on the loopback: `GET /clock`, `POST /clock/advance {"seconds": n}`, `GET /status`,
 * `GET /addresses`, `GET /token/<group>/<sub>`.
 * Whatever else is asked of it is an SDK call for a service the laptop does not have, and says so.
 */
export function controlServer(options: {
  now(): number;
  offset(): number;
  advance(ms: number): Promise<void>;
  status(): Promise<unknown>;
  /** An access token, as text that a shell can take. */
  token(sub: string, group: string): string;
  /** Where everything listens, for programs such as the demo. */
  addresses(): unknown;
}): Server {
  const clock = () => ({
    now: new Date(options.now()).toISOString(),
    offsetSeconds: options.offset() / 1000,
  });
  const answer = async (request: IncomingMessage): Promise<readonly [number, unknown]> => {
    const route = `${request.method} ${request.url}`;
    if (route === 'GET /clock') return [200, clock()];
    if (route === 'GET /status') return [200, await options.status()];
    if (route === 'GET /addresses') return [200, options.addresses()];
    if (route === 'POST /clock/advance') {
      const body = await readBody(request, 1024);
      const parsed = Advance.safeParse(json(body?.toString() ?? ''));
      if (!parsed.success) return [400, { message: z.prettifyError(parsed.error) }];
      await options.advance(parsed.data.seconds * 1000);
      return [200, clock()];
    }
    const who = /^GET \/token\/([a-z]+)\/([A-Za-z0-9._-]{1,128})$/.exec(route);
    if (who?.[1] !== undefined && who[2] !== undefined) {
      return [200, options.token(who[2], who[1])];
    }
    const target = request.headers['x-amz-target'] ?? request.url;
    return [
      501,
      { __type: 'NotEmulated', message: `${String(target)}: the laptop has no such service` },
    ];
  };
  return createServer((request, response) => {
    answer(request)
      .catch((error: unknown): readonly [number, unknown] => [500, { message: String(error) }])
      .then(([status, body]) => {
        const text = typeof body === 'string' ? body : JSON.stringify(body);
        const type = typeof body === 'string' ? 'text/plain' : 'application/json';
        response.writeHead(status, { 'content-type': type });
        response.end(`${text}\n`);
      })
      .catch(() => response.destroy());
  });
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
