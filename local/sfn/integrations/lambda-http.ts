import * as z from 'zod';
import { type Json, parseJson } from '../json.ts';
import type { Integrations } from './integrations.ts';
import { unknownError } from './thrown.ts';

const problem = z.object({ message: z.string().optional(), Message: z.string().optional() });

/** Invokes functions over Lambda's own HTTP API, wherever it is served. */
export function lambdaOver(endpoint: string): NonNullable<Integrations['invokeLambda']> {
  return async (functionName, payload, { signal }, type) => {
    const response = await fetch(`${endpoint.replace(/\/$/, '')}${pathOf(functionName)}`, {
      method: 'POST',
      body: JSON.stringify(payload),
      headers: { 'content-type': 'application/json', 'x-amz-invocation-type': type },
      signal,
    });
    const text = await response.text();
    if (!response.ok) throw refused(response, text);
    return {
      payload: text === '' ? null : payloadIn(text),
      text: text === '' ? undefined : text,
      functionError: response.headers.get('x-amz-function-error') ?? undefined,
      executedVersion: response.headers.get('x-amz-executed-version') ?? undefined,
    };
  };
}

const qualified = /^((?:.*:function:)?[\w-]+):([\w$-]+)$/;

/** The qualifier stands in the query, as SDKs send it. */
function pathOf(functionName: string): string {
  const [, name = functionName, qualifier] = qualified.exec(functionName) ?? [];
  const query = qualifier === undefined ? '' : `?Qualifier=${encodeURIComponent(qualifier)}`;
  return `/2015-03-31/functions/${encodeURIComponent(name)}/invocations${query}`;
}

function payloadIn(text: string): Json {
  try {
    return parseJson(text);
  } catch {
    throw unknownError(text);
  }
}

/** What a status alone says. */
const exceptions: Readonly<Record<number, string>> = {
  403: 'AccessDeniedException',
  404: 'ResourceNotFoundException',
  413: 'RequestTooLargeException',
  429: 'TooManyRequestsException',
};

function refused(response: Response, text: string): Error {
  const type = response.headers.get('x-amzn-errortype')?.split(':')[0];
  const name = type ?? exceptions[response.status] ?? 'ServiceException';
  return Object.assign(new Error(messageIn(text)), {
    name,
    $metadata: {
      httpStatusCode: response.status,
      requestId: response.headers.get('x-amzn-requestid') ?? undefined,
    },
  });
}

function messageIn(text: string): string {
  try {
    const parsed = problem.parse(JSON.parse(text));
    return parsed.message ?? parsed.Message ?? text;
  } catch {
    return text;
  }
}
