import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { createSql } from '../../adapters/postgres/client.ts';
import { createWebhookInbox } from '../../adapters/postgres/webhook-inbox.ts';
import { readSecret } from '../../adapters/secrets/secret.ts';
import { queueNudge } from '../../adapters/sqs/nudge.ts';
import { readWebhook, type WebhookReading } from '../../adapters/stripe/webhook.ts';
import type { Nudge } from '../../domain/orders/ports.ts';
import type { WebhookInbox } from '../../domain/payments/ports.ts';
import { awsClient } from '../shared/aws.ts';
import { databaseConnection } from '../shared/database.ts';
import { forgiving } from '../shared/nudge.ts';
import { environment } from './env.ts';
import { renewed } from './renewed.ts';

export interface Dependencies {
  readonly read: (payload: Buffer, signature: string, secret: string, now: Date) => WebhookReading;
  readonly signingSecret: (now: Date) => Promise<string>;
  readonly inbox: Pick<WebhookInbox, 'keep'>;
  readonly nudge: Pick<Nudge, 'inbox'>;
}

const secretSchema = z.object({ signingSecret: z.string().min(1) });

export function dependencies(): Dependencies {
  const env = environment();
  const secrets = new SecretsManagerClient(awsClient);
  const sqs = new SQSClient(awsClient);
  return {
    read: readWebhook,
    signingSecret: renewed(async () => {
      const secret = await readSecret(secrets, env.STRIPE_WEBHOOK_SECRET_ARN, secretSchema);
      return secret.signingSecret;
    }),
    inbox: createWebhookInbox(createSql(databaseConnection(env))),
    nudge: { inbox: forgiving('inbox', queueNudge(sqs, env.INBOX_NUDGE_QUEUE_URL)) },
  };
}
