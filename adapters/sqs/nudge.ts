import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { awsFault } from '../aws/faults.ts';

/**
 * One kind of `Nudge`: puts an empty message on a relay's queue. The relay finds its work in the database, so the
 * message says nothing.
 * @throws TransientFault or PermanentFault, as SQS answered.
 */
export function queueNudge(client: SQSClient, queueUrl: string): () => Promise<void> {
  return async () => {
    try {
      await client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: '{}' }));
    } catch (cause) {
      throw awsFault('nudge', cause);
    }
  };
}
