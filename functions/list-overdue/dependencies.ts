import { createSql } from '../../adapters/postgres/client.ts';
import { createSilenceStore } from '../../adapters/postgres/silence-store.ts';
import type { SilenceStore } from '../../domain/payments/ports.ts';
import { databaseConnection } from '../shared/database.ts';
import { environment } from './env.ts';

export interface Dependencies {
  readonly silence: Pick<SilenceStore, 'overdueIntents'>;
}

export function dependencies(): Dependencies {
  const env = environment();
  return {
    silence: createSilenceStore(createSql(databaseConnection(env))),
  };
}
