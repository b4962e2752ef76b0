import { createSql } from '../../adapters/postgres/client.ts';
import { createPurgeStore } from '../../adapters/postgres/purge-store.ts';
import type { PurgeStore } from '../../domain/shared/retention.ts';
import { databaseConnection } from '../shared/database.ts';
import { environment } from './env.ts';

export interface Dependencies {
  readonly rows: PurgeStore;
}

export function dependencies(): Dependencies {
  const env = environment();
  return { rows: createPurgeStore(createSql(databaseConnection(env))) };
}
