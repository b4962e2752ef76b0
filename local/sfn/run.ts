import type { Timer } from '../clock.ts';
import { Alarms } from './alarms.ts';
import { waited } from './behaviour.ts';
import type { Definition, State } from './definition.ts';
import { ErrorName, type StateError } from './errors.ts';
import { EventLog } from './event-log.ts';
import type { Outcome, View } from './flow.ts';
import { type Details, failure } from './history.ts';
import { begin, redrive } from './lifecycle.ts';
import type { Effect, Host, Message, Step } from './messages.ts';
import { Passage } from './passage.ts';
import { taskStarted } from './states/task.ts';
import type { Change, ExecutionRecord, ExecutionStatus, Revision } from './store/store.ts';
import { TaskCall } from './task-call.ts';
import type { Activity, TaskActivity, Thread } from './thread.ts';
import { Threads } from './threads.ts';
import { viewOf } from './view.ts';
import { type Awaitable, done, perform, type Work } from './work.ts';

/** Where an event follows: the newest event of a thread, or any other. */
interface Place {
  previous: number;
}

/** States that leave an event when they are cut off. */
const abortable = new Set(['Task', 'Wait', 'Parallel', 'Map']);

const none: readonly Effect[] = [];

/** Messages handled before other executions get their turn. */
const stride = 64;

/**
 * One execution at work: an actor that handles one message at a time. All it knows is in its record and its threads;
 * side effects (calls, answers to callers) wait in `effects` until the store has written what led to them.
 */
export class Run {
  readonly record: ExecutionRecord;
  readonly revision: Revision;
  readonly definition: Definition;
  readonly host: Host;
  readonly threads = new Threads();
  /** It has something to do now: kept by whoever counts those that have. */
  atWork = false;
  /** When the message at hand came: what it leads to has all happened then; milliseconds. */
  now: number;
  /** At a message's edge: record, threads and events fit each other. */
  resting = true;
  /** The oldest message: there is mostly just one, and an array costs more than that. */
  private first: Message | undefined;
  private mailbox: Message[] | undefined;
  private draining = false;
  /** Let go of: what is still told to it, as an answer nobody waits for, must not be written over what came since. */
  private released = false;
  /** Messages handled since the run last came to rest. */
  private handledInTurn = 0;
  private readonly events: EventLog;
  private effects: readonly Effect[] = none;
  private readonly alarms: Alarms;
  private deadline: Timer | undefined;
  private deadlineAt = Number.POSITIVE_INFINITY;
  /** The state last asked for, which mostly is the next one too, and its scope. */
  private lookedUp: State | undefined;
  private lookedUpIn = '';
  private readonly passage = new Passage(this);

  constructor(host: Host, record: ExecutionRecord, revision: Revision, definition: Definition) {
    this.host = host;
    this.record = record;
    this.revision = revision;
    this.definition = definition;
    this.events = new EventLog(record.startDate);
    this.now = record.startDate;
    this.alarms = new Alarms(host.clock, (thread, activity) =>
      this.post({ kind: 'timer', thread: thread.id, activity }),
    );
  }

  post(message: Message): void {
    if (this.released) return;
    if (this.first === undefined) this.first = message;
    else {
      this.mailbox ??= [];
      this.mailbox.push(message);
    }
    if (!this.draining) {
      this.draining = true;
      this.host.working(this);
      this.drain();
    }
  }

  /** What is to be written. Its events stay until `forgetWritten`, the rest is emptied by taking it. */
  takeChange(): Change & { readonly effects: readonly Effect[] } {
    const { effects } = this;
    this.effects = none;
    return {
      execution: this.record,
      due: this.due(),
      events: this.events,
      removed: this.threads.takeRemoved(),
      threads: this.threads.takeChanged(),
      effects,
    };
  }

  /** What was taken is written: nothing else happened since. */
  forgetWritten(): void {
    this.events.clear();
  }

  /** Goes on where the store left off: timers armed again from recorded times, calls in flight made again. */
  resume(threads: readonly Thread[]): void {
    // Nothing is handled before everything is back.
    this.draining = true;
    for (const thread of threads) this.threads.add(thread, true);
    this.armDeadline();
    if (this.deadlineAt <= this.host.clock.now()) this.post({ kind: 'deadline' });
    for (const thread of threads) {
      this.alarms.arm(thread, true);
      const { activity } = thread;
      if (activity.kind === 'enter' || activity.kind === 'attempt')
        this.post({ kind: 'go', thread: thread.id });
      if (activity.kind !== 'task') continue;
      if (!activity.submitted) {
        if (activity.started) this.call(thread, activity);
        else this.post({ kind: 'begin', thread: thread.id, activity });
      } else if (activity.child !== undefined) this.await(thread, activity);
    }
    this.host.working(this);
    this.drain();
  }

  /** Whether it does nothing but wait for a time or a token: all of it is in the store once it is written. */
  get waits(): boolean {
    return this.record.status === 'RUNNING' && !this.draining && !this.alarms.calling;
  }

  /** When it has something to do next, 0 for at once; undefined once it is closed. */
  due(): number | undefined {
    if (this.record.status !== 'RUNNING') return undefined;
    return this.waits ? Math.min(this.deadlineAt, this.alarms.next()) : 0;
  }

  /** Lets go of timers and calls without ending anything; nothing is taken any more. */
  detach(): void {
    this.released = true;
    this.alarms.close();
    this.deadline?.cancel();
    this.first = undefined;
    this.mailbox = undefined;
  }

  // ---- what states use -------------------------------------------------------------------------------------

  event(after: Place | undefined, type: string, details?: Details): number {
    this.record.lastEvent += 1;
    const id = this.record.lastEvent;
    // The first event after the start counts from 0, as on AWS.
    const previousEventId = after?.previous ?? 0;
    this.events.add(id, previousEventId, this.now, type, details);
    if (after !== undefined) after.previous = id;
    return id;
  }

  /** An event that others of its thread do not follow on. @returns its id */
  aside(after: Readonly<Place>, type: string, details?: Details): number {
    return this.event({ previous: after.previous }, type, details);
  }

  become(thread: Thread, activity: Activity): void {
    thread.activity = activity;
    this.threads.changed(thread);
    this.alarms.arm(thread);
  }

  spawn(thread: Omit<Thread, 'id'>): Thread {
    this.record.lastThread += 1;
    const born = { ...thread, id: this.record.lastThread };
    this.threads.add(born, false);
    this.post({ kind: 'go', thread: born.id });
    return born;
  }

  /** Forgets a thread and everything below it. */
  remove(thread: Thread): void {
    for (const child of this.threads.children(thread)) this.remove(child);
    this.alarms.disarm(thread);
    this.threads.remove(thread);
  }

  /**
   * Ends a thread that is still at work, because something beside it failed.
   * @param after what failed: the events of all that is cut off follow it. Without it nothing is recorded.
   */
  abort(thread: Thread, after?: Readonly<Place>): void {
    const { kind } = thread.activity;
    if (kind === 'done' || kind === 'failed' || kind === 'aborted') return;
    if (after !== undefined) {
      // A Map or Parallel that failed keeps its children, but has come to its end.
      if (thread.failed === true) return;
      this.cutOffIteration(thread, after);
      if (kind !== 'enter') this.cutOff(thread, after);
    }
    for (const child of this.threads.children(thread)) this.abort(child, after);
    this.alarms.disarm(thread);
    if (kind !== 'children') this.become(thread, { kind: 'aborted', entered: kind !== 'enter' });
  }

  private cutOffIteration(thread: Thread, after: Readonly<Place>): void {
    const parent = this.parentOf(thread);
    const state = parent === undefined ? undefined : this.stateOf(parent);
    if (state?.Type === 'Map')
      this.aside(after, 'MapIterationAborted', { name: state.name, index: thread.index });
  }

  /** Records that the thread's state was cut off. */
  cutOff(thread: Thread, after: Readonly<Place>): void {
    const { Type: type } = this.stateOf(thread);
    if (abortable.has(type)) this.aside(after, `${type}StateAborted`);
  }

  view(thread: Thread, state: State): View {
    return viewOf(this, thread, state);
  }

  /** Leaves the state: records it, sets its variables, goes on to `next` or ends the thread. */
  leave(step: Step, outcome: Outcome, next: string | undefined): Work<void> {
    return this.passage.leave(step, outcome, next);
  }

  /** Records an expression that failed; any other error leaves no such event. */
  evaluationFailed(step: Step, error: StateError): void {
    this.passage.evaluationFailed(step, error);
  }

  /** Takes up a task that was scheduled; it starts after what else its run has to do by now. */
  startTask(thread: Thread, activity: TaskActivity): void {
    this.become(thread, activity);
    this.post({ kind: 'begin', thread: thread.id, activity });
  }

  // ---- the loop --------------------------------------------------------------------------------------------

  /** Straight on to the end of the mailbox, unless a message has to wait for something. */
  private drain(): void {
    for (;;) {
      const message = this.first;
      if (message === undefined) break;
      this.first = this.mailbox?.shift();
      this.resting = false;
      const unfinished = this.handle(message);
      if (unfinished !== undefined) {
        void unfinished.then(() => this.handled());
        return;
      }
      this.resting = true;
      if (this.pauses()) return;
    }
    this.handledInTurn = 0;
    this.draining = false;
    this.host.rested(this);
  }

  private handled(): void {
    this.resting = true;
    if (!this.pauses()) this.drain();
  }

  /** Whether others get their turn now; the run goes on after it. One that has ended does not: it is let go of then. */
  private pauses(): boolean {
    if (this.record.status !== 'RUNNING') return false;
    this.handledInTurn += 1;
    if (this.handledInTurn % stride !== 0) return false;
    void this.host.written(this).then(() => this.drain());
    return true;
  }

  private handle(message: Message): Awaitable<void> {
    this.now = this.host.clock.now();
    if ('done' in message && message.done !== undefined) this.afterwards({ happen: message.done });
    if (this.record.status !== 'RUNNING' && message.kind !== 'redrive') return;
    switch (message.kind) {
      case 'start':
        begin(this);
        this.armDeadline();
        return;
      case 'redrive':
        redrive(this);
        this.armDeadline();
        return;
      case 'stop':
        this.event(undefined, 'ExecutionAborted', failure(message));
        this.close('ABORTED', message);
        return;
      case 'deadline':
        this.event(undefined, 'ExecutionTimedOut', { error: ErrorName.timeout });
        this.close('TIMED_OUT', {});
        return;
      default:
    }
    const thread = this.threads.get(message.thread);
    if (thread === undefined) return;
    if (message.kind === 'go') return perform(this.passage.walk(thread));
    if (thread.activity !== message.activity) return;
    if (message.kind === 'begin') {
      this.launch(thread, message.activity);
      return;
    }
    if (message.kind === 'settled') this.alarms.answered(thread);
    const work =
      message.kind === 'timer'
        ? this.passage.guard(thread, waited)
        : this.passage.answered(thread, message.kind, message.answer);
    return perform(work === done ? this.passage.walk(thread) : this.goOn(thread, work));
  }

  private *goOn(thread: Thread, work: Work<void>): Work<void> {
    yield* work;
    yield* this.passage.walk(thread);
  }

  close(
    status: ExecutionStatus,
    error: { readonly error?: string | undefined; readonly cause?: string | undefined },
  ): void {
    const { record } = this;
    record.status = status;
    record.stopDate = this.now;
    if (error.error !== undefined && error.error !== '') record.error = error.error;
    if (error.cause !== undefined) record.cause = error.cause;
    this.deadline?.cancel();
    const kept = status !== 'SUCCEEDED' && record.type === 'STANDARD';
    for (const thread of this.threads.all()) {
      if (thread.parent !== undefined) continue;
      // What did not succeed may be redriven, and goes on from these.
      if (kept) this.abort(thread);
      else this.remove(thread);
    }
    this.afterwards({ happen: () => this.host.closed(this) });
  }

  // ---- small parts -----------------------------------------------------------------------------------------

  stateOf(thread: Thread): State {
    const { lookedUp } = this;
    if (lookedUp?.name === thread.state && this.lookedUpIn === thread.scope) return lookedUp;
    const state = this.definition.scopes.get(thread.scope)?.states.get(thread.state);
    if (state === undefined) throw new Error(`no state ${thread.state} in '${thread.scope}'`);
    this.lookedUp = state;
    this.lookedUpIn = thread.scope;
    return state;
  }

  /** A heartbeat moved the thread's deadline. */
  touched(thread: Thread): void {
    this.threads.changed(thread);
    this.alarms.arm(thread);
    if (!this.draining) this.host.rested(this);
  }

  parentOf(thread: Thread): Thread | undefined {
    return thread.parent === undefined ? undefined : this.threads.get(thread.parent);
  }

  /** Waits for the child execution of a `.sync` task; ends with it when the task is given up. */
  await(thread: Thread, activity: TaskActivity): void {
    const call = new TaskCall(this, thread, activity);
    this.alarms.call(call);
    this.afterwards({ happen: () => this.host.awaitChild(call) });
  }

  /** Mostly there is one: a list that grows makes room for many. */
  private afterwards(effect: Effect): void {
    this.effects = this.effects === none ? [effect] : [...this.effects, effect];
  }

  private launch(thread: Thread, activity: TaskActivity): void {
    taskStarted(this, thread, activity);
    activity.started = true;
    this.threads.changed(thread);
    this.call(thread, activity);
  }

  private call(thread: Thread, activity: TaskActivity): void {
    const call = new TaskCall(this, thread, activity);
    this.alarms.call(call);
    this.afterwards(call);
  }

  private armDeadline(): void {
    const seconds = this.definition.timeoutSeconds;
    const expressLimit = this.record.type === 'EXPRESS' ? 300 : undefined;
    const limit = Math.min(seconds ?? Number.POSITIVE_INFINITY, expressLimit ?? 31_622_400);
    const from = this.record.redriveDate ?? this.record.startDate;
    this.deadlineAt = from + limit * 1000;
    this.deadline = this.host.clock.at(this.deadlineAt, () => this.post({ kind: 'deadline' }));
  }
}
