import type { Context } from './context.ts';
import { type DynamoDb, startDynamoDb } from './services/dynamodb.ts';
import { type Postgres, startPostgres } from './services/postgres.ts';

/** The databases, which need no assembly and take the longest: they start while it is being made. */
export function startData(
  context: Context,
): Promise<readonly [postgres: Postgres, dynamodb: DynamoDb]> {
  const { state, clock, defer } = context;
  const endpoint = process.env['DYNAMODB_ENDPOINT'];
  const postgres = context.open('postgres', (port) =>
    startPostgres({ dir: state.directory, port }),
  );
  const dynamodb = context.open('dynamodb', (port) =>
    startDynamoDb({
      dir: state.directory,
      clock,
      port,
      ...(endpoint === undefined ? {} : { endpoint }),
    }),
  );
  for (const starting of [postgres, dynamodb]) {
    // One that failed is reported by whoever awaits it, and has nothing to close.
    defer(() => starting.then((one) => one.close()).catch(() => undefined));
  }
  const both = Promise.all([postgres, dynamodb]);
  both.catch(() => undefined);
  return both;
}
