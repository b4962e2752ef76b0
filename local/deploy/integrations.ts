import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { EventBridge } from '../services/eventbridge.ts';
import type { Sqs } from '../services/sqs.ts';
import type { Call } from '../sfn/index.ts';

const SendMessage = z.looseObject({
  QueueUrl: z.string(),
  MessageBody: z.string(),
  DelaySeconds: z.number().optional(),
  MessageGroupId: z.string().optional(),
  MessageDeduplicationId: z.string().optional(),
});
const PutEvents = z.looseObject({ Entries: z.array(z.unknown()) });

/** Service integrations of state machines beside Lambda: those the laptop has a service for. */
export function serviceCalls(parts: {
  readonly sqs: Sqs;
  eventbridge(): EventBridge;
}): Readonly<Record<string, Call>> {
  return {
    'sqs:sendMessage': async (input) => {
      const message = SendMessage.parse(input);
      const queue = parts.sqs.find(message.QueueUrl);
      if (queue === undefined) {
        throw named('QueueDoesNotExist', 'The specified queue does not exist.');
      }
      const sent = queue.send({
        body: message.MessageBody,
        delay: message.DelaySeconds,
        groupId: message.MessageGroupId,
        dedupeId: message.MessageDeduplicationId,
      });
      return {
        MD5OfMessageBody: createHash('md5').update(message.MessageBody).digest('hex'),
        MessageId: sent.id,
      };
    },
    'events:putEvents': async (input) => ({
      ...parts.eventbridge().putEvents(PutEvents.parse(input).Entries),
    }),
  };
}

function named(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}
