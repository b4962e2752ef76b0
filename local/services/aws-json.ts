import { randomUUID } from 'node:crypto';
import { createServer, type Server, type ServerResponse } from 'node:http';
import * as z from 'zod';
import { readBody } from '../http.ts';

/** An error as AWS names it; clients see `name` and `message`. */
export class ServiceError extends Error {
  readonly status: number;
  /** The older name that Query-protocol clients of SQS know. */
  readonly queryName: string | undefined;
  constructor(name: string, message: string, status = 400, queryName?: string) {
    super(message);
    this.name = name;
    this.status = status;
    this.queryName = queryName;
  }
}

export type Operation = (input: unknown) => unknown;

const longestBody = 2 * 1024 * 1024;

/**
 * AWS JSON over HTTP: `X-Amz-Target: <prefix>.<Operation>`, the input as body, the answer as body.
 * Signatures are not looked at. A zod error answers as ValidationException.
 */
export function awsJsonServer(options: {
  readonly prefix: string;
  readonly version: '1.0' | '1.1';
  readonly operations: Readonly<Record<string, Operation>>;
}): Server {
  const contentType = `application/x-amz-json-${options.version}`;
  const answer = (
    response: ServerResponse,
    status: number,
    body: unknown,
    error?: ServiceError,
  ) => {
    const text = JSON.stringify(body ?? {});
    response.writeHead(status, {
      'content-type': contentType,
      'content-length': Buffer.byteLength(text),
      'x-amzn-requestid': randomUUID(),
      ...(error?.queryName === undefined
        ? {}
        : { 'x-amzn-query-error': `${error.queryName};Sender` }),
    });
    response.end(text);
  };
  const refuse = (response: ServerResponse, thrown: unknown) => {
    const error =
      thrown instanceof ServiceError
        ? thrown
        : thrown instanceof z.ZodError
          ? new ServiceError('ValidationException', z.prettifyError(thrown))
          : new ServiceError('InternalFailure', String(thrown), 500);
    answer(response, error.status, { __type: error.name, message: error.message }, error);
  };
  const server = createServer((request, response) => {
    const target = String(request.headers['x-amz-target'] ?? '');
    const name = target.startsWith(`${options.prefix}.`)
      ? target.slice(options.prefix.length + 1)
      : '';
    readBody(request, longestBody)
      .then(async (body) => {
        const operation = Object.hasOwn(options.operations, name)
          ? options.operations[name]
          : undefined;
        if (operation === undefined) {
          throw new ServiceError('UnknownOperationException', `${target} is not known locally`);
        }
        if (body === undefined) {
          throw new ServiceError('RequestEntityTooLargeException', 'The request is too long', 413);
        }
        answer(response, 200, await operation(parse(body.toString('utf8'))));
      })
      .catch((error: unknown) => refuse(response, error));
  });
  server.keepAliveTimeout = 60_000;
  return server;
}

function parse(text: string): unknown {
  if (text === '') return {};
  try {
    return JSON.parse(text);
  } catch {
    throw new ServiceError('SerializationException', 'The body is not JSON');
  }
}
