import { createCheckoutStore } from '../../adapters/postgres/checkout-store.ts';
import { createSql } from '../../adapters/postgres/client.ts';
import type { CheckoutStore } from '../../domain/orders/ports.ts';
import { databaseConnection } from '../shared/database.ts';
import { environment } from './env.ts';

export interface Dependencies {
  readonly checkout: Pick<CheckoutStore, 'recordIntent'>;
}

export function dependencies(): Dependencies {
  const env = environment();
  return {
    checkout: createCheckoutStore(createSql(databaseConnection(env))),
  };
}
