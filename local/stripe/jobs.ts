import * as z from 'zod';
import type { Clock, Timer } from '../clock.ts';
import type { Store } from './store.ts';
import { type JobKind, jobKinds } from './world.ts';

const jobRow = z.object({
  seq: z.number(),
  due: z.number(),
  kind: z.enum(jobKinds),
  subject: z.string(),
});
type Job = z.output<typeof jobRow>;

/** What is to happen later, kept in the store and armed on the clock. */
export class Jobs {
  private readonly store: Store;
  private readonly clock: Clock;
  private readonly run: (job: Job) => void;
  private readonly timers = new Set<Timer>();
  private fresh: Job[] = [];

  /** @param run does a job and calls `forget`, both in one transaction */
  constructor(store: Store, clock: Clock, run: (job: Job) => void) {
    this.store = store;
    this.clock = clock;
    this.run = run;
  }

  /** Belongs into a transaction, and `committed` or `rolledBack` after it. @param due milliseconds */
  schedule(due: number, kind: JobKind, subject: string): void {
    const { lastInsertRowid } = this.store
      .statement('INSERT INTO job (due, kind, subject) VALUES (?, ?, ?)')
      .run(due, kind, subject);
    this.fresh.push({ seq: Number(lastInsertRowid), due, kind, subject });
  }

  committed(): void {
    for (const job of this.fresh) this.arm(job);
    this.fresh = [];
  }

  rolledBack(): void {
    this.fresh = [];
  }

  forget(job: Job): void {
    this.store.statement('DELETE FROM job WHERE seq = ?').run(job.seq);
  }

  /** Arms what an earlier run left. */
  recover(): void {
    const rows = this.store.statement('SELECT seq, due, kind, subject FROM job ORDER BY seq').all();
    for (const found of rows) this.arm(jobRow.parse(found));
  }

  /** Forgets the timers, not the jobs. */
  disarm(): void {
    for (const timer of this.timers) timer.cancel();
    this.timers.clear();
  }

  private arm(job: Job): void {
    const timer = this.clock.at(job.due, () => {
      this.timers.delete(timer);
      this.run(job);
    });
    this.timers.add(timer);
  }
}
