import { SQSClient } from '@aws-sdk/client-sqs';
import { createSql } from '../../adapters/postgres/client.ts';
import { createWebhookInbox } from '../../adapters/postgres/webhook-inbox.ts';
import { queueNudge } from '../../adapters/sqs/nudge.ts';
import type { Nudge } from '../../domain/orders/ports.ts';
import type { WebhookInbox } from '../../domain/payments/ports.ts';
import { awsClient } from '../shared/aws.ts';
import { databaseConnection } from '../shared/database.ts';
import { forgiving } from '../shared/nudge.ts';
import { environment } from './env.ts';

export interface Dependencies {
  readonly inbox: WebhookInbox;
  readonly nudge: Pick<Nudge, 'outbox' | 'mailbox'>;
}

export function dependencies(): Dependencies {
  const env = environment();
  const sqs = new SQSClient(awsClient);
  return {
    inbox: createWebhookInbox(createSql(databaseConnection(env))),
    nudge: {
      outbox: forgiving('outbox', queueNudge(sqs, env.OUTBOX_NUDGE_QUEUE_URL)),
      mailbox: forgiving('mailbox', queueNudge(sqs, env.MAILBOX_NUDGE_QUEUE_URL)),
    },
  };
}
