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

interface Entry {
  readonly at: number;
  readonly order: number;
  fire: (() => void) | undefined;
}

/** setTimeout overflows past 2^31-1 ms; a longer wait looks again on the way. */
const longestSleep = 2_000_000_000;

export class VirtualClock implements Clock {
  private readonly heap: Entry[] = [];
  private order = 0;
  private live = 0;
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

  get offset(): number {
    return this.offsetMs;
  }

  /** How many timers wait. */
  get pending(): number {
    return this.live;
  }

  at(at: number, fire: () => void): Timer {
    this.order += 1;
    const entry: Entry = { at, order: this.order, fire };
    push(this.heap, entry);
    this.live += 1;
    this.sleep();
    return {
      cancel: () => {
        if (entry.fire !== undefined) this.live -= 1;
        entry.fire = undefined;
        if (this.live === 0) this.stop();
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
      const next = this.next();
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
    this.heap.length = 0;
    this.live = 0;
    this.stop();
  }

  private moveTo(time: number): void {
    const by = time - this.now();
    if (by <= 0) return;
    this.offsetMs += by;
    this.onMove(this.offsetMs);
    this.sleep();
  }

  private next(): Entry | undefined {
    while (this.heap[0] !== undefined && this.heap[0].fire === undefined) pop(this.heap);
    return this.heap[0];
  }

  private fireDue(): void {
    const now = this.now();
    for (let next = this.next(); next !== undefined && next.at <= now; next = this.next()) {
      pop(this.heap);
      const fire = next.fire;
      next.fire = undefined;
      this.live -= 1;
      fire?.();
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
    const next = this.next();
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

function before(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

function push(heap: Entry[], entry: Entry): void {
  let at = heap.length;
  heap.push(entry);
  while (at > 0) {
    const parentAt = (at - 1) >> 1;
    const parent = heap[parentAt];
    if (parent === undefined || !before(entry, parent)) break;
    heap[at] = parent;
    at = parentAt;
  }
  heap[at] = entry;
}

function pop(heap: Entry[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let at = 0;
  for (;;) {
    let childAt = 2 * at + 1;
    let child = heap[childAt];
    const right = heap[childAt + 1];
    if (right !== undefined && child !== undefined && before(right, child)) {
      childAt += 1;
      child = right;
    }
    if (child === undefined || !before(child, last)) break;
    heap[at] = child;
    at = childAt;
  }
  heap[at] = last;
}
