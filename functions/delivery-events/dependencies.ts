import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { readDeliveryRecord } from '../../adapters/dynamodb/delivery-stream.ts';
import { createPublisher } from '../../adapters/eventbridge/publisher.ts';
import type { Delivery } from '../../domain/delivery/delivery.ts';
import type { EventPublisher } from '../../domain/orders/ports.ts';
import { awsClient } from '../shared/aws.ts';
import { environment } from './env.ts';

export interface Dependencies {
  /** The delivery that a stream record tells of; undefined where it tells of none. */
  readonly read: (record: unknown) => Delivery | undefined;
  readonly events: EventPublisher;
}

export function dependencies(): Dependencies {
  const env = environment();
  return {
    read: readDeliveryRecord,
    events: createPublisher(new EventBridgeClient(awsClient), env.EVENT_BUS_NAME),
  };
}
