import type { Clock } from '../clock.ts';
import type { Run } from './run.ts';
import { Sleepers } from './sleepers.ts';
import type { ExecutionRecord, Store } from './store/store.ts';

interface Parts {
  readonly store: Store;
  readonly clock: Clock;
  /** How many that only wait stay in memory. */
  readonly keep: number;
  /** Makes the run of an execution the store has. */
  readonly open: (record: ExecutionRecord) => Run;
}

/**
 * The executions in memory: those that have something under way, and of those that only wait the ones that were last
 * at work. The others are in the store alone, until somebody asks for them or their time comes.
 */
export class Residents {
  private readonly store: Store;
  private readonly keep: number;
  private readonly open: (record: ExecutionRecord) => Run;
  private readonly runs = new Map<string, Run>();
  /** How many have something to do now. */
  private atWork = 0;
  /** Those that only wait; the one that has waited longest comes first. */
  private readonly waiting = new Set<Run>();
  private readonly sleepers: Sleepers;

  constructor(parts: Parts) {
    this.store = parts.store;
    this.keep = parts.keep;
    this.open = parts.open;
    this.sleepers = new Sleepers(parts.clock, parts.store, (arn) => this.find(arn));
  }

  get size(): number {
    return this.runs.size;
  }

  /** Some have something to do now. */
  get busy(): boolean {
    return this.atWork > 0 || this.sleepers.pending;
  }

  /** Brings back what was under way when the store was last written, and sets the timer for the rest. */
  restore(): void {
    for (const arn of this.store.active()) this.find(arn);
    this.sleepers.ring();
  }

  /** Only if it is in memory. */
  get(arn: string): Run | undefined {
    return this.runs.get(arn);
  }

  /** Whatever runs, back from the store where it has left the memory. */
  find(arn: string): Run | undefined {
    const resident = this.runs.get(arn);
    if (resident !== undefined) return resident;
    const record = this.store.execution(arn);
    if (record === undefined || record.status !== 'RUNNING') return undefined;
    const run = this.open(record);
    this.add(run);
    run.resume(this.store.threads(arn));
    return run;
  }

  add(run: Run): void {
    this.runs.set(run.record.arn, run);
  }

  working(run: Run): void {
    if (!run.atWork) this.atWork += 1;
    run.atWork = true;
    if (this.waiting.size > 0) this.waiting.delete(run);
  }

  rested(run: Run): void {
    if (run.atWork) this.atWork -= 1;
    run.atWork = false;
    if (this.waiting.size > 0) this.waiting.delete(run);
  }

  /** The run is written and does nothing now: where it only waits, it may leave the memory. */
  written(run: Run): void {
    if (!this.store.durable || !run.waits) return;
    // Another that was written with it may just have taken its place.
    if (this.runs.get(run.record.arn) !== run) return;
    this.waiting.add(run);
    for (const oldest of this.waiting) {
      if (this.waiting.size <= this.keep) return;
      this.waiting.delete(oldest);
      const due = oldest.due();
      oldest.detach();
      this.runs.delete(oldest.record.arn);
      if (due !== undefined) this.sleepers.add(due);
    }
  }

  closed(run: Run): void {
    run.detach();
    const { arn } = run.record;
    if (this.runs.get(arn) === run) this.runs.delete(arn);
  }

  close(): void {
    this.sleepers.close();
    for (const run of this.runs.values()) run.detach();
    this.runs.clear();
  }
}
