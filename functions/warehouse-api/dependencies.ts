import { SQSClient } from '@aws-sdk/client-sqs';
import { createCancelStore } from '../../adapters/postgres/cancel-store.ts';
import { createSql } from '../../adapters/postgres/client.ts';
import { createStockStore } from '../../adapters/postgres/stock-store.ts';
import { createWarehouseStore } from '../../adapters/postgres/warehouse-store.ts';
import { queueNudge } from '../../adapters/sqs/nudge.ts';
import type { CancelStore, Nudge } from '../../domain/orders/ports.ts';
import type { StockStore, WarehouseStore } from '../../domain/stock/ports.ts';
import { awsClient } from '../shared/aws.ts';
import { databaseConnection } from '../shared/database.ts';
import { forgiving } from '../shared/nudge.ts';
import { environment } from './env.ts';

export interface Dependencies {
  readonly warehouse: Pick<WarehouseStore, 'tasks' | 'claim' | 'complete'>;
  readonly stock: StockStore;
  readonly cancels: CancelStore;
  readonly nudge: Pick<Nudge, 'outbox' | 'mailbox'>;
}

export function dependencies(): Dependencies {
  const env = environment();
  const sql = createSql(databaseConnection(env));
  const sqs = new SQSClient(awsClient);
  return {
    warehouse: createWarehouseStore(sql),
    stock: createStockStore(sql),
    cancels: createCancelStore(sql),
    nudge: {
      outbox: forgiving('outbox', queueNudge(sqs, env.OUTBOX_NUDGE_QUEUE_URL)),
      mailbox: forgiving('mailbox', queueNudge(sqs, env.MAILBOX_NUDGE_QUEUE_URL)),
    },
  };
}
