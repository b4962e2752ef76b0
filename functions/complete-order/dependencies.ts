import { SQSClient } from '@aws-sdk/client-sqs';
import { createSql } from '../../adapters/postgres/client.ts';
import { createFulfilmentStore } from '../../adapters/postgres/fulfilment-store.ts';
import { queueNudge } from '../../adapters/sqs/nudge.ts';
import type { FulfilmentStore, Nudge } from '../../domain/orders/ports.ts';
import { awsClient } from '../shared/aws.ts';
import { databaseConnection } from '../shared/database.ts';
import { forgiving } from '../shared/nudge.ts';
import { environment } from './env.ts';

export interface Dependencies {
  readonly fulfilment: FulfilmentStore;
  readonly nudge: Pick<Nudge, 'outbox'>;
}

export function dependencies(): Dependencies {
  const env = environment();
  const sqs = new SQSClient(awsClient);
  return {
    fulfilment: createFulfilmentStore(createSql(databaseConnection(env))),
    nudge: {
      outbox: forgiving('outbox', queueNudge(sqs, env.OUTBOX_NUDGE_QUEUE_URL)),
    },
  };
}
