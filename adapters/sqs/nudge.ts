import { awsFault } from '../aws/faults.ts';
import { jsonCall } from '../aws/json-call.ts';
import type { AwsIdentity } from '../aws/signature.ts';

const sqs = { name: 'sqs', target: 'AmazonSQS' } as const;

/**
 * One kind of `Nudge`: puts an empty message on a relay's queue. The relay finds its work in the database, so the
 * message says nothing.
 * @throws TransientFault or PermanentFault, as SQS answered.
 */
export function queueNudge(identity: AwsIdentity, queueUrl: string): () => Promise<void> {
  const { origin } = new URL(queueUrl);
  const input = { QueueUrl: queueUrl, MessageBody: '{}' };
  return async () => {
    try {
      await jsonCall(identity, sqs, { origin, operation: 'SendMessage', input });
    } catch (cause) {
      throw awsFault('nudge', cause);
    }
  };
}
