import * as z from 'zod';
import { type Fault, PermanentFault, TransientFault } from '../../domain/shared/errors.ts';

/** What the SDK puts on the errors of every service. */
const serviceErrorSchema = z.object({
  name: z.string(),
  $metadata: z.object({ httpStatusCode: z.int().optional() }),
  $retryable: z.object({}).optional(),
});

const throttled = new Set([
  'ThrottlingException',
  'ThrottledException',
  'Throttling',
  'TooManyRequestsException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'ProvisionedThroughputExceededException',
  'ServiceUnavailable',
  'ServiceUnavailableException',
  'InternalServerError',
  'InternalFailure',
  'RequestTimeout',
  'KmsThrottlingException',
]);

/**
 * The Fault an error of an AWS client is. Without an answer of the service (network, timeout, credentials not to be
 * had just now), with a 5xx or a throttle it is transient; all else will be refused the same way every time.
 */
export function awsFault(operation: string, cause: unknown): Fault {
  const parsed = serviceErrorSchema.safeParse(cause);
  if (!parsed.success) {
    return new TransientFault(`${operation}_unreachable`, 'no answer', { cause });
  }
  const { name, $metadata, $retryable } = parsed.data;
  const status = $metadata.httpStatusCode;
  const transient =
    status === undefined || status >= 500 || status === 429 || $retryable || throttled.has(name);
  return transient
    ? new TransientFault(`${operation}_throttled`, name, { cause })
    : new PermanentFault(`${operation}_refused`, name, { cause });
}
