import { SQSClient } from '@aws-sdk/client-sqs';
import { createDocumentClient } from '../../adapters/dynamodb/client.ts';
import { createDeliveryStore } from '../../adapters/dynamodb/deliveries.ts';
import { createCancelRequests } from '../../adapters/postgres/cancel-requests.ts';
import { createSql } from '../../adapters/postgres/client.ts';
import { createDeliveryOrders } from '../../adapters/postgres/delivery-orders.ts';
import { createMailboxStore } from '../../adapters/postgres/mailbox-store.ts';
import { queueNudge } from '../../adapters/sqs/nudge.ts';
import type { CancelRequests, DeliveryOrders, DeliveryStore } from '../../domain/delivery/ports.ts';
import type { MailboxStore, Nudge } from '../../domain/orders/ports.ts';
import { awsClient } from '../shared/aws.ts';
import { databaseConnection } from '../shared/database.ts';
import { forgiving } from '../shared/nudge.ts';
import { environment } from './env.ts';

export interface Dependencies {
  readonly orders: Pick<DeliveryOrders, 'addressOf'>;
  readonly cancelRequests: Pick<CancelRequests, 'isCancelRequested' | 'clearCancelRequest'>;
  readonly deliveries: Pick<DeliveryStore, 'open' | 'withdraw'>;
  readonly mailbox: Pick<MailboxStore, 'registerToken'>;
  readonly nudge: Pick<Nudge, 'mailbox'>;
}

export function dependencies(): Dependencies {
  const env = environment();
  const sql = createSql(databaseConnection(env));
  const sqs = new SQSClient(awsClient);
  return {
    orders: createDeliveryOrders(sql),
    cancelRequests: createCancelRequests(sql),
    deliveries: createDeliveryStore(createDocumentClient(awsClient), env.DELIVERIES_TABLE),
    mailbox: createMailboxStore(sql),
    nudge: { mailbox: forgiving('mailbox', queueNudge(sqs, env.MAILBOX_NUDGE_QUEUE_URL)) },
  };
}
