import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { readBody } from '../http.ts';
import { longestPayload } from './functions.ts';
import { type Answer, InvokeRefused } from './spec.ts';

/** The Invoke call of Lambda's wire API, for the SDK and the AWS CLI. */
export function lambdaServer(options: {
  invoke(nameOrArn: string, payload: unknown): Promise<Answer>;
  enqueue(nameOrArn: string, payload: unknown): string;
}): Server {
  return createServer((request, response) => {
    answer(request, response, options).catch((error: unknown) => {
      const refused =
        error instanceof InvokeRefused
          ? error
          : new InvokeRefused('ServiceException', 500, String(error));
      response.writeHead(refused.status, {
        'content-type': 'application/json',
        'x-amzn-errortype': refused.name,
      });
      response.end(JSON.stringify({ Type: 'User', Message: refused.message }));
    });
  });
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: Parameters<typeof lambdaServer>[0],
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://lambda');
  const match = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/.exec(url.pathname);
  if (request.method !== 'POST' || match?.[1] === undefined) {
    throw new InvokeRefused(
      'UnknownOperationException',
      404,
      `${request.method} ${url.pathname} is not emulated`,
    );
  }
  const body = await readBody(request, longestPayload);
  if (body === undefined) {
    throw new InvokeRefused(
      'RequestTooLargeException',
      413,
      'Request must be smaller than 6291456 bytes',
    );
  }
  const payload = parse(body.toString('utf8'));
  const target = decodeURIComponent(match[1]);
  const type = request.headers['x-amz-invocation-type'] ?? 'RequestResponse';
  if (type === 'DryRun') {
    response.writeHead(204).end();
  } else if (type === 'Event') {
    response.writeHead(202, { 'x-amzn-requestid': options.enqueue(target, payload) }).end();
  } else {
    const { payload: result, functionError, requestId } = await options.invoke(target, payload);
    response.writeHead(200, {
      'content-type': 'application/json',
      'x-amzn-requestid': requestId,
      'x-amz-executed-version': '$LATEST',
      ...(functionError === undefined ? {} : { 'x-amz-function-error': functionError }),
    });
    response.end(JSON.stringify(result));
  }
}

function parse(text: string): unknown {
  if (text === '') return {};
  try {
    return JSON.parse(text);
  } catch {
    throw new InvokeRefused(
      'InvalidRequestContentException',
      400,
      'Could not parse request body into json',
    );
  }
}
