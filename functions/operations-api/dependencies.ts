import { SQSClient } from '@aws-sdk/client-sqs';
import { createApiKeyStore } from '../../adapters/dynamodb/api-keys.ts';
import { createDocumentClient } from '../../adapters/dynamodb/client.ts';
import { createDeliveryStore } from '../../adapters/dynamodb/deliveries.ts';
import { createTimelineStore } from '../../adapters/dynamodb/timeline.ts';
import { createSql } from '../../adapters/postgres/client.ts';
import { createOperationsStore } from '../../adapters/postgres/operations-store.ts';
import { createOrderReader } from '../../adapters/postgres/order-reader.ts';
import { createRefundStore } from '../../adapters/postgres/refund-store.ts';
import { queueNudge } from '../../adapters/sqs/nudge.ts';
import type { ApiKeyStore } from '../../domain/access/ports.ts';
import type { DeliveryStore } from '../../domain/delivery/ports.ts';
import type {
  Nudge,
  OperationsStore,
  OrderReader,
  TimelineReader,
} from '../../domain/orders/ports.ts';
import type { RefundStore } from '../../domain/payments/ports.ts';
import { secretLength } from '../shared/api-key.ts';
import { awsClient } from '../shared/aws.ts';
import { databaseConnection } from '../shared/database.ts';
import { forgiving } from '../shared/nudge.ts';
import { environment } from './env.ts';

export interface Dependencies {
  readonly operations: OperationsStore;
  readonly orders: Pick<OrderReader, 'orderOf'>;
  readonly refunds: Pick<RefundStore, 'requestRefund' | 'refundsOf'>;
  readonly timeline: TimelineReader;
  readonly deliveries: Pick<DeliveryStore, 'withdraw'>;
  readonly nudge: Pick<Nudge, 'outbox' | 'mailbox'>;
  readonly keys: Pick<ApiKeyStore, 'issue' | 'list' | 'revoke'>;
  /** Random bytes for the secret part of a third party's key. */
  readonly secret: () => Uint8Array;
}

export function dependencies(): Dependencies {
  const env = environment();
  const sql = createSql(databaseConnection(env));
  const sqs = new SQSClient(awsClient);
  const documents = createDocumentClient(awsClient);
  return {
    operations: createOperationsStore(sql),
    orders: createOrderReader(sql),
    refunds: createRefundStore(sql),
    timeline: createTimelineStore(documents, env.TIMELINE_TABLE),
    deliveries: createDeliveryStore(documents, env.DELIVERIES_TABLE),
    keys: createApiKeyStore(documents, env.ACCESS_TABLE, env.PLAN_PLACES),
    secret: () => crypto.getRandomValues(new Uint8Array(secretLength)),
    nudge: {
      outbox: forgiving('outbox', queueNudge(sqs, env.OUTBOX_NUDGE_QUEUE_URL)),
      mailbox: forgiving('mailbox', queueNudge(sqs, env.MAILBOX_NUDGE_QUEUE_URL)),
    },
  };
}
