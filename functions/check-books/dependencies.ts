import { createSql } from '../../adapters/postgres/client.ts';
import { createReconcileStore } from '../../adapters/postgres/reconcile-store.ts';
import type { ReconcileStore } from '../../domain/payments/ports.ts';
import { databaseConnection } from '../shared/database.ts';
import { environment } from './env.ts';

export interface Dependencies {
  readonly books: ReconcileStore;
}

export function dependencies(): Dependencies {
  const env = environment();
  return { books: createReconcileStore(createSql(databaseConnection(env))) };
}
