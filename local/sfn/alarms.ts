import type { Clock, Timer } from '../clock.ts';
import type { TaskCall } from './task-call.ts';
import type { Activity, Thread } from './thread.ts';

/** What may come to a thread from outside: its timer, and the call it has under way. */
export class Alarms {
  private readonly clock: Clock;
  private readonly ring: (thread: Thread, activity: Activity) => void;
  private timers: Map<number, { readonly at: number; readonly timer: Timer }> | undefined;
  /** The only call, mostly; a map costs more than that, emptied and filled for every task. */
  private only: TaskCall | undefined;
  private calls: Map<number, TaskCall> | undefined;

  constructor(clock: Clock, ring: (thread: Thread, activity: Activity) => void) {
    this.clock = clock;
    this.ring = ring;
  }

  /** A call is under way, which only this process knows of. */
  get calling(): boolean {
    return this.only !== undefined || (this.calls !== undefined && this.calls.size > 0);
  }

  /** When the first of all timers goes off. */
  next(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { at } of this.timers?.values() ?? []) next = Math.min(next, at);
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
      this.timers?.delete(thread.id);
      this.ring(thread, activity);
    });
    this.timers ??= new Map();
    this.timers.set(thread.id, { at, timer });
  }

  /** The thread's call was answered: there is nothing left to abort. */
  answered(thread: Thread): void {
    if (this.only?.thread === thread) this.only = undefined;
    else this.calls?.delete(thread.id);
  }

  /** A call its thread now makes; abandoned once nobody waits for it any more. */
  call(call: TaskCall): void {
    const { thread } = call;
    const free = this.only === undefined && this.calls?.has(thread.id) !== true;
    if (free || this.only?.thread === thread) {
      this.only = call;
      return;
    }
    this.calls ??= new Map();
    this.calls.set(thread.id, call);
  }

  disarm(thread: Thread): void {
    this.stopTimer(thread);
    this.stopCall(thread);
  }

  close(): void {
    for (const { timer } of this.timers?.values() ?? []) timer.cancel();
    this.timers = undefined;
    this.only?.abandon();
    this.only = undefined;
    for (const call of this.calls?.values() ?? []) call.abandon();
    this.calls = undefined;
  }

  private stopTimer(thread: Thread): void {
    if (this.timers === undefined) return;
    this.timers.get(thread.id)?.timer.cancel();
    this.timers.delete(thread.id);
  }

  private stopCall(thread: Thread): void {
    if (this.only?.thread === thread) {
      this.only.abandon();
      this.only = undefined;
    }
    if (this.calls === undefined) return;
    this.calls.get(thread.id)?.abandon();
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
