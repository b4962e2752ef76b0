import type { Clock } from '../clock.ts';
import { listen, shut } from '../http.ts';
import { awsJsonServer } from './aws-json.ts';
import { type QueueProperties, settingsOf } from './sqs/properties.ts';
import { sqsOperations } from './sqs/protocol.ts';
import { Queue } from './sqs/queue.ts';
import { openShelf } from './sqs/shelf.ts';
import type { Store } from './store.ts';

export { QueueProperties } from './sqs/properties.ts';
export type { Queue } from './sqs/queue.ts';

export interface Sqs {
  /** The endpoint for AWS_ENDPOINT_URL_SQS; a queue's URL is `<url>/<account>/<name>`. */
  readonly url: string;
  /** Makes the queue, or gives one that exists these settings. */
  ensureQueue(name: string, properties: ReturnType<typeof QueueProperties.parse>): Queue;
  /** @param address ARN, URL or name */
  find(address: string): Queue | undefined;
  all(): Iterable<Queue>;
  close(): Promise<void>;
}

/**
 * SQS over its own JSON protocol. Messages are in the store before they are acknowledged: they survive
 * a kill of the process, and what was in flight then is visible again at the next start.
 */
export async function startSqs(options: {
  readonly store: Store;
  readonly clock: Clock;
  readonly region: string;
  readonly account: string;
  readonly port?: number;
}): Promise<Sqs> {
  const { store, clock, region, account } = options;
  const shelf = openShelf(store);
  const queues = new Map<string, Queue>();
  const nameOf = (address: string): string => address.slice(address.search(/[^:/]*$/));
  const find = (address: string): Queue | undefined => queues.get(nameOf(address));
  let url = '';
  const ensureQueue: Sqs['ensureQueue'] = (name, properties) => {
    const settings = settingsOf(properties);
    const existing = queues.get(name);
    if (existing !== undefined) {
      existing.settings = settings;
      return existing;
    }
    const arn = `arn:aws:sqs:${region}:${account}:${name}`;
    const queue = new Queue({ name, arn, settings, shelf, clock, deadLetterQueue: find });
    queues.set(name, queue);
    queue.load();
    return queue;
  };
  const urlOf = (queue: Queue): string => `${url}/${account}/${queue.name}`;
  const all = (): Iterable<Queue> => queues.values();
  const server = awsJsonServer({
    prefix: 'AmazonSQS',
    version: '1.0',
    operations: sqsOperations({ find, all, urlOf, ensureQueue }, store),
  });
  url = await listen(server, options.port ?? 0);
  return {
    url,
    ensureQueue,
    find,
    all,
    close: async () => {
      await shut(server);
      for (const queue of queues.values()) queue.close();
    },
  };
}
