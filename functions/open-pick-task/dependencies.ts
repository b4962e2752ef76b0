import { SQSClient } from '@aws-sdk/client-sqs';
import { createSql } from '../../adapters/postgres/client.ts';
import { createWarehouseStore } from '../../adapters/postgres/warehouse-store.ts';
import { queueNudge } from '../../adapters/sqs/nudge.ts';
import type { Nudge } from '../../domain/orders/ports.ts';
import type { WarehouseStore } from '../../domain/stock/ports.ts';
import { awsClient } from '../shared/aws.ts';
import { databaseConnection } from '../shared/database.ts';
import { forgiving } from '../shared/nudge.ts';
import { environment } from './env.ts';

export interface Dependencies {
  readonly warehouse: Pick<WarehouseStore, 'openPickTask'>;
  readonly nudge: Pick<Nudge, 'mailbox'>;
}

export function dependencies(): Dependencies {
  const env = environment();
  const sqs = new SQSClient(awsClient);
  return {
    warehouse: createWarehouseStore(createSql(databaseConnection(env))),
    nudge: {
      mailbox: forgiving('mailbox', queueNudge(sqs, env.MAILBOX_NUDGE_QUEUE_URL)),
    },
  };
}
