import { SQSClient } from '@aws-sdk/client-sqs';
import { createSql } from '../../adapters/postgres/client.ts';
import { createMailboxStore } from '../../adapters/postgres/mailbox-store.ts';
import { queueNudge } from '../../adapters/sqs/nudge.ts';
import type { MailboxStore, Nudge } from '../../domain/orders/ports.ts';
import { awsClient } from '../shared/aws.ts';
import { databaseConnection } from '../shared/database.ts';
import { forgiving } from '../shared/nudge.ts';
import { environment } from './env.ts';

export interface Dependencies {
  readonly mailbox: Pick<MailboxStore, 'registerToken'>;
  readonly nudge: Pick<Nudge, 'mailbox'>;
}

export function dependencies(): Dependencies {
  const env = environment();
  const sqs = new SQSClient(awsClient);
  return {
    mailbox: createMailboxStore(createSql(databaseConnection(env))),
    nudge: {
      mailbox: forgiving('mailbox', queueNudge(sqs, env.MAILBOX_NUDGE_QUEUE_URL)),
    },
  };
}
