import { createSql } from '../../adapters/postgres/client.ts';
import { createHeardStore } from '../../adapters/postgres/heard-store.ts';
import type { HeardStore } from '../../domain/orders/findings.ts';
import { databaseConnection } from '../shared/database.ts';
import { environment } from './env.ts';

export interface Dependencies {
  readonly findings: HeardStore;
}

export function dependencies(): Dependencies {
  const env = environment();
  return { findings: createHeardStore(createSql(databaseConnection(env))) };
}
