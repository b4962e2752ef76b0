import { createSql } from '../../adapters/postgres/client.ts';
import { createPaymentStore } from '../../adapters/postgres/payment-store.ts';
import type { PaymentStore } from '../../domain/orders/ports.ts';
import { databaseConnection } from '../shared/database.ts';
import { environment } from './env.ts';

export interface Dependencies {
  readonly payments: Pick<PaymentStore, 'markVoiding'>;
}

export function dependencies(): Dependencies {
  const env = environment();
  return {
    payments: createPaymentStore(createSql(databaseConnection(env))),
  };
}
