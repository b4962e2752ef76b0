import { type HttpProblem, problems } from './problems.ts';

export interface ApiResponse {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The answer as API Gateway takes it. */
export interface ProxyResult {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Every answer is somebody's own, and none is a page. */
const fixedHeaders = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=63072000; includeSubDomains',
  'x-content-type-options': 'nosniff',
} as const;

export function render(response: ApiResponse, correlationId: string): ProxyResult {
  return {
    statusCode: response.status,
    headers: {
      'content-type': 'application/json',
      ...fixedHeaders,
      'x-correlation-id': correlationId,
      ...response.headers,
    },
    body: JSON.stringify(response.body),
  };
}

/** @see https://www.rfc-editor.org/rfc/rfc9457 */
export function renderProblem(
  problem: HttpProblem,
  ids: { readonly requestId: string; readonly correlationId: string },
): ProxyResult {
  const { status, title, detail } = problems[problem.code];
  return render(
    {
      status,
      headers: { ...problem.headers, 'content-type': 'application/problem+json' },
      body: {
        type: `urn:kassa:problem:${problem.code}`,
        title,
        status,
        detail,
        instance: `urn:kassa:request:${ids.requestId}`,
        ...(problem.errors === undefined ? {} : { errors: problem.errors }),
        ...problem.extensions,
      },
    },
    ids.correlationId,
  );
}
