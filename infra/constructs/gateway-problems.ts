import { ResponseType, type RestApi } from 'aws-cdk-lib/aws-apigateway';
import { type ProblemCode, problems } from '../../domain/shared/problems.ts';

/**
 * What API Gateway answers without asking a function, in the same form and words as the functions' problems. The
 * defaults cover refusals of several statuses, so they name none.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
 */
const gatewayProblems = [
  [ResponseType.UNAUTHORIZED, 'unauthenticated'],
  [ResponseType.ACCESS_DENIED, 'access-denied'],
  [ResponseType.INVALID_API_KEY, 'access-denied'],
  [ResponseType.MISSING_AUTHENTICATION_TOKEN, 'route-not-found'],
  [ResponseType.REQUEST_TOO_LARGE, 'body-too-large'],
  [ResponseType.UNSUPPORTED_MEDIA_TYPE, 'unsupported-media-type'],
  [ResponseType.THROTTLED, 'throttled'],
  [ResponseType.QUOTA_EXCEEDED, 'quota-exceeded'],
  [ResponseType.INTEGRATION_TIMEOUT, 'timed-out'],
] as const satisfies readonly (readonly [ResponseType, ProblemCode])[];

const defaults = [
  [ResponseType.DEFAULT_4XX, 'bad-request'],
  [ResponseType.DEFAULT_5XX, 'internal'],
] as const satisfies readonly (readonly [ResponseType, ProblemCode])[];

/** Bytes; API Gateway's own limit, which is far above the functions'. */
const payloadLimit = 10_485_760;

export function addGatewayProblems(api: RestApi): void {
  for (const [type, code] of gatewayProblems) add(api, type, code, problems[code].status);
  for (const [type, code] of defaults) add(api, type, code, undefined);
}

function add(
  api: RestApi,
  type: ResponseType,
  code: ProblemCode,
  status: number | undefined,
): void {
  const { title, detail } = problems[code];
  api.addGatewayResponse(type.responseType, {
    type,
    ...(status === undefined ? {} : { statusCode: String(status) }),
    responseHeaders: {
      'Content-Type': "'application/problem+json'",
      'Cache-Control': "'no-store'",
      'x-correlation-id': 'context.requestId',
    },
    templates: {
      'application/json': JSON.stringify({
        type: `urn:kassa:problem:${code}`,
        title,
        ...(status === undefined ? {} : { status }),
        detail,
        instance: 'urn:kassa:request:$context.requestId',
        ...(code === 'body-too-large' ? { limit: payloadLimit } : {}),
      }),
    },
  });
}
