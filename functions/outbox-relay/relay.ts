import type {
  EventPublisher,
  Machines,
  OutboxAnswer,
  OutboxEntry,
  OutboxStore,
} from '../../domain/orders/ports.ts';
import { metricNames } from '../../domain/shared/metrics.ts';
import { retryAt } from '../shared/backoff.ts';
import type { JobTime } from '../shared/job.ts';
import { inParallel, leaseEnd, reserve } from '../shared/lease.ts';
import { countRetried } from '../shared/retried.ts';
import { describeError, logger } from '../shared/telemetry.ts';

export interface Relay {
  readonly outbox: OutboxStore;
  readonly publisher: EventPublisher;
  readonly machines: Pick<Machines, 'start'>;
}

type EventEntry = Extract<OutboxEntry, { kind: 'event' }>;
type ExecutionEntry = Extract<OutboxEntry, { kind: 'execution' }>;

const batchSize = 100;

/** StartExecution lets through 300 a second; this many at a time stay below it. */
const startsAtOnce = 4;

/**
 * Takes rows under a lease, sends them without holding a lock, and records each row's own answer; until the outbox
 * is empty or the time is up. A row that is not taken comes again later and holds up no other.
 */
export async function relayOutbox(relay: Relay, { now, remaining }: JobTime): Promise<void> {
  do {
    const entries = await relay.outbox.leaseOutbox(batchSize, now, leaseEnd(now));
    if (entries.length === 0) return;
    const answers = [
      ...(await publish(relay.publisher, entries.filter(isEvent), now)),
      ...(await inParallel(entries.filter(isExecution), startsAtOnce, (entry) =>
        start(relay.machines, entry, now),
      )),
    ];
    const retried = new Set(answers.filter(({ result }) => result === 'retry').map(({ id }) => id));
    countRetried(
      metricNames.outboxRetried,
      entries.filter(({ id }) => retried.has(id)),
    );
    await relay.outbox.settleOutbox(answers, now);
    if (entries.length < batchSize) return;
  } while (remaining() > reserve);
}

async function publish(
  publisher: EventPublisher,
  entries: readonly EventEntry[],
  now: Date,
): Promise<readonly OutboxAnswer[]> {
  if (entries.length === 0) return [];
  const taken = await publisher.publish(entries);
  return entries.map(({ id, attempts }, index) =>
    taken[index] === true
      ? { id, result: 'done' }
      : { id, result: 'retry', retryAt: retryAt(now, attempts) },
  );
}

async function start(
  machines: Pick<Machines, 'start'>,
  { id, attempts, machine, name, input }: ExecutionEntry,
  now: Date,
): Promise<OutboxAnswer> {
  try {
    const started = await machines.start(machine, name, input);
    return { id, result: started === 'started' ? 'done' : 'failed_execution' };
  } catch (error) {
    // Not passed on: the row stays and is tried again, and the rows beside it must be settled.
    logger.warn('start failed', { machine, execution: name, ...describeError(error) });
    return { id, result: 'retry', retryAt: retryAt(now, attempts) };
  }
}

function isEvent(entry: OutboxEntry): entry is EventEntry {
  return entry.kind === 'event';
}

function isExecution(entry: OutboxEntry): entry is ExecutionEntry {
  return entry.kind === 'execution';
}
