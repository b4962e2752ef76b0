import * as z from 'zod';
import { StateError } from '../errors.ts';

/** What an SDK's error carries beside name and message. */
const metadata = z.object({
  $metadata: z.object({
    httpStatusCode: z.number().optional(),
    requestId: z.string().optional(),
  }),
});

/** What an integration rejected with, as the task's error: `Service.Name`, unless the name brings its own prefix. */
export function named(thrown: unknown, service: string): StateError {
  if (thrown instanceof StateError) return thrown;
  if (!(thrown instanceof Error)) return new StateError(`${service}.Unknown`, String(thrown));
  const name = thrown.name === 'Error' ? 'SdkClientException' : thrown.name;
  return new StateError(name.includes('.') ? name : `${service}.${name}`, thrown.message);
}

/**
 * The same for `aws-sdk:` resources, whose errors are named after the exceptions of another SDK: they end in
 * `Exception`, faults of a request are the service's own exception, and the cause names service, status and request.
 */
export function sdkError(thrown: unknown, service: string): StateError {
  if (thrown instanceof StateError || !(thrown instanceof Error) || thrown.name.includes('.'))
    return named(thrown, service);
  const own = thrown.name === 'ValidationException' ? `${service}Exception` : thrown.name;
  const { error } = named(Object.assign(new Error(), { name: own }), service);
  const known = metadata.safeParse(thrown);
  const { httpStatusCode = 400, requestId = 'unknown' } = known.data?.$metadata ?? {};
  return new StateError(
    error.endsWith('Exception') ? error : `${error}Exception`,
    `${thrown.message} (Service: ${service}, Status Code: ${httpStatusCode}, Request ID: ${requestId})`,
  );
}
