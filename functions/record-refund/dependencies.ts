import { createSql } from '../../adapters/postgres/client.ts';
import { createRefundStore } from '../../adapters/postgres/refund-store.ts';
import { queueNudge } from '../../adapters/sqs/nudge.ts';
import type { Nudge } from '../../domain/orders/ports.ts';
import type { RefundStore } from '../../domain/payments/ports.ts';
import { awsIdentity } from '../shared/aws.ts';
import { databaseConnection } from '../shared/database.ts';
import { forgiving } from '../shared/nudge.ts';
import { environment } from './env.ts';

export interface Dependencies {
  readonly refunds: Pick<RefundStore, 'recordRefund'>;
  readonly nudge: Pick<Nudge, 'outbox'>;
}

export function dependencies(): Dependencies {
  const env = environment();
  const aws = awsIdentity();
  return {
    refunds: createRefundStore(createSql(databaseConnection(env))),
    nudge: {
      outbox: forgiving('outbox', queueNudge(aws, env.OUTBOX_NUDGE_QUEUE_URL)),
    },
  };
}
