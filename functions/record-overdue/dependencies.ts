import { createSql } from '../../adapters/postgres/client.ts';
import { createUndeliveredStore } from '../../adapters/postgres/undelivered-store.ts';
import type { UndeliveredStore } from '../../domain/delivery/ports.ts';
import { databaseConnection } from '../shared/database.ts';
import { environment } from './env.ts';

export interface Dependencies {
  readonly orders: Pick<UndeliveredStore, 'recordOverdue'>;
}

export function dependencies(): Dependencies {
  const env = environment();
  return {
    orders: createUndeliveredStore(createSql(databaseConnection(env))),
  };
}
