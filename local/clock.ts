import { type Entry, TimerHeap } from './timer-heap.ts';

/**
 * The laptop's one clock: real time plus an offset (`running`), or time that stands until it is moved
 * (`stopped`, for tests). Everything in the local cloud that waits, waits here.
 * Times are milliseconds since the epoch, delays milliseconds.
 */
export interface Clock {
  now(): number;
  /** Runs `fire` once, when the clock reaches `at`. A time already past fires on the next turn. */
  at(at: number, fire: () => void): Timer;
  after(delay: number, fire: () => void): Timer;
}

export interface Timer {
  cancel(): void;
}

/** setTimeout overflows past 2^31-1 ms; a longer wait looks again on the way. */
const longestSleep = 2_000_000_000;

export class VirtualClock implements Clock {
  private readonly heap = new TimerHeap();
  private order = 0;
  private sleeping: NodeJS.Timeout | undefined;
  private sleepingUntil = Number.POSITIVE_INFINITY;
  private offsetMs: number;
  private readonly stoppedAt: number | undefined;
  private readonly onMove: (offsetMs: number) => void;

  /**
   * @param options.stoppedAt the time stands here until `advance` moves it; without it the clock runs
   * @param options.offset what an earlier run had already moved the clock by
   * @param options.onMove told of every new offset, to keep it durable and to pass it on to workers
   */
  constructor(
    options: {
      readonly stoppedAt?: number;
      readonly offset?: number;
      readonly onMove?: (offsetMs: number) => void;
    } = {},
  ) {
    this.stoppedAt = options.stoppedAt;
    this.offsetMs = options.offset ?? 0;
    this.onMove = options.onMove ?? (() => undefined);
  }

  now(): number {
    return (this.stoppedAt ?? Date.now()) + this.offsetMs;
  }

  /** False where time stands until it is moved. */
  get runs(): boolean {
    return this.stoppedAt === undefined;
  }

  get offset(): number {
    return this.offsetMs;
  }

  /** How many timers wait. */
  get pending(): number {
    return this.heap.size;
  }

  /** When the earliest of them fires. */
  get next(): number | undefined {
    return this.heap.first()?.at;
  }

  at(at: number, fire: () => void): Timer {
    this.order += 1;
    const entry: Entry = { at, order: this.order, fire, place: -1 };
    this.heap.add(entry);
    if (this.heap.first() === entry) this.sleep();
    return {
      cancel: () => {
        this.heap.remove(entry);
        if (this.heap.size === 0) this.stop();
      },
    };
  }

  after(delay: number, fire: () => void): Timer {
    return this.at(this.now() + Math.max(0, delay), fire);
  }

  /**
   * Moves the clock by `ms`, stopping at every timer on the way; after each stop `settled` is awaited,
   * so that what a timer started happens at its own time and not at the journey's end.
   */
  async advance(ms: number, settled: () => Promise<void> = turn): Promise<void> {
    const target = this.now() + ms;
    await settled();
    for (;;) {
      const next = this.heap.first();
      if (next === undefined || next.at > target) break;
      this.moveTo(next.at);
      this.fireDue();
      await settled();
    }
    this.moveTo(target);
    this.fireDue();
    await settled();
  }

  /** Forgets every timer; nothing fires any more. */
  close(): void {
    this.heap.clear();
    this.stop();
  }

  private moveTo(time: number): void {
    const by = time - this.now();
    if (by <= 0) return;
    this.offsetMs += by;
    this.onMove(this.offsetMs);
    this.sleep();
  }

  private fireDue(): void {
    const now = this.now();
    for (let next = this.heap.first(); next !== undefined; next = this.heap.first()) {
      if (next.at > now) break;
      this.heap.remove(next);
      next.fire();
    }
    this.sleep();
  }

  private stop(): void {
    clearTimeout(this.sleeping);
    this.sleeping = undefined;
    this.sleepingUntil = Number.POSITIVE_INFINITY;
  }

  private sleep(): void {
    if (this.stoppedAt !== undefined) return;
    const next = this.heap.first();
    if (next === undefined) {
      this.stop();
      return;
    }
    const wake = next.at - this.offsetMs;
    if (this.sleeping !== undefined && this.sleepingUntil === wake) return;
    this.stop();
    this.sleepingUntil = wake;
    this.sleeping = setTimeout(
      () => {
        this.stop();
        this.fireDue();
      },
      Math.min(Math.max(0, wake - Date.now()), longestSleep),
    );
  }
}

/** One whole turn of the event loop: every promise and callback that was ready has run. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
