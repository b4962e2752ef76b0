import {
  IdempotencyAlreadyInProgressError,
  IdempotencyConfig,
  IdempotencyPersistenceLayerError,
  makeIdempotent,
} from '@aws-lambda-powertools/idempotency';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { NotYetFault, TransientFault } from '../../domain/shared/errors.ts';

type LambdaContext = Parameters<IdempotencyConfig['registerLambdaContext']>[0];

/** Powertools reads only the remaining time, but asks for a whole context. */
const emptyContext: LambdaContext = {
  callbackWaitsForEmptyEventLoop: false,
  functionName: '',
  functionVersion: '',
  invokedFunctionArn: '',
  memoryLimitInMB: '',
  awsRequestId: '',
  logGroupName: '',
  logStreamName: '',
  getRemainingTimeInMillis: () => 0,
  done: () => undefined,
  fail: () => undefined,
  succeed: () => undefined,
};

/** Runs a command once per key for a day; answers again what it answered, as plain JSON. */
export type CommandOnce = (
  key: Readonly<Record<string, string>>,
  /** Milliseconds after which a worker that holds the key is given up. */
  remaining: number,
  run: () => Promise<unknown>,
) => Promise<unknown>;

/**
 * Powertools Idempotency over DynamoDB. A command that throws is not kept, so only what was done is answered again.
 * @throws NotYetFault `command_in_progress`, TransientFault `idempotency_unavailable`, and what the command throws
 */
export function createCommandOnce(client: DynamoDBClient, tableName: string): CommandOnce {
  const persistenceStore = new DynamoDBPersistenceLayer({ tableName, awsSdkV3Client: client });
  return async (key, remaining, run) => {
    const config = new IdempotencyConfig({
      expiresAfterSeconds: 24 * 3600,
      throwOnNoIdempotencyKey: true,
      hashFunction: 'sha256',
    });
    config.registerLambdaContext({ ...emptyContext, getRemainingTimeInMillis: () => remaining });
    const idempotent = makeIdempotent(async (_key: Readonly<Record<string, string>>) => run(), {
      persistenceStore,
      config,
      keyPrefix: 'command',
    });
    try {
      return await idempotent(key);
    } catch (cause) {
      if (cause instanceof IdempotencyAlreadyInProgressError) {
        throw new NotYetFault('command_in_progress', 'another worker carries it out', { cause });
      }
      if (cause instanceof IdempotencyPersistenceLayerError) {
        throw new TransientFault('idempotency_unavailable', cause.name, { cause });
      }
      throw cause;
    }
  };
}
