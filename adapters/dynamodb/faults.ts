import { DynamoDBServiceException } from '@aws-sdk/client-dynamodb';
import { Fault, PermanentFault, TransientFault } from '../../domain/shared/errors.ts';

/**
 * What DynamoDB refuses for good. All else (throttling, its own failures, the network, timeouts) may be tried
 * again: every write here is conditional, or writes what stands there, so one that did take effect does so once.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
 */
const permanent: ReadonlySet<string> = new Set([
  'AccessDeniedException',
  'IncompleteSignatureException',
  'ItemCollectionSizeLimitExceededException',
  'MissingAuthenticationTokenException',
  'ResourceNotFoundException',
  'UnrecognizedClientException',
  'ValidationException',
]);

/** Runs a call to DynamoDB; what it throws is a Fault. */
export async function withFaults<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    if (cause instanceof Fault) throw cause;
    const name = cause instanceof Error ? cause.name : 'unknown';
    if (cause instanceof DynamoDBServiceException && permanent.has(name)) {
      throw new PermanentFault('dynamodb_refused', name, { cause });
    }
    throw new TransientFault('dynamodb_unavailable', name, { cause });
  }
}
