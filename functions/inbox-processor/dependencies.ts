import { createSql } from '../../adapters/postgres/client.ts';
import { createWebhookInbox } from '../../adapters/postgres/webhook-inbox.ts';
import { queueNudge } from '../../adapters/sqs/nudge.ts';
import type { Nudge } from '../../domain/orders/ports.ts';
import type { WebhookInbox } from '../../domain/payments/ports.ts';
import { awsIdentity } from '../shared/aws.ts';
import { databaseConnection } from '../shared/database.ts';
import { forgiving } from '../shared/nudge.ts';
import { environment } from './env.ts';

export interface Dependencies {
  readonly inbox: WebhookInbox;
  readonly nudge: Pick<Nudge, 'outbox' | 'mailbox'>;
}

export function dependencies(): Dependencies {
  const env = environment();
  const aws = awsIdentity();
  return {
    inbox: createWebhookInbox(createSql(databaseConnection(env))),
    nudge: {
      outbox: forgiving('outbox', queueNudge(aws, env.OUTBOX_NUDGE_QUEUE_URL)),
      mailbox: forgiving('mailbox', queueNudge(aws, env.MAILBOX_NUDGE_QUEUE_URL)),
    },
  };
}
