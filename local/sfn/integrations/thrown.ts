import * as z from 'zod';
import { StateError } from '../errors.ts';

/** What an SDK's error carries beside name and message. */
const metadata = z.object({
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

/**
 * What an integration rejected with, as the task's error: `Service.CodeException`, with status, code and request in
 * the cause. A name with a dot is taken as it is, and an error without a name of its own never reached the service.
 */
export function named(thrown: unknown, service: string, requestId: string): StateError {
  if (thrown instanceof StateError) return thrown;
  const { prefix, name, general } = services[service] ?? unlisted(service);
  if (!(thrown instanceof Error)) return new StateError(`${prefix}.Unknown`, String(thrown));
  const told = metadata.safeParse(thrown).data?.$metadata;
  const dotted = thrown.name.includes('.');
  if (dotted && told === undefined) return new StateError(thrown.name, thrown.message);
  if (/^(?:Type)?Error$/.test(thrown.name))
    return new StateError(`${prefix}.SdkClientException`, thrown.message);
  const code = dotted ? (thrown.name.split('.').at(-1) ?? '') : thrown.name;
  const shared = common.has(code) || (service === 'dynamodb' && code === 'ValidationException');
  const error = shared ? general : `${code.replace(/Exception$/, '')}Exception`;
  return new StateError(
    dotted && !shared ? thrown.name : `${prefix}.${error}`,
    `${thrown.message} (Service: ${name}; Status Code: ${told?.httpStatusCode ?? 400}; Error Code: ${code}; Request ID: ${told?.requestId ?? requestId}; Proxy: null)`,
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
  if (thrown.name.includes('.')) return new StateError(thrown.name, thrown.message);
  if (/^(?:Type)?Error$/.test(thrown.name))
    return new StateError(`${name}.SdkClientException`, thrown.message);
  const shared = common.has(thrown.name) || thrown.name === 'ValidationException';
  const own = shared ? name : thrown.name.replace(/Exception$/, '');
  const told = metadata.safeParse(thrown).data?.$metadata;
  return new StateError(
    `${name}.${own}Exception`,
    `${thrown.message} (Service: ${name}, Status Code: ${told?.httpStatusCode ?? 400}, Request ID: ${told?.requestId ?? requestId})`,
  );
}
