import type { Clock } from '../clock.ts';
import type { DynamoDb } from './dynamodb.ts';
import { type Running, runFromQueue } from './mappings/from-queue.ts';
import { runFromStream } from './mappings/from-stream.ts';
import type { Invoke } from './mappings/outcome.ts';
import type { MappingProperties } from './mappings/properties.ts';
import type { Sqs } from './sqs.ts';
import type { Store } from './store.ts';

export { EventSourceMappingProperties } from './mappings/properties.ts';

export interface EventSourceMappings {
  /**
   * Starts a mapping.
   * @param id stays the same over restarts: a stream's position is kept under it
   * @throws Error when the source is no queue or table of this laptop
   */
  add(id: string, properties: MappingProperties): void;
  /** Whether a batch is under way or about to be; a wait for a visibility timeout or a retry is not. */
  busy(): boolean;
  close(): void;
}

/** Queues and table streams to functions. */
export function createEventSourceMappings(options: {
  readonly store: Store;
  readonly clock: Clock;
  readonly sqs: Sqs;
  readonly dynamodb?: DynamoDb;
  readonly invoke: Invoke;
  readonly region: string;
  readonly report?: (line: string) => void;
}): EventSourceMappings {
  const { store, clock, sqs, dynamodb, invoke, region, report = () => undefined } = options;
  const running = new Map<string, Running>();
  const stops: (() => void)[] = [];
  return {
    add: (id, properties) => {
      const source = properties.EventSourceArn;
      if (properties.Enabled === false) return;
      running.get(id)?.close();
      const table = /^arn:aws:dynamodb:[^:]*:[^:]*:table\/([^/]+)\/stream\//.exec(source)?.[1];
      if (table !== undefined && dynamodb !== undefined) {
        const onFailure = properties.DestinationConfig?.OnFailure?.Destination;
        const destination = onFailure === undefined ? undefined : sqs.find(onFailure);
        if (onFailure !== undefined && destination === undefined) {
          throw new Error(`mapping ${id}: failure destination ${onFailure} is no local queue`);
        }
        const { client } = dynamodb;
        const mapping = runFromStream({
          ...{ id, table, streamArn: source, properties, client, invoke },
          ...{ clock, store, region, destination, report },
        });
        stops.push(dynamodb.onWrite(() => mapping.wake()));
        running.set(id, mapping);
        return;
      }
      const queue = source.split(':')[2] === 'sqs' ? sqs.find(source) : undefined;
      if (queue === undefined) {
        throw new Error(`mapping ${id}: ${source} is no queue or table stream of the laptop`);
      }
      running.set(id, runFromQueue({ queue, properties, invoke, clock, region, report }));
    },
    busy: () => [...running.values()].some((mapping) => mapping.busy()),
    close: () => {
      for (const stop of stops) stop();
      for (const mapping of running.values()) mapping.close();
    },
  };
}
