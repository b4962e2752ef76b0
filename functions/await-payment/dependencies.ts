import { createSql } from '../../adapters/postgres/client.ts';
import { createMailboxStore } from '../../adapters/postgres/mailbox-store.ts';
import { queueNudge } from '../../adapters/sqs/nudge.ts';
import type { MailboxStore, Nudge } from '../../domain/orders/ports.ts';
import { awsIdentity } from '../shared/aws.ts';
import { databaseConnection } from '../shared/database.ts';
import { forgiving } from '../shared/nudge.ts';
import { environment } from './env.ts';

export interface Dependencies {
  readonly mailbox: Pick<MailboxStore, 'registerToken'>;
  readonly nudge: Pick<Nudge, 'mailbox'>;
}

export function dependencies(): Dependencies {
  const env = environment();
  const aws = awsIdentity();
  return {
    mailbox: createMailboxStore(createSql(databaseConnection(env))),
    nudge: {
      mailbox: forgiving('mailbox', queueNudge(aws, env.MAILBOX_NUDGE_QUEUE_URL)),
    },
  };
}
