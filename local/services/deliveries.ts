import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import type { Clock, Timer } from '../clock.ts';
import type { MessageAttributes } from './sqs/message.ts';
import type { Sqs } from './sqs.ts';
import type { Store } from './store.ts';

/** What the local cloud can be told to do; given by its core. */
export interface Calls {
  /** Takes an asynchronous invocation: it is durable when this returns. @throws when there is no such function */
  readonly invokeAsync: (functionArn: string, payload: unknown) => void;
  /** @throws an error named as Step Functions names it */
  readonly startExecution: (execution: {
    readonly stateMachineArn: string;
    readonly name: string;
    readonly input: string;
  }) => Promise<unknown>;
  /** Puts an event on another bus; without it no bus can be a target. */
  readonly putEvent?: (busArn: string, event: string) => void;
}

/** One event for one target. */
export interface Delivery {
  readonly target: string;
  /** The JSON the target gets. */
  readonly payload: string;
  /** What lies in the dead-letter queue in the end; the payload if not given. */
  readonly original?: string | undefined;
  readonly deadLetterArn?: string | undefined;
  /** For FIFO queues. */
  readonly groupId?: string | undefined;
  readonly retries: number;
  readonly maximumAgeSeconds: number;
  /** Attributes of a dead letter that say where it comes from: RULE_ARN or SCHEDULE_ARN. */
  readonly origin: Readonly<Record<string, string>>;
}

export interface Deliveries {
  /** Delivers, or keeps what could not be delivered: nothing is lost once this returns. */
  send(delivery: Delivery): void;
  /** Takes up what an earlier run kept. Call it when all targets are there. */
  resume(): void;
  /** Under way right now; those that wait for a retry are timers. */
  readonly active: number;
  readonly waiting: number;
  close(): void;
}

/** The target is not there, and trying again brings nothing. */
export class NoResource extends Error {
  override readonly name = 'NO_RESOURCE';
}

const Kept = z.object({
  target: z.string(),
  payload: z.string(),
  original: z.string().optional(),
  deadLetterArn: z.string().optional(),
  groupId: z.string().optional(),
  retries: z.number(),
  maximumAgeSeconds: z.number(),
  origin: z.record(z.string(), z.string()),
});
const Row = z.object({
  id: z.string(),
  delivery: z.string(),
  attempts: z.number(),
  first: z.number(),
  due: z.number(),
});

interface Pending {
  readonly id: string;
  readonly delivery: Delivery;
  readonly first: number;
  attempts: number;
}

const longestBackoff = 8 * 60_000;

/**
 * Deliveries from buses and schedules to functions, queues, state machines and buses. A queue or a function
 * takes its event in the same breath; what waits for an answer or for a retry is on disk. Retries back off on
 * the virtual clock up to the target's policy, then the event goes to the dead-letter queue, or is dropped
 * where there is none, as on AWS.
 */
export function createDeliveries(options: {
  readonly store: Store;
  readonly clock: Clock;
  readonly sqs: Sqs;
  readonly calls: Calls;
  readonly onDropped?: (delivery: Delivery, error: Error) => void;
}): Deliveries {
  const { store, clock, sqs, calls } = options;
  store.exec(`CREATE TABLE IF NOT EXISTS delivery (
    id TEXT PRIMARY KEY, delivery TEXT NOT NULL, attempts INTEGER NOT NULL,
    first INTEGER NOT NULL, due INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID`);
  const insert = store.prepare('INSERT OR REPLACE INTO delivery VALUES (?, ?, ?, ?, ?)');
  const remove = store.prepare('DELETE FROM delivery WHERE id = ?');
  const all = store.prepare('SELECT * FROM delivery ORDER BY due');
  const timers = new Map<string, Timer>();
  let active = 0;
  let closed = false;

  const keep = ({ id, delivery, attempts, first }: Pending, due: number): void => {
    insert.run(id, JSON.stringify(delivery), attempts, first, due);
  };
  const later = (pending: Pending, due: number): void => {
    timers.set(
      pending.id,
      clock.at(due, () => {
        timers.delete(pending.id);
        attempt(pending);
      }),
    );
  };
  const failed = (pending: Pending, error: Error): void => {
    // What runs while the laptop stops stays on disk and is tried again at the next start.
    if (closed) return;
    pending.attempts += 1;
    const { delivery } = pending;
    const due = clock.now() + Math.min(1000 * 2 ** (pending.attempts - 1), longestBackoff);
    const tooOld = due - pending.first > delivery.maximumAgeSeconds * 1000;
    const again = !(error instanceof NoResource) && pending.attempts <= delivery.retries;
    if (again && !tooOld) {
      store.soon(() => keep(pending, due));
      later(pending, due);
      return;
    }
    const condition =
      error instanceof NoResource
        ? undefined
        : tooOld
          ? 'MaximumEventAgeInSeconds'
          : 'MaximumRetryAttempts';
    store.soon(() => {
      bury(delivery, error, pending.attempts - 1, condition);
      remove.run(pending.id);
    });
  };
  const bury = (
    delivery: Delivery,
    error: Error,
    retried: number,
    condition: string | undefined,
  ): void => {
    const queue =
      delivery.deadLetterArn === undefined ? undefined : sqs.find(delivery.deadLetterArn);
    if (queue === undefined) {
      options.onDropped?.(delivery, error);
      return;
    }
    const attributes: MessageAttributes = Object.fromEntries(
      Object.entries({
        ...delivery.origin,
        TARGET_ARN: delivery.target,
        ERROR_CODE: error.name,
        ERROR_MESSAGE: error.message || error.name,
        RETRY_ATTEMPTS: String(retried),
        ...(condition === undefined ? {} : { EXHAUSTED_RETRY_CONDITION: condition }),
      }).map(([name, StringValue]) => [
        name,
        { DataType: name === 'RETRY_ATTEMPTS' ? 'Number' : 'String', StringValue },
      ]),
    );
    const group = queue.settings.fifo ? { groupId: 'dead', dedupeId: randomUUID() } : {};
    queue.send({ body: delivery.original ?? delivery.payload, attributes, ...group });
  };
  const done = (pending: Pending): void => {
    // A crash before that starts it again, under the same name.
    if (!closed) store.soon(() => remove.run(pending.id));
  };
  const attempt = (pending: Pending): void => {
    try {
      const answer = deliver(pending, sqs, calls);
      if (answer === undefined) {
        if (pending.attempts > 0) done(pending);
        return;
      }
      active += 1;
      answer
        .then(() => done(pending))
        .catch((error: unknown) => failed(pending, errorOf(error)))
        .finally(() => {
          active -= 1;
        });
    } catch (error) {
      failed(pending, errorOf(error));
    }
  };
  return {
    send: (delivery) => {
      const pending = { id: randomUUID(), delivery, first: clock.now(), attempts: 0 };
      store.now(() => {
        if (isStateMachine(delivery.target)) keep(pending, pending.first);
        attempt(pending);
      });
    },
    resume: () => {
      for (const found of all.all()) {
        const row = Row.parse(found);
        const delivery = Kept.parse(JSON.parse(row.delivery));
        const pending = { id: row.id, delivery, attempts: row.attempts, first: row.first };
        if (row.due > clock.now()) later(pending, row.due);
        else attempt(pending);
      }
    },
    get active() {
      return active;
    },
    get waiting() {
      return timers.size;
    },
    close: () => {
      closed = true;
      for (const timer of timers.values()) timer.cancel();
      timers.clear();
    },
  };
}

/** @returns undefined when the target has taken it already @throws when it did not */
function deliver({ id, delivery }: Pending, sqs: Sqs, calls: Calls): Promise<unknown> | undefined {
  const { target, payload } = delivery;
  if (isStateMachine(target)) {
    // The name makes a second try of the same delivery no second execution.
    return calls.startExecution({ stateMachineArn: target, name: id, input: payload });
  }
  const service = target.split(':')[2];
  if (service === 'lambda') {
    calls.invokeAsync(target, JSON.parse(payload));
    return undefined;
  }
  if (service === 'sqs') {
    const queue = sqs.find(target);
    if (queue === undefined) throw new NoResource(`queue ${target} does not exist`);
    const group = queue.settings.fifo ? { groupId: delivery.groupId ?? '', dedupeId: id } : {};
    queue.send({ body: payload, ...group });
    return undefined;
  }
  if (service === 'events' && calls.putEvent !== undefined) {
    calls.putEvent(target, payload);
    return undefined;
  }
  throw new NoResource(`${target} cannot be a target on the laptop`);
}

function isStateMachine(arn: string): boolean {
  return arn.split(':')[2] === 'states';
}

function errorOf(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  const gone = ['StateMachineDoesNotExist', 'ResourceNotFoundException'].includes(error.name);
  return gone ? new NoResource(error.message) : error;
}

/** Whether an ARN names something deliveries can reach. */
export function canDeliver(arn: string): boolean {
  const [, , service, , , kind] = arn.split(':');
  return (
    service === 'sqs' ||
    (service === 'lambda' && kind === 'function') ||
    (service === 'states' && kind === 'stateMachine') ||
    (service === 'events' && kind?.startsWith('event-bus/') === true)
  );
}
