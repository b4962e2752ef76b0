import { SFNClient } from '@aws-sdk/client-sfn';
import { SQSClient } from '@aws-sdk/client-sqs';
import { createDocumentClient } from '../../adapters/dynamodb/client.ts';
import { createDeliveryStore } from '../../adapters/dynamodb/deliveries.ts';
import { createTimelineStore } from '../../adapters/dynamodb/timeline.ts';
import { createCancelRequests } from '../../adapters/postgres/cancel-requests.ts';
import { createCancelStore } from '../../adapters/postgres/cancel-store.ts';
import { createCheckoutStore } from '../../adapters/postgres/checkout-store.ts';
import { createSql } from '../../adapters/postgres/client.ts';
import { createOrderReader } from '../../adapters/postgres/order-reader.ts';
import { queueNudge } from '../../adapters/sqs/nudge.ts';
import { createCheckout } from '../../adapters/stepfunctions/checkout.ts';
import type { CancelRequests, DeliveryStore } from '../../domain/delivery/ports.ts';
import type {
  CancelStore,
  CheckoutStore,
  Machines,
  Nudge,
  OrderReader,
  TimelineReader,
} from '../../domain/orders/ports.ts';
import { awsClient } from '../shared/aws.ts';
import { databaseConnection } from '../shared/database.ts';
import { forgiving } from '../shared/nudge.ts';
import { environment } from './env.ts';

export interface Dependencies {
  readonly addresses: Pick<CheckoutStore, 'keepAddress'>;
  readonly machines: Pick<Machines, 'checkout'>;
  readonly orders: Pick<OrderReader, 'orderOf' | 'ordersOf'>;
  readonly cancels: CancelStore;
  readonly cancelRequests: Pick<CancelRequests, 'requestCancel' | 'clearCancelRequest'>;
  readonly deliveries: Pick<DeliveryStore, 'withdraw'>;
  readonly timeline: TimelineReader;
  readonly nudge: Pick<Nudge, 'outbox' | 'mailbox'>;
  /** Ten random bytes for an order id. */
  readonly randomness: () => Uint8Array;
}

export function dependencies(): Dependencies {
  const env = environment();
  const sql = createSql(databaseConnection(env));
  const sqs = new SQSClient(awsClient);
  const documents = createDocumentClient(awsClient);
  const sfn = new SFNClient({
    maxAttempts: 1,
    // Longer than the machine's own 20 seconds, shorter than this function's 25.
    requestHandler: { connectionTimeout: 1000, requestTimeout: 22_000 },
    disableHostPrefix: env.SFN_DISABLE_HOST_PREFIX === 'true',
  });
  return {
    addresses: createCheckoutStore(sql),
    machines: createCheckout(sfn, env.CHECKOUT_MACHINE_ARN),
    orders: createOrderReader(sql),
    cancels: createCancelStore(sql),
    cancelRequests: createCancelRequests(sql),
    deliveries: createDeliveryStore(documents, env.DELIVERIES_TABLE),
    timeline: createTimelineStore(documents, env.TIMELINE_TABLE),
    nudge: {
      outbox: forgiving('outbox', queueNudge(sqs, env.OUTBOX_NUDGE_QUEUE_URL)),
      mailbox: forgiving('mailbox', queueNudge(sqs, env.MAILBOX_NUDGE_QUEUE_URL)),
    },
    randomness: () => crypto.getRandomValues(new Uint8Array(10)),
  };
}
