import type { GatewayResponse } from './definition.ts';

/** The gateway's own answers, as API Gateway words them. */
const defaults = {
  ACCESS_DENIED: [403, 'User is not authorized to access this resource'],
  AUTHORIZER_CONFIGURATION_ERROR: [500, 'Internal server error'],
  AUTHORIZER_FAILURE: [500, 'Internal server error'],
  BAD_REQUEST_BODY: [400, 'Invalid request body'],
  BAD_REQUEST_PARAMETERS: [400, 'Missing required request parameters'],
  INTEGRATION_FAILURE: [502, 'Internal server error'],
  INTEGRATION_TIMEOUT: [504, 'Endpoint request timed out'],
  INVALID_API_KEY: [403, 'Forbidden'],
  MISSING_AUTHENTICATION_TOKEN: [403, 'Missing Authentication Token'],
  QUOTA_EXCEEDED: [429, 'Limit Exceeded'],
  REQUEST_TOO_LARGE: [413, 'Request Too Long'],
  THROTTLED: [429, 'Too Many Requests'],
  UNAUTHORIZED: [401, 'Unauthorized'],
  UNSUPPORTED_MEDIA_TYPE: [415, 'Unsupported Media Type'],
} as const satisfies Record<string, readonly [status: number, message: string]>;

export type GatewayError = keyof typeof defaults;

export interface Rendered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The API's GatewayResponse for this error, or for its DEFAULT_4XX/5XX, or AWS's own words. */
export function gatewayError(
  type: GatewayError,
  responses: ReadonlyMap<string, GatewayResponse>,
  context: {
    readonly requestId: string;
    readonly message?: string;
    readonly validation?: string;
    readonly [variable: string]: string | undefined;
  },
): Rendered {
  const [defaultStatus, defaultMessage] = defaults[type];
  const message = context.message ?? defaultMessage;
  const fallback = defaultStatus >= 500 ? 'DEFAULT_5XX' : 'DEFAULT_4XX';
  const own = responses.get(type) ?? responses.get(fallback);
  const variables: Readonly<Record<string, string | undefined>> = {
    ...context,
    'error.message': message,
    'error.messageString': JSON.stringify(message),
    'error.responseType': type,
    'error.validationErrorString': context.validation ?? '',
    extendedRequestId: context.requestId,
  };
  const template = own?.template ?? `{"${messageKey(type)}":$context.error.messageString}`;
  const fill = (text: string): string =>
    text.replace(
      /\$\{context\.([A-Za-z.]+)\}|\$context\.([A-Za-z]+(?:\.[A-Za-z]+)*)/g,
      (_, braced: string | undefined, bare: string | undefined) =>
        variables[braced ?? bare ?? ''] ?? '',
    );
  const headers: { [name: string]: string } = {
    'content-type': 'application/json',
    'x-amzn-errortype': type,
  };
  for (const [name, value] of Object.entries(own?.headers ?? {})) {
    headers[name.toLowerCase()] = fill(value);
  }
  return { status: own?.status ?? defaultStatus, headers, body: fill(template) };
}

/** AWS writes this one word with a capital in the answer to a denying authorizer. */
function messageKey(type: GatewayError): string {
  return type === 'ACCESS_DENIED' ? 'Message' : 'message';
}
