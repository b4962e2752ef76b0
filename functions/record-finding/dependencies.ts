import { createSql } from '../../adapters/postgres/client.ts';
import { createFindingStore } from '../../adapters/postgres/finding-store.ts';
import type { FindingStore } from '../../domain/orders/ports.ts';
import { databaseConnection } from '../shared/database.ts';
import { environment } from './env.ts';

export interface Dependencies {
  readonly findings: FindingStore;
}

export function dependencies(): Dependencies {
  const env = environment();
  return {
    findings: createFindingStore(createSql(databaseConnection(env))),
  };
}
