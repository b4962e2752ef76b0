import { SQSClient } from '@aws-sdk/client-sqs';
import { readDeliveryRecord } from '../../adapters/dynamodb/delivery-stream.ts';
import { createSql } from '../../adapters/postgres/client.ts';
import { createDeliveryOrders } from '../../adapters/postgres/delivery-orders.ts';
import { queueNudge } from '../../adapters/sqs/nudge.ts';
import type { Delivery } from '../../domain/delivery/delivery.ts';
import type { DeliveryOrders } from '../../domain/delivery/ports.ts';
import type { Nudge } from '../../domain/orders/ports.ts';
import { awsClient } from '../shared/aws.ts';
import { databaseConnection } from '../shared/database.ts';
import { forgiving } from '../shared/nudge.ts';
import { environment } from './env.ts';

export interface Dependencies {
  /** The delivery that a stream record tells of; undefined where it tells of none. */
  readonly read: (record: unknown) => Delivery | undefined;
  readonly orders: Pick<DeliveryOrders, 'recordHandover' | 'recordOutcome'>;
  readonly nudge: Pick<Nudge, 'mailbox' | 'outbox'>;
}

export function dependencies(): Dependencies {
  const env = environment();
  const sql = createSql(databaseConnection(env));
  const sqs = new SQSClient(awsClient);
  return {
    read: readDeliveryRecord,
    orders: createDeliveryOrders(sql),
    nudge: {
      mailbox: forgiving('mailbox', queueNudge(sqs, env.MAILBOX_NUDGE_QUEUE_URL)),
      outbox: forgiving('outbox', queueNudge(sqs, env.OUTBOX_NUDGE_QUEUE_URL)),
    },
  };
}
