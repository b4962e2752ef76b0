import { ListQueuesCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { type DeadLetters, deadLetterQueues, discard, look, replay } from '../dlq/queues.ts';
import { until } from './http.ts';
import type { Row } from './ledger.ts';
import type { Story } from './story.ts';
import type { World } from './world.ts';

/** Longer than a message stays hidden after a failed attempt, seconds. */
const hidden = 15 * 60;
const attempts = 6;

/**
 * A message that no handler can read: tried some times, then a dead letter; looked at, sent back, dead again, and
 * discarded. What a person does with `npm run dlq`, here by the same functions.
 */
export async function poisonedMessage(
  world: World,
  story: Story,
  sqsUrl: string,
  region: string,
): Promise<Row> {
  story.heading('k', 'A poisoned message: dead letter, looked at, replayed, discarded');
  const sqs = new SQSClient({
    endpoint: sqsUrl,
    region,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  try {
    const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}));
    const timeline = QueueUrls.find((url) => /timeline$/.test(url));
    if (timeline === undefined) throw new Error('there is no queue of the timeline');
    await sqs.send(
      new SendMessageCommand({ QueueUrl: timeline, MessageBody: '{"detail": "no event at all"}' }),
    );
    story.does('somebody', 'puts a message on the timeline’s queue that is no event');
    const dead = await diesIn(sqs, world, timeline);
    const [letter] = await look(sqs, dead, 10);
    story.does('queue', `gives up; in ${dead.name} lies: ${letter?.body ?? 'nothing'}`);
    const replayed = await replay(sqs, dead, [letter?.id ?? '']);
    story.does('operations', 'looks at it and sends it back');
    const again = await diesIn(sqs, world, timeline);
    const [same] = await look(sqs, again, 10);
    const discarded = await discard(sqs, again, [same?.id ?? '']);
    story.does('operations', 'sees it die again and discards it');
    const left = (await deadOf(sqs, timeline)).visible;
    const kept = replayed.length === 1 && discarded.length === 1 && left === 0;
    return {
      what: '(k) poisoned message',
      promised: '1 replayed, 1 discarded, 0 left; the others went on',
      found: `${replayed.length} replayed, ${discarded.length} discarded, ${left} left`,
      kept,
    };
  } finally {
    sqs.destroy();
  }
}

async function deadOf(sqs: SQSClient, source: string): Promise<DeadLetters> {
  const queue = (await deadLetterQueues(sqs, '')).find(({ sources }) => sources.includes(source));
  if (queue === undefined) throw new Error(`${source} has no dead-letter queue`);
  return queue;
}

/** Moves the clock past every attempt until the message lies among the dead. */
async function diesIn(sqs: SQSClient, world: World, source: string): Promise<DeadLetters> {
  for (let n = 0; n < attempts; n += 1) {
    if ((await deadOf(sqs, source)).visible > 0) break;
    await world.advanceClock(hidden);
  }
  return until(
    'the message to be a dead letter',
    () => deadOf(sqs, source),
    (seen) => seen.visible > 0,
  );
}
