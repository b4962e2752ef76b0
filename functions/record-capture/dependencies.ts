import { createSql } from '../../adapters/postgres/client.ts';
import { createPaymentStore } from '../../adapters/postgres/payment-store.ts';
import { queueNudge } from '../../adapters/sqs/nudge.ts';
import type { Nudge, PaymentStore } from '../../domain/orders/ports.ts';
import { awsIdentity } from '../shared/aws.ts';
import { databaseConnection } from '../shared/database.ts';
import { forgiving } from '../shared/nudge.ts';
import { environment } from './env.ts';

export interface Dependencies {
  readonly payments: Pick<PaymentStore, 'recordCapture'>;
  readonly nudge: Pick<Nudge, 'outbox'>;
}

export function dependencies(): Dependencies {
  const env = environment();
  const aws = awsIdentity();
  return {
    payments: createPaymentStore(createSql(databaseConnection(env))),
    nudge: {
      outbox: forgiving('outbox', queueNudge(aws, env.OUTBOX_NUDGE_QUEUE_URL)),
    },
  };
}
