import { createCheckoutStore } from '../../adapters/postgres/checkout-store.ts';
import { createSql } from '../../adapters/postgres/client.ts';
import { queueNudge } from '../../adapters/sqs/nudge.ts';
import type { CheckoutStore, Nudge } from '../../domain/orders/ports.ts';
import { awsIdentity } from '../shared/aws.ts';
import { databaseConnection } from '../shared/database.ts';
import { forgiving } from '../shared/nudge.ts';
import { environment } from './env.ts';

export interface Dependencies {
  readonly checkout: Pick<CheckoutStore, 'placeOrder'>;
  readonly nudge: Pick<Nudge, 'outbox'>;
  /** Seconds a customer has to pay. */
  readonly paymentWindow: number;
}

export function dependencies(): Dependencies {
  const env = environment();
  const aws = awsIdentity();
  return {
    checkout: createCheckoutStore(createSql(databaseConnection(env))),
    nudge: {
      outbox: forgiving('outbox', queueNudge(aws, env.OUTBOX_NUDGE_QUEUE_URL)),
    },
    paymentWindow: env.PAYMENT_WINDOW_SECONDS,
  };
}
