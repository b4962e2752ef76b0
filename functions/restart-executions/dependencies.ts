import { createSql } from '../../adapters/postgres/client.ts';
import { createExpiryStore } from '../../adapters/postgres/expiry-store.ts';
import { queueNudge } from '../../adapters/sqs/nudge.ts';
import type { ExpiryStore, Nudge } from '../../domain/orders/ports.ts';
import { awsIdentity } from '../shared/aws.ts';
import { databaseConnection } from '../shared/database.ts';
import { forgiving } from '../shared/nudge.ts';
import { environment } from './env.ts';

export interface Dependencies {
  readonly expiry: Pick<ExpiryStore, 'restartExecutions'>;
  readonly nudge: Pick<Nudge, 'outbox'>;
}

export function dependencies(): Dependencies {
  const env = environment();
  const aws = awsIdentity();
  return {
    expiry: createExpiryStore(createSql(databaseConnection(env))),
    nudge: {
      outbox: forgiving('outbox', queueNudge(aws, env.OUTBOX_NUDGE_QUEUE_URL)),
    },
  };
}
