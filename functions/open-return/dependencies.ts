import { createSql } from '../../adapters/postgres/client.ts';
import { createUndeliveredStore } from '../../adapters/postgres/undelivered-store.ts';
import { queueNudge } from '../../adapters/sqs/nudge.ts';
import type { UndeliveredStore } from '../../domain/delivery/ports.ts';
import type { Nudge } from '../../domain/orders/ports.ts';
import { awsIdentity } from '../shared/aws.ts';
import { databaseConnection } from '../shared/database.ts';
import { forgiving } from '../shared/nudge.ts';
import { environment } from './env.ts';

export interface Dependencies {
  readonly orders: Pick<UndeliveredStore, 'openReturn'>;
  readonly nudge: Pick<Nudge, 'mailbox' | 'outbox'>;
}

export function dependencies(): Dependencies {
  const env = environment();
  const aws = awsIdentity();
  return {
    orders: createUndeliveredStore(createSql(databaseConnection(env))),
    nudge: {
      mailbox: forgiving('mailbox', queueNudge(aws, env.MAILBOX_NUDGE_QUEUE_URL)),
      outbox: forgiving('outbox', queueNudge(aws, env.OUTBOX_NUDGE_QUEUE_URL)),
    },
  };
}
