import type { Clock, Timer } from '../clock.ts';
import type { Store } from './store/store.ts';

/** How many executions one transaction deletes. */
const batch = 200;
const atMostEvery = 3600 * 1000;

/**
 * Deletes executions a set time after they closed, with their history. Their names stay taken as long as the service
 * keeps names. It looks once an hour of the clock, and only while there is something to delete.
 */
export class Pruner {
  private readonly clock: Clock;
  private readonly store: Store;
  private readonly keepMs: number;
  private readonly nameHeldMs: number;
  private timer: Timer | undefined;
  private stopped = false;

  /** @param times milliseconds: how long finished executions and their names are kept */
  constructor(clock: Clock, store: Store, times: { readonly keep: number; readonly name: number }) {
    this.clock = clock;
    this.store = store;
    this.keepMs = times.keep;
    this.nameHeldMs = times.name;
  }

  /** An execution has closed, or the engine starts up. */
  look(): void {
    if (this.timer === undefined && !this.stopped) this.sleep(0);
  }

  close(): void {
    this.stopped = true;
    this.timer?.cancel();
  }

  private prune(): void {
    const now = this.clock.now();
    const heldUntil = (stopped: number): number => {
      const until = stopped + this.nameHeldMs;
      return until > now ? until : 0;
    };
    const released = this.store.release(now, batch);
    const pruned = this.store.prune(now - this.keepMs, batch, heldUntil);
    this.sleep(released === batch || pruned === batch ? now : now + atMostEvery);
  }

  /** Until there is something to delete, and not before `earliest`. */
  private sleep(earliest: number): void {
    this.timer = undefined;
    const stopped = this.store.oldestStopped();
    const free = this.store.firstFree();
    if (stopped === undefined && free === undefined) return;
    const first = Math.min(
      stopped === undefined ? Number.POSITIVE_INFINITY : stopped + this.keepMs + 1,
      free ?? Number.POSITIVE_INFINITY,
    );
    this.timer = this.clock.at(Math.max(earliest, first), () => this.prune());
  }
}
