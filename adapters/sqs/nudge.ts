import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { TransientFault } from '../../domain/shared/errors.ts';

/**
 * One kind of `Nudge`: puts an empty message on a relay's queue. The relay finds its work in the database, so the
 * message says nothing.
 * @throws TransientFault `nudge_failed` whatever SQS or the network answered.
 */
export function queueNudge(client: SQSClient, queueUrl: string): () => Promise<void> {
  return async () => {
    try {
      await client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: '{}' }));
    } catch (cause) {
      throw new TransientFault('nudge_failed', 'SQS did not take the message', { cause });
    }
  };
}
