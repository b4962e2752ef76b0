import type { Clock, Timer } from '../clock.ts';
import type { Store } from './store/store.ts';

/** How many are woken before others get their turn. */
const batch = 500;

/**
 * Executions that only wait, for a time or for a token. They are in the store alone, without memory or timers of
 * their own: one timer goes off when the first of them is due.
 */
export class Sleepers {
  private readonly clock: Clock;
  private readonly store: Store;
  private readonly wake: (executionArn: string) => void;
  private timer: Timer | undefined;
  private armedFor = Number.POSITIVE_INFINITY;
  private next: NodeJS.Immediate | undefined;

  constructor(clock: Clock, store: Store, wake: (executionArn: string) => void) {
    this.clock = clock;
    this.store = store;
    this.wake = wake;
  }

  /** Some that are due wait for their turn. */
  get pending(): boolean {
    return this.next !== undefined;
  }

  /** One more sleeps, until `due`. */
  add(due: number): void {
    if (due >= this.armedFor) return;
    this.timer?.cancel();
    this.armedFor = due;
    this.timer = this.clock.at(due, () => this.ring());
  }

  /** Wakes all that are due, and sees when the next ones are. */
  ring(): void {
    this.next = undefined;
    this.timer?.cancel();
    this.armedFor = Number.POSITIVE_INFINITY;
    const now = this.clock.now();
    const due = this.store.due(now, batch);
    for (const arn of due) this.wake(arn);
    if (due.length === batch) this.next = setImmediate(() => this.ring());
    else this.add(this.store.nextDue(now) ?? Number.POSITIVE_INFINITY);
  }

  close(): void {
    this.timer?.cancel();
    clearImmediate(this.next);
    this.next = undefined;
  }
}
