import * as z from 'zod';
import { StateError } from '../errors.ts';

/** What an SDK's error carries beside name and message. */
const metadata = z.object({
  /** The code of the service's older protocol, where it has one. */
  queryCode: z.string().optional(),
  $metadata: z.object({
    httpStatusCode: z.number().optional(),
    requestId: z.string().optional(),
  }),
});

interface Service {
  /** Opens the error's name. */
  readonly prefix: string;
  /** As the cause names the service. */
  readonly name: string;
  /** The error of whatever the service's API has no exception of its own for. */
  readonly general: string;
}

/** The services with an integration of their own, as the older Java SDK behind them names things. */
const services: Readonly<Record<string, Service>> = {
  lambda: { prefix: 'Lambda', name: 'AWSLambda', general: 'AWSLambdaException' },
  sqs: { prefix: 'SQS', name: 'AmazonSQS', general: 'AmazonSQSException' },
  sns: { prefix: 'SNS', name: 'AmazonSNS', general: 'AmazonSNSException' },
  events: {
    prefix: 'EventBridge',
    name: 'AmazonEventBridge',
    general: 'AmazonEventBridgeException',
  },
  dynamodb: {
    prefix: 'DynamoDB',
    name: 'AmazonDynamoDBv2',
    general: 'AmazonDynamoDBException',
  },
  states: {
    prefix: 'StepFunctions',
    name: 'AWSStepFunctions',
    general: 'AWSStepFunctionsException',
  },
};

/** Codes that no service's API lists among its own errors. */
const common = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'InvalidParameterValue',
  'MissingParameter',
  'UnrecognizedClientException',
  'ValidationError',
]);

/** SQS speaks JSON now; the code in the cause is still that of its query protocol. */
const queryCodes: Readonly<Record<string, string>> = {
  QueueDoesNotExist: 'AWS.SimpleQueueService.NonExistentQueue',
  UnsupportedOperation: 'AWS.SimpleQueueService.UnsupportedOperation',
};

const oldCodes = new Map(Object.entries(queryCodes).map(([name, code]) => [code, name]));

function exceptionOf(name: string): string {
  return oldCodes.get(name) ?? name.split('.').at(-1) ?? '';
}

/**
 * What an integration rejected with, as the task's error: `Service.CodeException`, with status, code and request in
 * the cause. A name with a dot is taken as it is, and an error without a name of its own never reached the service.
 */
export function named(thrown: unknown, service: string, requestId: string): StateError {
  if (thrown instanceof StateError) return thrown;
  const { prefix, name, general } = services[service] ?? unlisted(service);
  if (!(thrown instanceof Error)) return new StateError(`${prefix}.Unknown`, String(thrown));
  const told = metadata.safeParse(thrown).data;
  const dotted = thrown.name.includes('.');
  if (dotted && told === undefined) return new StateError(thrown.name, thrown.message);
  if (/^(?:Type)?Error$/.test(thrown.name))
    return new StateError(`${prefix}.SdkClientException`, thrown.message);
  const code = exceptionOf(thrown.name);
  const shared = common.has(code) || (service === 'dynamodb' && code === 'ValidationException');
  const error = shared ? general : `${code.replace(/Exception$/, '')}Exception`;
  return new StateError(
    dotted && !shared && !oldCodes.has(thrown.name) ? thrown.name : `${prefix}.${error}`,
    `${thrown.message} (Service: ${name}; Status Code: ${told?.$metadata.httpStatusCode ?? 400}; Error Code: ${told?.queryCode ?? queryCodes[code] ?? code}; Request ID: ${told?.$metadata.requestId ?? requestId}; Proxy: null)`,
  );
}

function unlisted(service: string): Service {
  const prefix = service.charAt(0).toUpperCase() + service.slice(1);
  return { prefix, name: `Amazon${prefix}`, general: `Amazon${prefix}Exception` };
}

const sdkNames: Readonly<Record<string, string>> = {
  dynamodb: 'DynamoDb',
  eventbridge: 'EventBridge',
  secretsmanager: 'SecretsManager',
};

/**
 * The same for `aws-sdk:` resources, whose errors are named after the exceptions of another SDK: they end in
 * `Exception`, faults of a request are the service's own exception, and the cause names service, status and request.
 */
export function sdkError(thrown: unknown, service: string, requestId: string): StateError {
  if (thrown instanceof StateError) return thrown;
  const name = sdkNames[service] ?? service.charAt(0).toUpperCase() + service.slice(1);
  if (!(thrown instanceof Error)) return new StateError(`${name}.Unknown`, String(thrown));
  const code = oldCodes.get(thrown.name) ?? thrown.name;
  if (code.includes('.')) return new StateError(code, thrown.message);
  if (/^(?:Type)?Error$/.test(code))
    return new StateError(`${name}.SdkClientException`, thrown.message);
  const shared = common.has(code) || code === 'ValidationException';
  const own = shared ? name : code.replace(/Exception$/, '');
  const told = metadata.safeParse(thrown).data?.$metadata;
  return new StateError(
    `${name}.${own}Exception`,
    `${thrown.message} (Service: ${name}, Status Code: ${told?.httpStatusCode ?? 400}, Request ID: ${told?.requestId ?? requestId})`,
  );
}

/** What a function gave that is no result and does not say which error it is. */
export function unknownError(payload: string): StateError {
  return new StateError(
    'Lambda.Unknown',
    `The cause could not be determined because Lambda did not return an error type. Returned payload: ${payload}`,
  );
}
