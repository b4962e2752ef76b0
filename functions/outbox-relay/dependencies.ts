import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SFNClient } from '@aws-sdk/client-sfn';
import { createPublisher } from '../../adapters/eventbridge/publisher.ts';
import { createSql } from '../../adapters/postgres/client.ts';
import { createOutboxStore } from '../../adapters/postgres/outbox-store.ts';
import { createStarter } from '../../adapters/stepfunctions/starter.ts';
import { awsClient } from '../shared/aws.ts';
import { databaseConnection } from '../shared/database.ts';
import { environment } from './env.ts';
import type { Relay } from './relay.ts';

export function dependencies(): Relay {
  const env = environment();
  return {
    outbox: createOutboxStore(createSql(databaseConnection(env))),
    publisher: createPublisher(new EventBridgeClient(awsClient), env.EVENT_BUS_NAME),
    machines: createStarter(new SFNClient(awsClient), {
      payment: env.PAYMENT_MACHINE_ARN,
      fulfilment: env.FULFILMENT_MACHINE_ARN,
      settlement: env.SETTLEMENT_MACHINE_ARN,
    }),
  };
}
