import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createDocumentClient } from '../../adapters/dynamodb/client.ts';
import { createCommandOnce } from '../../adapters/dynamodb/command-once.ts';
import { createDeliveryStore } from '../../adapters/dynamodb/deliveries.ts';
import type { DeliveryStore } from '../../domain/delivery/ports.ts';
import { awsClient } from '../shared/aws.ts';
import { environment } from './env.ts';

export interface Dependencies {
  readonly deliveries: Pick<DeliveryStore, 'list' | 'accept' | 'delivered' | 'failed' | 'lost'>;
  /**
   * Carries a command out once per key and answers again what it answered, as plain JSON; a command that throws is
   * not kept. `remaining`: milliseconds after which a worker that holds the key is given up.
   * Throws NotYetFault while another worker has it.
   */
  readonly once: (
    key: Readonly<Record<string, string>>,
    remaining: number,
    run: () => Promise<unknown>,
  ) => Promise<unknown>;
}

export function dependencies(): Dependencies {
  const env = environment();
  return {
    deliveries: createDeliveryStore(createDocumentClient(awsClient), env.DELIVERIES_TABLE),
    once: createCommandOnce(new DynamoDBClient(awsClient), env.IDEMPOTENCY_TABLE),
  };
}
