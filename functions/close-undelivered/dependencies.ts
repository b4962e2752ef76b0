import { SQSClient } from '@aws-sdk/client-sqs';
import { createSql } from '../../adapters/postgres/client.ts';
import { createUndeliveredStore } from '../../adapters/postgres/undelivered-store.ts';
import { queueNudge } from '../../adapters/sqs/nudge.ts';
import type { UndeliveredStore } from '../../domain/delivery/ports.ts';
import type { Nudge } from '../../domain/orders/ports.ts';
import { awsClient } from '../shared/aws.ts';
import { databaseConnection } from '../shared/database.ts';
import { forgiving } from '../shared/nudge.ts';
import { environment } from './env.ts';

export interface Dependencies {
  readonly orders: Pick<UndeliveredStore, 'closeUndelivered'>;
  readonly nudge: Pick<Nudge, 'outbox'>;
}

export function dependencies(): Dependencies {
  const env = environment();
  const sqs = new SQSClient(awsClient);
  return {
    orders: createUndeliveredStore(createSql(databaseConnection(env))),
    nudge: {
      outbox: forgiving('outbox', queueNudge(sqs, env.OUTBOX_NUDGE_QUEUE_URL)),
    },
  };
}
