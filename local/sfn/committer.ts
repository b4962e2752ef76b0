import type { Run } from './run.ts';
import type { Store } from './store/store.ts';

/**
 * Writes what runs did, then lets their effects happen. A durable store gathers all runs that come to rest in one turn
 * of the event loop into one write; any other writes at once.
 */
export class Committer {
  private readonly store: Store;
  private readonly wrote: (run: Run) => void;
  private readonly waiting = new Set<Run>();
  private scheduled: NodeJS.Immediate | undefined;
  private flushed: (() => void)[] = [];
  private stopped = false;

  /** @param wrote told of every run once it is written and its effects have happened */
  constructor(store: Store, wrote: (run: Run) => void) {
    this.store = store;
    this.wrote = wrote;
  }

  get pending(): boolean {
    return this.scheduled !== undefined;
  }

  add(run: Run): void {
    if (this.stopped) return;
    if (!this.store.durable) {
      const change = run.takeChange();
      this.store.commit([change]);
      run.forgetWritten();
      for (const effect of change.effects) effect.happen();
      if (!this.waiting.has(run)) this.wrote(run);
      return;
    }
    this.waiting.add(run);
    this.scheduled ??= setImmediate(() => this.flush());
  }

  written(run: Run): Promise<void> {
    return new Promise((resolve) => {
      this.flushed.push(resolve);
      this.waiting.add(run);
      this.scheduled ??= setImmediate(() => this.flush());
    });
  }

  /** Writes what is at rest now; nothing is accepted any more. */
  close(): void {
    this.flush();
    this.stopped = true;
  }

  private flush(): void {
    clearImmediate(this.scheduled);
    this.scheduled = undefined;
    if (this.stopped) return;
    const runs = [...this.waiting].filter((run) => run.resting);
    this.waiting.clear();
    const flushed = this.flushed;
    this.flushed = [];
    this.write(runs);
    for (const resolve of flushed) resolve();
  }

  private write(runs: readonly Run[]): void {
    const taken = runs.map((run) => run.takeChange());
    try {
      this.store.commit(taken);
    } catch (error) {
      // Nobody is told what is not written, and nothing is built upon it.
      this.stopped = true;
      throw error;
    }
    for (const run of runs) run.forgetWritten();
    for (const { effects } of taken) for (const effect of effects) effect.happen();
    for (const run of runs) if (!this.waiting.has(run)) this.wrote(run);
  }
}
