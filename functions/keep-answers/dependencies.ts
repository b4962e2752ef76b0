import { SQSClient } from '@aws-sdk/client-sqs';
import { createSql } from '../../adapters/postgres/client.ts';
import { createSilenceStore } from '../../adapters/postgres/silence-store.ts';
import { createWebhookInbox } from '../../adapters/postgres/webhook-inbox.ts';
import { queueNudge } from '../../adapters/sqs/nudge.ts';
import type { Nudge } from '../../domain/orders/ports.ts';
import type { SilenceStore, WebhookInbox } from '../../domain/payments/ports.ts';
import { awsClient } from '../shared/aws.ts';
import { databaseConnection } from '../shared/database.ts';
import { forgiving } from '../shared/nudge.ts';
import { environment } from './env.ts';

export interface Dependencies {
  readonly inbox: Pick<WebhookInbox, 'keep'>;
  readonly silence: Pick<SilenceStore, 'recordUnpaid'>;
  readonly nudge: Pick<Nudge, 'inbox'>;
}

export function dependencies(): Dependencies {
  const env = environment();
  const sqs = new SQSClient(awsClient);
  const sql = createSql(databaseConnection(env));
  return {
    inbox: createWebhookInbox(sql),
    silence: createSilenceStore(sql),
    nudge: { inbox: forgiving('inbox', queueNudge(sqs, env.INBOX_NUDGE_QUEUE_URL)) },
  };
}
