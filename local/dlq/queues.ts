import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListDeadLetterSourceQueuesCommand,
  ListQueuesCommand,
  type Message,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';

/** A queue where messages end: none of its own messages are moved on to another. */
export interface DeadLetters {
  readonly name: string;
  readonly url: string;
  readonly arn: string;
  readonly visible: number;
  /** Received by somebody and not given back yet. */
  readonly inFlight: number;
  /** URLs of the queues whose refused messages come here; none where a service puts in what it could not deliver. */
  readonly sources: readonly string[];
}

export interface DeadLetter {
  readonly id: string;
  readonly sentAt: Date;
  readonly body: string;
  /** What the sender, or the service that gave up, said of it. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** The queue, or what is in it, cannot be replayed; the message says what to do instead. */
export class NotReplayable extends Error {
  override readonly name = 'NotReplayable';
}

/** Seconds a message is out of the others' sight while it is handled here. */
const hold = 60;

/** @param prefix what the names of the stage's queues begin with */
export async function deadLetterQueues(
  sqs: SQSClient,
  prefix: string,
): Promise<readonly DeadLetters[]> {
  const { QueueUrls = [] } = await sqs.send(
    new ListQueuesCommand(prefix === '' ? {} : { QueueNamePrefix: prefix }),
  );
  const found: DeadLetters[] = [];
  for (const url of QueueUrls) {
    const queue = await deadLettersAt(sqs, url);
    if (queue !== undefined) found.push(queue);
  }
  return found;
}

/** @returns undefined for a queue that is worked on: it has a dead-letter queue of its own */
async function deadLettersAt(sqs: SQSClient, url: string): Promise<DeadLetters | undefined> {
  const { Attributes: of = {} } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }),
  );
  if (of['RedrivePolicy'] !== undefined) return undefined;
  const { queueUrls = [] } = await sqs.send(
    new ListDeadLetterSourceQueuesCommand({ QueueUrl: url }),
  );
  return {
    name: url.slice(url.lastIndexOf('/') + 1),
    url,
    arn: of['QueueArn'] ?? '',
    visible: Number(of['ApproximateNumberOfMessages'] ?? 0),
    inFlight: Number(of['ApproximateNumberOfMessagesNotVisible'] ?? 0),
    sources: queueUrls,
  };
}

/** Up to `limit` messages, oldest first as far as SQS tells; all of them are given back. */
export async function look(
  sqs: SQSClient,
  queue: DeadLetters,
  limit: number,
): Promise<readonly DeadLetter[]> {
  const seen: DeadLetter[] = [];
  await eachMessage(sqs, queue, (message) => {
    seen.push(deadLetterOf(message));
    return Promise.resolve(seen.length < limit ? 'next' : 'enough');
  });
  return seen;
}

/**
 * Every message goes back to the queue it came from, which on AWS goes on after the answer, or to the queue that a
 * service could not put it into.
 * @throws NotReplayable for a queue with several sources, at a message that was meant for no queue
 */
export async function replayAll(sqs: SQSClient, queue: DeadLetters): Promise<void> {
  if (queue.sources.length === 0) {
    await eachMessage(sqs, queue, async (message) => {
      await sendOn(sqs, queue, message);
      await remove(sqs, queue, message);
      return 'taken';
    });
    return;
  }
  const source = sourceOf(queue);
  const name = source.slice(source.lastIndexOf('/') + 1);
  await sqs.send(
    new StartMessageMoveTaskCommand({
      SourceArn: queue.arn,
      // Named, because SQS refuses to guess it for a message that was sent here straight.
      DestinationArn: `${queue.arn.slice(0, -queue.name.length)}${name}`,
    }),
  );
}

/**
 * @returns ids of those found and sent back
 * @throws NotReplayable for a queue with several sources, at a message that was meant for no queue
 */
export async function replay(
  sqs: SQSClient,
  queue: DeadLetters,
  ids: readonly string[],
): Promise<readonly string[]> {
  if (queue.sources.length > 0) sourceOf(queue);
  return pick(sqs, queue, ids, (message) => sendOn(sqs, queue, message));
}

/** Before it is deleted: a crash between makes two of it, and every reader bears that. */
async function sendOn(sqs: SQSClient, queue: DeadLetters, message: Message): Promise<void> {
  const { Body: body = '', MessageAttributes: attributes } = message;
  if (queue.sources.length === 0) {
    // The attributes are the service's own, about its failure.
    const target = await targetOf(sqs, queue, message);
    await sqs.send(new SendMessageCommand({ QueueUrl: target, MessageBody: body }));
    return;
  }
  await sqs.send(
    new SendMessageCommand({
      QueueUrl: sourceOf(queue),
      MessageBody: body,
      ...(attributes === undefined ? {} : { MessageAttributes: attributes }),
    }),
  );
}

/**
 * The queue that EventBridge says it could not put the event into, which is the message's body.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
 */
async function targetOf(
  sqs: SQSClient,
  { name }: DeadLetters,
  { MessageId: id = '', MessageAttributes: attributes = {} }: Message,
): Promise<string> {
  const [, service, , account = '', target = ''] =
    /^arn:[^:]+:([^:]*):([^:]*):([^:]*):([^:]+)$/.exec(
      attributes['TARGET_ARN']?.StringValue ?? '',
    ) ?? [];
  if (service !== 'sqs') {
    throw new NotReplayable(
      `${id} in ${name} was meant for no queue: docs/runbooks/README.md, "Dead letters", says how to make it good`,
    );
  }
  const { QueueUrl: url } = await sqs.send(
    new GetQueueUrlCommand({ QueueName: target, QueueOwnerAWSAccountId: account }),
  );
  if (url === undefined) throw new Error(`SQS names no address of ${target}`);
  return url;
}

export async function discardAll(sqs: SQSClient, queue: DeadLetters): Promise<void> {
  await sqs.send(new PurgeQueueCommand({ QueueUrl: queue.url }));
}

/** @returns ids of those found and deleted */
export function discard(
  sqs: SQSClient,
  queue: DeadLetters,
  ids: readonly string[],
): Promise<readonly string[]> {
  return pick(sqs, queue, ids, () => Promise.resolve());
}

function sourceOf(queue: DeadLetters): string {
  const [source, another] = queue.sources;
  if (source === undefined || another !== undefined) {
    throw new NotReplayable(
      `${queue.name} has ${queue.sources.length} sources: docs/runbooks/README.md, "Dead letters", says how to make good what is in it`,
    );
  }
  return source;
}

/** Does `work` for the wanted messages and deletes them; the others are given back. */
async function pick(
  sqs: SQSClient,
  queue: DeadLetters,
  ids: readonly string[],
  work: (message: Message) => Promise<void>,
): Promise<readonly string[]> {
  const wanted = new Set(ids);
  const done: string[] = [];
  await eachMessage(sqs, queue, async (message) => {
    const { MessageId: id = '' } = message;
    if (wanted.delete(id)) {
      await work(message);
      await remove(sqs, queue, message);
      done.push(id);
      return wanted.size > 0 ? 'taken' : 'taken-last';
    }
    return 'next';
  });
  return done;
}

async function remove(
  sqs: SQSClient,
  queue: DeadLetters,
  { ReceiptHandle: handle }: Message,
): Promise<void> {
  await sqs.send(new DeleteMessageCommand({ QueueUrl: queue.url, ReceiptHandle: handle }));
}

type Verdict = 'next' | 'enough' | 'taken' | 'taken-last';

/** Once through the queue. What was received and not taken is visible again at the end, whatever happens. */
async function eachMessage(
  sqs: SQSClient,
  queue: DeadLetters,
  visit: (message: Message) => Promise<Verdict>,
): Promise<void> {
  const held = new Map<string, string | undefined>();
  try {
    for (;;) {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({
          QueueUrl: queue.url,
          MaxNumberOfMessages: 10,
          VisibilityTimeout: hold,
          // Long polling asks every server of the queue; a short poll may miss messages.
          WaitTimeSeconds: 1,
          MessageAttributeNames: ['All'],
          MessageSystemAttributeNames: ['All'],
        }),
      );
      for (const { MessageId: id = '', ReceiptHandle: handle } of Messages) held.set(id, handle);
      for (const message of Messages) {
        const verdict = await visit(message);
        if (verdict.startsWith('taken')) held.delete(message.MessageId ?? '');
        if (verdict === 'enough' || verdict === 'taken-last') return;
      }
      if (Messages.length === 0) return;
    }
  } finally {
    await Promise.all(
      [...held.values()].map((handle) =>
        sqs.send(
          new ChangeMessageVisibilityCommand({
            QueueUrl: queue.url,
            ReceiptHandle: handle,
            VisibilityTimeout: 0,
          }),
        ),
      ),
    );
  }
}

function deadLetterOf({
  MessageId: id = '',
  Body: body = '',
  Attributes: system = {},
  MessageAttributes: own = {},
}: Message): DeadLetter {
  return {
    id,
    body,
    sentAt: new Date(Number(system.SentTimestamp ?? 0)),
    attributes: Object.fromEntries(
      Object.entries(own).map(([name, value]) => [name, value.StringValue ?? '(bytes)']),
    ),
  };
}
