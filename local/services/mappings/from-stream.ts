import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import type { Clock, Timer } from '../../clock.ts';
import type { DynamoClient } from '../dynamodb/client.ts';
import type { Queue } from '../sqs/queue.ts';
import type { Store } from '../store.ts';
import type { Running } from './from-queue.ts';
import { filterOf, type Invoke, invokeBatch } from './outcome.ts';
import type { MappingProperties } from './properties.ts';

const StreamRecord = z
  .object({
    dynamodb: z
      .object({ SequenceNumber: z.string(), ApproximateCreationDateTime: z.number() })
      .loose(),
  })
  .loose();
type StreamRecord = z.infer<typeof StreamRecord>;
const Described = z.object({ Table: z.object({ LatestStreamArn: z.string() }) });
const Shards = z.object({
  StreamDescription: z.object({ Shards: z.array(z.object({ ShardId: z.string() })) }),
});
const Iterator = z.object({ ShardIterator: z.string() });
const Page = z.object({
  Records: z.array(StreamRecord),
  NextShardIterator: z.string().nullish(),
});
const Position = z.object({ sequence: z.string() });

const longestBackoff = 60_000;
/** Between two reads of one shard, real ms: under load records come in batches, and the table is left in peace. */
const breath = 10;

/**
 * A table's stream to a function: each shard in order, one batch at a time, from where it stopped the last time.
 * A batch that fails is tried again (halved, if the mapping says so) until its attempts or its age are used up;
 * then the failure destination gets what Lambda writes there, which names the records but does not hold them.
 */
export function runFromStream(options: {
  readonly id: string;
  readonly table: string;
  /** As the template names it; it stands in the records. */
  readonly streamArn: string;
  readonly properties: MappingProperties;
  readonly client: DynamoClient;
  readonly invoke: Invoke;
  readonly clock: Clock;
  readonly store: Store;
  readonly region: string;
  readonly destination: Queue | undefined;
  readonly report: (line: string) => void;
}): Running & { wake(): void } {
  const { table, client, report } = options;
  const shards = new Map<string, ReturnType<typeof runShard>>();
  let looking = true;
  let closed = false;
  const look = async (): Promise<void> => {
    const described = Described.parse(await client.call('DescribeTable', { TableName: table }));
    const StreamArn = described.Table.LatestStreamArn;
    const { StreamDescription } = Shards.parse(
      await client.callStreams('DescribeStream', { StreamArn }),
    );
    for (const { ShardId } of StreamDescription.Shards) {
      if (!closed && !shards.has(ShardId)) {
        shards.set(ShardId, runShard({ ...options, source: StreamArn, shard: ShardId }));
      }
    }
  };
  look()
    .catch((error: unknown) => {
      if (!closed) report(`stream of ${table}: ${String(error)}`);
    })
    .finally(() => {
      looking = false;
    });
  return {
    busy: () => looking || [...shards.values()].some((shard) => shard.busy()),
    wake: () => {
      for (const shard of shards.values()) shard.wake();
    },
    close: () => {
      closed = true;
      for (const shard of shards.values()) shard.close();
    },
  };
}

function runShard(
  options: Parameters<typeof runFromStream>[0] & {
    readonly source: string;
    readonly shard: string;
  },
) {
  const { properties, client, invoke, clock, store, region, source, shard, report } = options;
  const batchSize = properties.BatchSize ?? 100;
  const retries = properties.MaximumRetryAttempts ?? -1;
  const longestAge = properties.MaximumRecordAgeInSeconds ?? -1;
  const fits = filterOf(properties);
  const positions = openPositions(store, `${options.id} ${shard}`);
  let iterator: string | undefined;
  let asleep: (() => void) | undefined;
  let dirty = true;
  let working = true;
  let waiting: Timer | undefined;
  let lastRead = 0;
  let closed = false;

  const read = async (): Promise<StreamRecord[]> => {
    iterator ??= await iteratorAt(positions.get());
    const page = Page.parse(
      await client.callStreams('GetRecords', { ShardIterator: iterator, Limit: batchSize }),
    );
    iterator = page.NextShardIterator ?? iterator;
    return page.Records;
  };
  const iteratorAt = async (position: string | undefined): Promise<string> => {
    const where =
      position === undefined || position === ''
        ? { ShardIteratorType: 'TRIM_HORIZON' }
        : { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: position };
    const answer = await client.callStreams('GetShardIterator', {
      StreamArn: source,
      ShardId: shard,
      ...where,
    });
    return Iterator.parse(answer).ShardIterator;
  };
  /** LATEST is where the stream ends when the mapping is first seen, and is kept: a crash must skip nothing. */
  const begin = async (): Promise<void> => {
    if (positions.get() !== undefined) return;
    let last = '';
    if (properties.StartingPosition === 'LATEST') {
      for (let page = await read(); page.length > 0; page = await read()) {
        last = page.at(-1)?.dynamodb.SequenceNumber ?? last;
      }
    }
    positions.set(last);
  };
  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      working = false;
      waiting = clock.after(ms, () => {
        working = true;
        resolve();
      });
    });
  const bury = (batch: readonly StreamRecord[], condition: string, calls: number): void => {
    const [first] = batch;
    const last = batch.at(-1);
    if (first === undefined || last === undefined) return;
    report(`${properties.FunctionName} gave up ${batch.length} records of ${options.table}`);
    options.destination?.send({
      body: JSON.stringify({
        requestContext: {
          requestId: randomUUID(),
          functionArn: properties.FunctionName,
          condition,
          approximateInvokeCount: calls,
        },
        responseContext: {
          statusCode: 200,
          executedVersion: '$LATEST',
          functionError: 'Unhandled',
        },
        version: '1.0',
        timestamp: new Date(clock.now()).toISOString(),
        DDBStreamBatchInfo: {
          shardId: shard,
          startSequenceNumber: first.dynamodb.SequenceNumber,
          endSequenceNumber: last.dynamodb.SequenceNumber,
          approximateArrivalOfFirstRecord: arrival(first),
          approximateArrivalOfLastRecord: arrival(last),
          batchSize: batch.length,
          streamArn: options.streamArn,
        },
      }),
    });
  };
  /** Until the batch is done or given up; `calls` counts how often its records were tried before. */
  const deliver = async (batch: readonly StreamRecord[], calls: number): Promise<void> => {
    let left = batch;
    for (let tried = calls; left.length > 0 && !closed; ) {
      const oldest = left[0]?.dynamodb.ApproximateCreationDateTime ?? 0;
      if (longestAge >= 0 && tried > 0 && clock.now() / 1000 - oldest > longestAge) {
        bury(left, 'RecordAgeExceeded', tried);
        break;
      }
      const ids = new Set(left.map(sequenceOf));
      const outcome = await invokeBatch(invoke, properties, left.map(dressed), ids);
      if (closed) return;
      tried += 1;
      // Order is kept: the first failure and everything after it come again.
      const done =
        outcome.kind === 'failed'
          ? 0
          : left.findIndex((record) => outcome.failed.has(sequenceOf(record)));
      if (done === -1) break;
      const next = left.slice(done);
      if (done > 0) {
        const last = left[done - 1];
        if (last !== undefined) positions.set(sequenceOf(last));
        tried = 1;
      }
      left = next;
      if (retries >= 0 && tried > retries) {
        bury(left, 'RetryAttemptsExhausted', tried);
        break;
      }
      await pause(Math.min(100 * 2 ** tried, longestBackoff));
      if (properties.BisectBatchOnFunctionError === true && left.length > 1) {
        const half = Math.ceil(left.length / 2);
        await deliver(left.slice(0, half), tried);
        await deliver(left.slice(half), tried);
        return;
      }
    }
    const last = batch.at(-1);
    if (!closed && last !== undefined) positions.set(sequenceOf(last));
  };
  const dressed = (record: StreamRecord) => ({
    ...record,
    awsRegion: region,
    eventSourceARN: options.streamArn,
  });
  const run = async (): Promise<void> => {
    await begin();
    while (!closed) {
      const early = lastRead + breath - performance.now();
      if (early > 0) await sleep(early, undefined, { ref: false });
      lastRead = performance.now();
      dirty = false;
      const records = await read();
      if (records.length > 0) {
        const last = records.at(-1);
        const wanted = records.filter((record) => fits(dressed(record)));
        await deliver(wanted, 0);
        if (!closed && last !== undefined) positions.set(sequenceOf(last));
        continue;
      }
      if (dirty) continue;
      working = false;
      await new Promise<void>((resolve) => {
        asleep = resolve;
      });
      working = true;
    }
  };
  const start = (): void => {
    run().catch(async (error: unknown) => {
      // An iterator that has expired, a server restarted: read on from the kept position.
      if (closed) return;
      report(`stream of ${options.table}: ${String(error)}`);
      iterator = undefined;
      await pause(1000);
      start();
    });
  };
  start();
  return {
    busy: () => working || (dirty && asleep !== undefined),
    wake: () => {
      dirty = true;
      asleep?.();
      asleep = undefined;
    },
    close: () => {
      closed = true;
      waiting?.cancel();
      asleep?.();
    },
  };
}

function sequenceOf(record: StreamRecord): string {
  return record.dynamodb.SequenceNumber;
}

function arrival(record: StreamRecord): string {
  return new Date(record.dynamodb.ApproximateCreationDateTime * 1000).toISOString();
}

function openPositions(store: Store, name: string) {
  store.exec(
    'CREATE TABLE IF NOT EXISTS stream_position (name TEXT PRIMARY KEY, sequence TEXT NOT NULL) STRICT, WITHOUT ROWID',
  );
  const select = store.prepare('SELECT sequence FROM stream_position WHERE name = ?');
  const upsert = store.prepare('INSERT OR REPLACE INTO stream_position VALUES (?, ?)');
  return {
    /** Empty: the stream's beginning. */
    get: (): string | undefined => {
      const row = select.get(name);
      return row === undefined ? undefined : Position.parse(row).sequence;
    },
    set: (sequence: string): void => {
      store.soon(() => upsert.run(name, sequence));
    },
  };
}
