import type { Clock, Timer } from '../clock.ts';
import type { Activity, Thread } from './thread.ts';

/** One for all: the error an abort makes by itself costs more than the call. */
const abandoned = new Error('nobody waits for the answer any more');

/** What may come to a thread from outside: its timer, and the call it has under way. */
export class Alarms {
  private readonly clock: Clock;
  private readonly ring: (thread: Thread, activity: Activity) => void;
  private readonly timers = new Map<number, { readonly at: number; readonly timer: Timer }>();
  /** The only call, mostly; a map costs more than that, emptied and filled for every task. */
  private only: { readonly thread: number; readonly call: AbortController } | undefined;
  private readonly calls = new Map<number, AbortController>();

  constructor(clock: Clock, ring: (thread: Thread, activity: Activity) => void) {
    this.clock = clock;
    this.ring = ring;
  }

  /** A call is under way, which only this process knows of. */
  get calling(): boolean {
    return this.only !== undefined || this.calls.size > 0;
  }

  /** When the first of all timers goes off. */
  next(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { at } of this.timers.values()) next = Math.min(next, at);
    return next;
  }

  /**
   * Sets the timer the thread's activity asks for, in place of any other.
   * @param late a time that has come already rings at once
   */
  arm(thread: Thread, late = false): void {
    this.stopTimer(thread);
    const { activity } = thread;
    if (activity.kind !== 'task') this.stopCall(thread);
    const at = wakeTime(activity);
    if (at === undefined) return;
    if (late && at <= this.clock.now()) {
      this.ring(thread, activity);
      return;
    }
    const timer = this.clock.at(at, () => {
      this.timers.delete(thread.id);
      this.ring(thread, activity);
    });
    this.timers.set(thread.id, { at, timer });
  }

  /** The thread's call was answered: there is nothing left to abort. */
  answered(thread: Thread): void {
    if (this.only?.thread === thread.id) this.only = undefined;
    else this.calls.delete(thread.id);
  }

  /** The signal of a call the thread now makes; aborted once nobody waits for it any more. */
  call(thread: Thread): AbortSignal {
    const call = new AbortController();
    const free = this.only === undefined && !this.calls.has(thread.id);
    if (free || this.only?.thread === thread.id) this.only = { thread: thread.id, call };
    else this.calls.set(thread.id, call);
    return call.signal;
  }

  disarm(thread: Thread): void {
    this.stopTimer(thread);
    this.stopCall(thread);
  }

  close(): void {
    for (const { timer } of this.timers.values()) timer.cancel();
    this.timers.clear();
    this.only?.call.abort(abandoned);
    this.only = undefined;
    for (const call of this.calls.values()) call.abort(abandoned);
    this.calls.clear();
  }

  private stopTimer(thread: Thread): void {
    if (this.timers.size === 0) return;
    this.timers.get(thread.id)?.timer.cancel();
    this.timers.delete(thread.id);
  }

  private stopCall(thread: Thread): void {
    if (this.only?.thread === thread.id) {
      this.only.call.abort(abandoned);
      this.only = undefined;
    }
    if (this.calls.size === 0) return;
    this.calls.get(thread.id)?.abort(abandoned);
    this.calls.delete(thread.id);
  }
}

function wakeTime(activity: Activity): number | undefined {
  if (activity.kind === 'wait' || activity.kind === 'retry') return activity.until;
  if (activity.kind !== 'task') return undefined;
  const { timeoutAt, heartbeatAt } = activity;
  if (timeoutAt === undefined) return heartbeatAt;
  return heartbeatAt === undefined ? timeoutAt : Math.min(timeoutAt, heartbeatAt);
}
