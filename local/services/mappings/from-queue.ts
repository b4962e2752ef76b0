import type { Clock, Timer } from '../../clock.ts';
import { type Message, md5, receiptHandle } from '../sqs/message.ts';
import { systemAttributes } from '../sqs/protocol.ts';
import type { Queue } from '../sqs/queue.ts';
import { filterOf, type Invoke, invokeBatch } from './outcome.ts';
import type { MappingProperties } from './properties.ts';

export interface Running {
  /** Whether a batch is under way or about to be. */
  busy(): boolean;
  close(): void;
}

/**
 * Where the mapping sets no MaximumConcurrency. AWS starts with five pollers and goes far beyond; a laptop has
 * a few cores, and what waits a moment longer comes in a larger batch.
 */
const defaultConcurrency = 5;
/** What AWS fetches at once; larger batches are collected over the window. */
const defaultBatch = 10;

/**
 * Queue to function. Woken by the queue, not polling. What fails stays in flight until the visibility timeout,
 * and the queue's redrive policy counts.
 */
export function runFromQueue(options: {
  readonly queue: Queue;
  readonly properties: MappingProperties;
  readonly invoke: Invoke;
  readonly clock: Clock;
  readonly region: string;
  readonly report: (line: string) => void;
}): Running {
  const { queue, properties, invoke, clock, region, report } = options;
  const batchSize = properties.BatchSize ?? defaultBatch;
  const window = (properties.MaximumBatchingWindowInSeconds ?? 0) * 1000;
  const concurrency = properties.ScalingConfig?.MaximumConcurrency ?? defaultConcurrency;
  const fits = filterOf(properties);
  const filters = properties.FilterCriteria?.Filters !== undefined;
  let inFlight = 0;
  let planned: NodeJS.Immediate | undefined;
  let gathering: Timer | undefined;
  let windowOver = false;
  let closed = false;

  const plan = (): void => {
    if (!closed && inFlight < concurrency) planned ??= setImmediate(pump);
  };
  const pump = (): void => {
    planned = undefined;
    while (!closed && inFlight < concurrency) {
      if (!gathered()) return;
      const messages = queue.receive(batchSize);
      windowOver = false;
      if (messages.length === 0) return;
      inFlight += 1;
      deliver(messages)
        .catch((error: unknown) => report(`${queue.name} to ${properties.FunctionName}: ${error}`))
        .finally(() => {
          inFlight -= 1;
          plan();
        });
    }
  };
  /** A batch is full, or its window is over. */
  const gathered = (): boolean => {
    const waiting = queue.counts.visible;
    if (waiting === 0) return false;
    if (window === 0 || windowOver || waiting >= batchSize) {
      gathering?.cancel();
      gathering = undefined;
      return true;
    }
    gathering ??= clock.after(window, () => {
      gathering = undefined;
      windowOver = true;
      plan();
    });
    return false;
  };
  const deliver = async (received: readonly Message[]): Promise<void> => {
    const byId = new Map<string, string>();
    const records: unknown[] = [];
    for (const message of received) {
      const record = recordOf(queue, message, region);
      if (!filters || fits(filterable(record))) {
        records.push(record);
        byId.set(message.id, receiptHandle(message));
      } else queue.delete(receiptHandle(message));
    }
    if (records.length === 0) return;
    const outcome = await invokeBatch(invoke, properties, records, new Set(byId.keys()));
    if (closed || outcome.kind === 'failed') return;
    queue.deleteAll([...byId].flatMap(([id, handle]) => (outcome.failed.has(id) ? [] : [handle])));
  };
  const unwatch = queue.watch(plan);
  plan();
  return {
    busy: () => inFlight > 0 || planned !== undefined,
    close: () => {
      closed = true;
      unwatch();
      gathering?.cancel();
      clearImmediate(planned);
    },
  };
}

function recordOf(queue: Queue, message: Message, region: string) {
  return {
    messageId: message.id,
    receiptHandle: receiptHandle(message),
    body: message.body,
    attributes: systemAttributes(queue, message),
    messageAttributes: Object.fromEntries(
      Object.entries(message.attributes).map(([name, attribute]) => [
        name,
        {
          ...(attribute.StringValue === undefined ? {} : { stringValue: attribute.StringValue }),
          ...(attribute.BinaryValue === undefined ? {} : { binaryValue: attribute.BinaryValue }),
          stringListValues: [],
          binaryListValues: [],
          dataType: attribute.DataType,
        },
      ]),
    ),
    md5OfBody: md5(message.body),
    eventSource: 'aws:sqs',
    eventSourceARN: queue.arn,
    awsRegion: region,
  };
}

/** Filters look into a body that is JSON. */
function filterable(record: { readonly body: string }): unknown {
  try {
    return { ...record, body: JSON.parse(record.body) };
  } catch {
    return record;
  }
}
