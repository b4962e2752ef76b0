import { SQSClient } from '@aws-sdk/client-sqs';
import { createSql } from '../../adapters/postgres/client.ts';
import { createWatcherStore } from '../../adapters/postgres/watcher-store.ts';
import { queueNudge } from '../../adapters/sqs/nudge.ts';
import type { Nudge } from '../../domain/orders/ports.ts';
import type { WatcherStore } from '../../domain/payments/ports.ts';
import { awsClient } from '../shared/aws.ts';
import { databaseConnection } from '../shared/database.ts';
import { forgiving } from '../shared/nudge.ts';
import { environment } from './env.ts';

export interface Dependencies {
  readonly watcher: Pick<WatcherStore, 'watchAuthorisations'>;
  readonly nudge: Pick<Nudge, 'mailbox' | 'outbox'>;
}

export function dependencies(): Dependencies {
  const env = environment();
  const sqs = new SQSClient(awsClient);
  return {
    watcher: createWatcherStore(createSql(databaseConnection(env))),
    nudge: {
      mailbox: forgiving('mailbox', queueNudge(sqs, env.MAILBOX_NUDGE_QUEUE_URL)),
      outbox: forgiving('outbox', queueNudge(sqs, env.OUTBOX_NUDGE_QUEUE_URL)),
    },
  };
}
