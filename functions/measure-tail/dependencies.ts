import { createSql } from '../../adapters/postgres/client.ts';
import { createExpiryStore } from '../../adapters/postgres/expiry-store.ts';
import type { ExpiryStore } from '../../domain/orders/ports.ts';
import { databaseConnection } from '../shared/database.ts';
import { environment } from './env.ts';

export interface Dependencies {
  readonly expiry: Pick<ExpiryStore, 'measureTail'>;
}

export function dependencies(): Dependencies {
  const env = environment();
  return {
    expiry: createExpiryStore(createSql(databaseConnection(env))),
  };
}
