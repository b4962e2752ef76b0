import { randomUUID } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import * as z from 'zod';
import type { Clock, Timer } from '../clock.ts';
import type { Answer } from './spec.ts';

/** How one function's asynchronous invocations are retried and where the lost ones go. */
export interface EventPolicy {
  /** MaximumRetryAttempts, 0 to 2. */
  readonly retries: number;
  readonly maximumAgeSeconds: number;
  /** ARNs: OnFailure gets the destination record, the dead-letter queue the bare event. */
  readonly onFailure?: string;
  readonly onSuccess?: string;
  readonly deadLetter?: string;
}

const Row = z.object({
  id: z.string(),
  target: z.string(),
  payload: z.string(),
  attempt: z.number(),
  due: z.number(),
  accepted: z.number(),
});
type Event = z.infer<typeof Row>;

/** Lambda waits a minute before the first retry and two before the second. */
const retryDelays: readonly number[] = [60_000, 120_000];

/**
 * Asynchronous invocations (`InvocationType: Event`): accepted once they are on disk, retried on the
 * virtual clock, and at the end handed to the failure destination. They survive a crash.
 */
export class Asynchronous {
  private readonly database: DatabaseSync;
  private readonly timers = new Map<string, Timer>();
  private readonly clock: Clock;
  private readonly invoke: (target: string, payload: unknown) => Promise<Answer>;
  private readonly deliver: (arn: string, body: string) => void;
  private readonly policyOf: (target: string) => EventPolicy;
  private active = 0;
  private closed = false;

  constructor(options: {
    readonly file: string;
    readonly clock: Clock;
    readonly invoke: (target: string, payload: unknown) => Promise<Answer>;
    readonly deliver: (arn: string, body: string) => void;
    readonly policyOf: (target: string) => EventPolicy;
  }) {
    this.clock = options.clock;
    this.invoke = options.invoke;
    this.deliver = options.deliver;
    this.policyOf = options.policyOf;
    this.database = new DatabaseSync(options.file);
    this.database.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
      CREATE TABLE IF NOT EXISTS event (
        id TEXT PRIMARY KEY, target TEXT NOT NULL, payload TEXT NOT NULL,
        attempt INTEGER NOT NULL, due INTEGER NOT NULL, accepted INTEGER NOT NULL
      ) STRICT`);
  }

  /** Takes up again what an earlier run accepted and did not finish. */
  resume(): void {
    for (const row of this.database.prepare('SELECT * FROM event ORDER BY accepted').all()) {
      this.schedule(Row.parse(row));
    }
  }

  /** Running right now; those waiting for a retry are timers, not work. */
  get pending(): number {
    return this.active;
  }

  /** @returns the request id */
  enqueue(target: string, payload: unknown): string {
    const now = this.clock.now();
    const event: Event = {
      id: randomUUID(),
      target,
      payload: JSON.stringify(payload) ?? 'null',
      attempt: 0,
      due: now,
      accepted: now,
    };
    this.database
      .prepare('INSERT INTO event VALUES (?, ?, ?, ?, ?, ?)')
      .run(event.id, target, event.payload, 0, now, now);
    this.start(event);
    return event.id;
  }

  close(): void {
    this.closed = true;
    for (const timer of this.timers.values()) timer.cancel();
    this.database.close();
  }

  private schedule(event: Event): void {
    const timer = this.clock.at(event.due, () => {
      this.timers.delete(event.id);
      this.start(event);
    });
    this.timers.set(event.id, timer);
  }

  private start(event: Event): void {
    this.active += 1;
    this.attempt(event)
      .catch((error: unknown) => {
        // A destination that would not take it: the event stays on disk and is tried at the next start.
        console.error(`asynchronous invocation of ${event.target}: ${String(error)}`);
      })
      .finally(() => {
        this.active -= 1;
      });
  }

  private async attempt(event: Event): Promise<void> {
    const payload: unknown = JSON.parse(event.payload);
    const answer = await this.tried(event.target, payload);
    // What runs while the laptop stops stays on disk and runs again.
    if (this.closed) return;
    const policy = this.policyOf(event.target);
    if (answer.functionError === undefined) {
      if (policy.onSuccess !== undefined) {
        this.deliver(policy.onSuccess, this.record(event, answer, payload, 'Success'));
      }
      this.forget(event);
      return;
    }
    const delay = retryDelays[event.attempt];
    const due = this.clock.now() + (delay ?? 0);
    const tooOld = due - event.accepted > policy.maximumAgeSeconds * 1000;
    if (delay !== undefined && event.attempt < policy.retries && !tooOld) {
      const next = { ...event, attempt: event.attempt + 1, due };
      this.database
        .prepare('UPDATE event SET attempt = ?, due = ? WHERE id = ?')
        .run(next.attempt, due, event.id);
      this.schedule(next);
      return;
    }
    const condition = tooOld ? 'EventAgeExceeded' : 'RetriesExhausted';
    if (policy.onFailure !== undefined) {
      this.deliver(policy.onFailure, this.record(event, answer, payload, condition));
    }
    if (policy.deadLetter !== undefined) this.deliver(policy.deadLetter, event.payload);
    this.forget(event);
  }

  private async tried(target: string, payload: unknown): Promise<Answer> {
    try {
      return await this.invoke(target, payload);
    } catch (error) {
      const errorType = error instanceof Error ? error.name : 'Error';
      const errorMessage = error instanceof Error ? error.message : String(error);
      return { payload: { errorType, errorMessage }, functionError: 'Unhandled', requestId: '' };
    }
  }

  private forget(event: Event): void {
    if (!this.closed) this.database.prepare('DELETE FROM event WHERE id = ?').run(event.id);
  }

  /** The record Lambda sends to a destination. */
  private record(event: Event, answer: Answer, payload: unknown, condition: string): string {
    return JSON.stringify({
      version: '1.0',
      timestamp: new Date(this.clock.now()).toISOString(),
      requestContext: {
        requestId: event.id,
        functionArn: event.target,
        condition,
        approximateInvokeCount: event.attempt + 1,
      },
      requestPayload: payload,
      responseContext: {
        statusCode: 200,
        executedVersion: '$LATEST',
        ...(answer.functionError === undefined ? {} : { functionError: answer.functionError }),
      },
      responsePayload: answer.payload,
    });
  }
}
