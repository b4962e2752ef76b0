import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { type Operation, ServiceError } from '../aws-json.ts';
import type { Store } from '../store.ts';
import { type Message, MessageAttributes, md5, md5OfAttributes, receiptHandle } from './message.ts';
import { QueueProperties } from './properties.ts';
import type { Queue } from './queue.ts';

/** What the wire needs of the service. */
export interface Queues {
  /** @param address URL, ARN or name */
  find(address: string): Queue | undefined;
  all(): Iterable<Queue>;
  urlOf(queue: Queue): string;
  ensureQueue(name: string, properties: ReturnType<typeof QueueProperties.parse>): Queue;
}

const OnQueue = z.object({ QueueUrl: z.string() });
const SystemAttributes = z
  .record(z.string(), z.object({ StringValue: z.string().optional(), DataType: z.string() }))
  .optional();
const Entry = z.object({
  MessageBody: z.string(),
  MessageAttributes: MessageAttributes.optional(),
  MessageSystemAttributes: SystemAttributes,
  DelaySeconds: z.number().int().min(0).max(900).optional(),
  MessageGroupId: z.string().optional(),
  MessageDeduplicationId: z.string().optional(),
});
const Id = z.string().regex(/^[\w-]{1,80}$/);
const Receive = OnQueue.extend({
  MaxNumberOfMessages: z.number().int().min(1).max(10).default(1),
  VisibilityTimeout: z.number().int().min(0).max(43_200).optional(),
  WaitTimeSeconds: z.number().int().min(0).max(20).optional(),
  AttributeNames: z.array(z.string()).default([]),
  MessageSystemAttributeNames: z.array(z.string()).default([]),
  MessageAttributeNames: z.array(z.string()).default([]),
});
const Visibility = z.object({
  ReceiptHandle: z.string(),
  VisibilityTimeout: z.number().int().min(0).max(43_200),
});
const Create = z.object({
  QueueName: z.string().regex(/^[\w-]{1,80}$|^[\w-]{1,75}\.fifo$/),
  Attributes: z.record(z.string(), z.string()).default({}),
});

const QueueNamed = z.object({ QueueName: z.string() });
const ListQueues = z.object({ QueueNamePrefix: z.string().optional() });
const GetAttributes = OnQueue.extend({ AttributeNames: z.array(z.string()).default([]) });
const SendOne = OnQueue.extend(Entry.shape);
const SendBatch = batchOf(Entry.extend({ Id }));
const Delete = OnQueue.extend({ ReceiptHandle: z.string() });
const DeleteBatch = batchOf(z.object({ Id, ReceiptHandle: z.string() }));
const ChangeVisibility = OnQueue.extend(Visibility.shape);
const ChangeVisibilityBatch = batchOf(Visibility.extend({ Id }));
const MoveTask = z.object({ SourceArn: z.string(), DestinationArn: z.string().optional() });

/** The operations of AWS JSON 1.0 `AmazonSQS.*`; what they write is on disk when they answer. */
export function sqsOperations(
  queues: Queues,
  { grouped }: Store,
): Readonly<Record<string, Operation>> {
  const find = (address: string): Queue => {
    const queue = queues.find(address);
    if (queue === undefined) {
      throw new ServiceError(
        'com.amazonaws.sqs#QueueDoesNotExist',
        'The specified queue does not exist.',
        400,
        'AWS.SimpleQueueService.NonExistentQueue',
      );
    }
    return queue;
  };
  return {
    CreateQueue: (input) => {
      const { QueueName, Attributes } = Create.parse(input);
      const { RedrivePolicy: redrive, ...others } = Attributes;
      const properties = QueueProperties.parse(QueueName, {
        ...others,
        ...(redrive === undefined ? {} : { RedrivePolicy: JSON.parse(redrive) }),
      });
      return {
        QueueUrl: queues.urlOf(queues.find(QueueName) ?? queues.ensureQueue(QueueName, properties)),
      };
    },
    GetQueueUrl: (input) => ({
      QueueUrl: queues.urlOf(find(QueueNamed.parse(input).QueueName)),
    }),
    ListQueues: (input) => {
      const { QueueNamePrefix = '' } = ListQueues.parse(input);
      const named = [...queues.all()].filter(({ name }) => name.startsWith(QueueNamePrefix));
      return { QueueUrls: named.map((queue) => queues.urlOf(queue)) };
    },
    GetQueueAttributes: (input) => {
      const { QueueUrl, AttributeNames } = GetAttributes.parse(input);
      const all = attributesOf(find(QueueUrl));
      const asked = Object.entries(all).filter(
        ([name]) => AttributeNames.includes('All') || AttributeNames.includes(name),
      );
      return { Attributes: Object.fromEntries(asked) };
    },
    SendMessage: (input) => {
      const { QueueUrl, ...entry } = SendOne.parse(input);
      return grouped(() => send(find(QueueUrl), entry));
    },
    SendMessageBatch: (input) => {
      const batch = SendBatch.parse(input);
      const queue = find(batch.QueueUrl);
      return grouped(() => eachOf(batch.Entries, (entry) => send(queue, entry)));
    },
    ReceiveMessage: async (input) => {
      const asked = Receive.parse(input);
      const queue = find(asked.QueueUrl);
      const messages = await receive(queue, asked);
      return messages.length === 0
        ? {}
        : { Messages: messages.map((message) => received(queue, message, asked)) };
    },
    DeleteMessage: (input) => {
      const { QueueUrl, ReceiptHandle } = Delete.parse(input);
      return grouped(() => {
        find(QueueUrl).delete(ReceiptHandle);
        return {};
      });
    },
    DeleteMessageBatch: (input) => {
      const batch = DeleteBatch.parse(input);
      const queue = find(batch.QueueUrl);
      return grouped(() =>
        eachOf(batch.Entries, ({ ReceiptHandle }) => {
          queue.delete(ReceiptHandle);
          return {};
        }),
      );
    },
    ChangeMessageVisibility: (input) => {
      const { QueueUrl, ...change } = ChangeVisibility.parse(input);
      find(QueueUrl).changeVisibility(change.ReceiptHandle, change.VisibilityTimeout);
      return {};
    },
    ChangeMessageVisibilityBatch: (input) => {
      const batch = ChangeVisibilityBatch.parse(input);
      const queue = find(batch.QueueUrl);
      return eachOf(batch.Entries, ({ ReceiptHandle, VisibilityTimeout }) => {
        queue.changeVisibility(ReceiptHandle, VisibilityTimeout);
        return {};
      });
    },
    PurgeQueue: (input) => {
      return grouped(() => {
        find(OnQueue.parse(input).QueueUrl).purge();
        return {};
      });
    },
    ListDeadLetterSourceQueues: (input) => {
      const { arn } = find(OnQueue.parse(input).QueueUrl);
      const sources = [...queues.all()].filter(
        ({ settings }) => settings.redrive?.deadLetterTargetArn === arn,
      );
      return { queueUrls: sources.map((queue) => queues.urlOf(queue)) };
    },
    StartMessageMoveTask: async (input) => {
      const { SourceArn, DestinationArn } = MoveTask.parse(input);
      const to = DestinationArn === undefined ? undefined : find(DestinationArn);
      const moved = await grouped(() => find(SourceArn).moveBack(to));
      return { TaskHandle: Buffer.from(`${SourceArn}:${moved}`).toString('base64') };
    },
  };
}

function send(queue: Queue, entry: z.infer<typeof Entry>) {
  const attributes = entry.MessageAttributes ?? {};
  const { id, sequence } = queue.send({
    body: entry.MessageBody,
    attributes,
    delay: entry.DelaySeconds,
    groupId: entry.MessageGroupId,
    dedupeId: entry.MessageDeduplicationId,
  });
  const md5OfMessageAttributes = md5OfAttributes(attributes);
  return {
    MessageId: id,
    MD5OfMessageBody: md5(entry.MessageBody),
    ...(md5OfMessageAttributes === undefined
      ? {}
      : { MD5OfMessageAttributes: md5OfMessageAttributes }),
    ...(sequence === undefined ? {} : { SequenceNumber: sequence }),
  };
}

/** Long polling waits in real time: it is the client's connection that is held, not the shop's time. */
async function receive(queue: Queue, asked: z.infer<typeof Receive>): Promise<Message[]> {
  const until = Date.now() + (asked.WaitTimeSeconds ?? queue.settings.wait) * 1000;
  for (;;) {
    const messages = queue.receive(asked.MaxNumberOfMessages, asked.VisibilityTimeout);
    const left = until - Date.now();
    if (messages.length > 0 || left <= 0) return messages;
    const stop = new AbortController();
    const unwatch = queue.watch(() => stop.abort());
    await sleep(left, undefined, { signal: stop.signal, ref: false }).catch(() => undefined);
    unwatch();
  }
}

function received(queue: Queue, message: Message, asked: z.infer<typeof Receive>) {
  const wanted = new Set([...asked.AttributeNames, ...asked.MessageSystemAttributeNames]);
  const system = Object.entries(systemAttributes(queue, message)).filter(
    ([name]) => wanted.has('All') || wanted.has(name),
  );
  const names = asked.MessageAttributeNames;
  const attributes = Object.fromEntries(
    Object.entries(message.attributes).filter(([name]) =>
      names.some(
        (pattern) =>
          pattern === 'All' ||
          pattern === name ||
          (pattern.endsWith('.*') && name.startsWith(pattern.slice(0, -1))),
      ),
    ),
  );
  const md5OfMessageAttributes = md5OfAttributes(attributes);
  return {
    MessageId: message.id,
    ReceiptHandle: receiptHandle(message),
    MD5OfBody: md5(message.body),
    Body: message.body,
    ...(system.length === 0 ? {} : { Attributes: Object.fromEntries(system) }),
    ...(md5OfMessageAttributes === undefined
      ? {}
      : { MessageAttributes: attributes, MD5OfMessageAttributes: md5OfMessageAttributes }),
  };
}

export function systemAttributes(queue: Queue, message: Message): Record<string, string> {
  return {
    ApproximateReceiveCount: String(message.receives),
    SentTimestamp: String(message.sentAt),
    SenderId: 'AROALOCAL:kassa',
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt ?? message.sentAt),
    ...(message.groupId === undefined ? {} : { MessageGroupId: message.groupId }),
    ...(message.dedupeId === undefined ? {} : { MessageDeduplicationId: message.dedupeId }),
    ...(queue.settings.fifo ? { SequenceNumber: String(message.seq).padStart(20, '0') } : {}),
    ...(message.source === undefined ? {} : { DeadLetterQueueSourceArn: message.source }),
  };
}

function attributesOf(queue: Queue): Record<string, string> {
  const { settings, counts } = queue;
  return {
    QueueArn: queue.arn,
    ApproximateNumberOfMessages: String(counts.visible),
    ApproximateNumberOfMessagesNotVisible: String(counts.inFlight),
    ApproximateNumberOfMessagesDelayed: String(counts.delayed),
    DelaySeconds: String(settings.delay),
    MaximumMessageSize: String(settings.longestMessage),
    MessageRetentionPeriod: String(settings.retention),
    ReceiveMessageWaitTimeSeconds: String(settings.wait),
    VisibilityTimeout: String(settings.visibility),
    ...(settings.redrive === undefined ? {} : { RedrivePolicy: JSON.stringify(settings.redrive) }),
    ...(settings.fifo
      ? { FifoQueue: 'true', ContentBasedDeduplication: String(settings.dedupeByContent) }
      : {}),
  };
}

function batchOf<E extends z.ZodType<{ Id: string }>>(entry: E) {
  return OnQueue.extend({ Entries: z.array(entry) }).transform((batch) => {
    const ids = batch.Entries.map(({ Id: id }) => id);
    if (ids.length === 0) {
      throw new ServiceError('EmptyBatchRequest', 'There should be at least one entry.');
    }
    if (ids.length > 10) {
      throw new ServiceError('TooManyEntriesInBatchRequest', 'There may be at most 10 entries.');
    }
    if (new Set(ids).size < ids.length) {
      throw new ServiceError('BatchEntryIdsNotDistinct', 'Two or more entries have the same Id.');
    }
    return batch;
  });
}

function eachOf<E extends { readonly Id: string }>(
  entries: readonly E[],
  work: (entry: E) => object,
) {
  const Successful: object[] = [];
  const Failed: object[] = [];
  for (const entry of entries) {
    try {
      Successful.push({ Id: entry.Id, ...work(entry) });
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      Failed.push({ Id: entry.Id, SenderFault: true, Code: error.name, Message: error.message });
    }
  }
  return { Successful, Failed };
}
