import type { Clock, Timer } from '../clock.ts';
import { answered, attempt, childEnded, enter, waited } from './behaviour.ts';
import { contextOf } from './context.ts';
import type { Definition, State } from './definition.ts';
import { ErrorName, EvaluationError, StateError, stateError } from './errors.ts';
import type { Outcome, View } from './flow.ts';
import { type Details, failure, type HistoryEvent, whole } from './history.ts';
import { exceeds, type Json, parseJson, textOf } from './json.ts';
import { recover } from './recovery.ts';
import type { Change, ExecutionRecord, ExecutionStatus, Revision } from './store/store.ts';
import type { Activity, TaskActivity, Thread } from './thread.ts';

/** What a run needs of the engine around it. */
export interface Host {
  readonly clock: Clock;
  readonly random: () => number;
  readonly newId: () => string;
  readonly region: string;
  makeToken(run: Run, thread: Thread, attempt: string): string;
  /** Calls the task's resource; it answers with a `settled` message. */
  call(run: Run, thread: Thread, activity: TaskActivity, signal: AbortSignal): void;
  /** Waits for the execution a `.sync` task started; it answers with a `callback` message. */
  awaitChild(run: Run, thread: Thread, activity: TaskActivity, signal: AbortSignal): void;
  /** The run has something to do. */
  working(run: Run): void;
  /** The run came to rest with something to write. */
  rested(run: Run): void;
  /** Resolves once what the run did so far is written. */
  written(run: Run): Promise<void>;
  closed(run: Run): void;
}

export type Message =
  | { readonly kind: 'start'; readonly done: () => void }
  | { readonly kind: 'redrive'; readonly done: () => void }
  | { readonly kind: 'go'; readonly thread: number }
  | { readonly kind: 'timer'; readonly thread: number; readonly activity: Activity }
  | { readonly kind: 'deadline' }
  | {
      readonly kind: 'settled';
      readonly thread: number;
      readonly activity: TaskActivity;
      readonly answer: Answer;
    }
  | {
      readonly kind: 'callback';
      readonly thread: number;
      readonly activity: TaskActivity;
      readonly answer: Answer;
      readonly done?: () => void;
    }
  | {
      readonly kind: 'stop';
      readonly error: string | undefined;
      readonly cause: string | undefined;
      readonly done: () => void;
    };

export type Answer =
  | { readonly ok: true; readonly value: Json }
  | { readonly ok: false; readonly error: StateError };

/** A state at work in a run: what the states' files are handed. */
export interface Step<S extends State = State> {
  readonly run: Run;
  readonly thread: Thread;
  readonly state: S;
}

/** States that leave an event when they are cut off. */
const abortable = new Set(['Task', 'Wait', 'Parallel', 'Map']);

const dataLimit = 256 * 1024;
const historyLimit = 25_000;
/** States a thread passes before another message of its run gets its turn. */
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
  readonly threads = new Map<number, Thread>();
  /** At a message's edge: record, threads and events fit each other. */
  resting = true;
  private readonly mailbox: Message[] = [];
  private draining = false;
  private events: HistoryEvent[] = [];
  private readonly dirty = new Set<Thread>();
  private removed: number[] = [];
  private effects: (() => void)[] = [];
  private readonly timers = new Map<number, Timer>();
  private deadline: Timer | undefined;
  /** Failed expressions already recorded: a branch's failure comes by again in the states around it. */
  private readonly reported = new WeakSet<StateError>();
  private readonly calls = new Map<number, AbortController>();

  constructor(host: Host, record: ExecutionRecord, revision: Revision, definition: Definition) {
    this.host = host;
    this.record = record;
    this.revision = revision;
    this.definition = definition;
  }

  get busy(): boolean {
    return this.draining;
  }

  post(message: Message): void {
    this.mailbox.push(message);
    if (!this.draining) {
      this.draining = true;
      this.host.working(this);
      void this.drain();
    }
  }

  /** What is to be written; taking it empties it. */
  takeChange(): { readonly change: Change; readonly effects: readonly (() => void)[] } {
    const change = {
      execution: this.record,
      events: this.events,
      threads: [...this.dirty],
      removed: this.removed,
    };
    const effects = this.effects;
    this.events = [];
    this.dirty.clear();
    this.removed = [];
    this.effects = [];
    return { change, effects };
  }

  /** Goes on where the store left off: timers armed again from recorded times, calls in flight made again. */
  resume(threads: readonly Thread[]): void {
    for (const thread of threads) this.threads.set(thread.id, thread);
    this.armDeadline();
    for (const thread of threads) {
      this.arm(thread);
      const { activity } = thread;
      if (activity.kind === 'enter' || activity.kind === 'attempt')
        this.post({ kind: 'go', thread: thread.id });
      if (activity.kind !== 'task') continue;
      if (!activity.submitted) this.call(thread, activity);
      else if (activity.child !== undefined) this.await(thread, activity);
    }
  }

  /** Lets go of timers and calls without ending anything. */
  detach(): void {
    for (const timer of this.timers.values()) timer.cancel();
    this.timers.clear();
    this.deadline?.cancel();
    for (const call of this.calls.values()) call.abort();
    this.calls.clear();
    this.mailbox.length = 0;
  }

  // ---- what states use -------------------------------------------------------------------------------------

  event(after: { previous: number } | undefined, type: string, details?: Details): number {
    this.record.lastEvent += 1;
    const id = this.record.lastEvent;
    this.events.push({
      id,
      // The first event after the start counts from 0, as on AWS.
      previousEventId: after?.previous ?? 0,
      timestamp: this.host.clock.now(),
      type,
      ...(details === undefined ? {} : { details }),
    });
    if (after !== undefined) after.previous = id;
    return id;
  }

  /** An event that others of its thread do not follow on. @returns its id */
  aside(after: { readonly previous: number }, type: string, details?: Details): number {
    return this.event({ previous: after.previous }, type, details);
  }

  become(thread: Thread, activity: Activity): void {
    thread.activity = activity;
    this.dirty.add(thread);
    this.arm(thread);
  }

  spawn(thread: Omit<Thread, 'id'>): Thread {
    this.record.lastThread += 1;
    const born = { ...thread, id: this.record.lastThread };
    this.threads.set(born.id, born);
    this.dirty.add(born);
    this.post({ kind: 'go', thread: born.id });
    return born;
  }

  children(parent: Thread): Thread[] {
    return [...this.threads.values()].filter((thread) => thread.parent === parent.id);
  }

  /** Forgets a thread and everything below it. */
  remove(thread: Thread): void {
    for (const child of this.children(thread)) this.remove(child);
    this.disarm(thread);
    this.threads.delete(thread.id);
    this.dirty.delete(thread);
    this.removed.push(thread.id);
  }

  /** Ends a thread that is still at work, because something beside it failed. */
  abort(thread: Thread, recorded: boolean): void {
    const { kind } = thread.activity;
    if (kind === 'done' || kind === 'failed' || kind === 'aborted') return;
    for (const child of this.children(thread)) this.abort(child, recorded);
    const { Type: type } = this.stateOf(thread);
    if (recorded && kind !== 'enter' && abortable.has(type))
      this.aside(thread, `${type}StateAborted`);
    this.disarm(thread);
    if (kind !== 'children') this.become(thread, { kind: 'aborted', entered: kind !== 'enter' });
  }

  view(thread: Thread, state: State, input: Json = thread.input): View {
    const vars = this.varsOf(thread);
    return {
      state,
      input,
      environment: (extra = {}) => ({
        states: { input, context: () => contextOf(this, thread), ...extra },
        vars,
        now: this.host.clock.now(),
        random: this.host.random,
        newId: this.host.newId,
        where: `An error occurred while executing the state '${state.name}' (entered at the event id #${thread.enteredEvent}).`,
      }),
    };
  }

  /** Leaves the state: records it, sets its variables, goes on to `next` or ends the thread. */
  async leave(step: Step, outcome: Outcome, next: string | undefined): Promise<void> {
    const { thread, state } = step;
    const text = textOf(outcome.output);
    if (exceeds(text, dataLimit)) throw tooLarge(state.name);
    this.event(thread, `${state.Type}StateExited`, {
      name: state.name,
      output: text,
      outputDetails: whole,
      ...(outcome.assign === undefined ? {} : assigned(outcome.assign)),
    });
    if (outcome.assign !== undefined) thread.vars = { ...thread.vars, ...outcome.assign };
    if (next === undefined) {
      await this.finish(thread, outcome.output);
      return;
    }
    thread.state = next;
    thread.input = outcome.output;
    thread.retries = [];
    thread.retryCount = 0;
    delete thread.token;
    this.become(thread, { kind: 'enter' });
  }

  startTask(thread: Thread, activity: TaskActivity): void {
    this.become(thread, activity);
    this.call(thread, activity);
  }

  // ---- the loop --------------------------------------------------------------------------------------------

  private async drain(): Promise<void> {
    for (let count = 1; ; count += 1) {
      const message = this.mailbox.shift();
      if (message === undefined) break;
      this.resting = false;
      await this.handle(message);
      this.resting = true;
      if (count % stride === 0) await this.host.written(this);
    }
    this.draining = false;
    this.host.rested(this);
  }

  private async handle(message: Message): Promise<void> {
    if ('done' in message && message.done !== undefined) this.effects.push(message.done);
    if (this.record.status !== 'RUNNING' && message.kind !== 'redrive') return;
    switch (message.kind) {
      case 'start':
        this.begin();
        return;
      case 'redrive':
        this.redrive();
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
    if (message.kind === 'go') {
      await this.walk(thread);
      return;
    }
    if (thread.activity !== message.activity) return;
    if (message.kind === 'timer') await this.guard(thread, waited);
    else await this.guard(thread, (step) => answered(step, message.kind, message.answer));
    await this.walk(thread);
  }

  private async walk(thread: Thread): Promise<void> {
    for (let count = 0; count < stride; count += 1) {
      if (this.record.status !== 'RUNNING') return;
      const { kind } = thread.activity;
      if (kind !== 'enter' && kind !== 'attempt') return;
      if (this.record.type === 'STANDARD' && this.record.lastEvent >= historyLimit - 1) {
        const error = new StateError(
          ErrorName.runtime,
          `The execution reached the maximum number of history events (${historyLimit}).`,
        );
        this.event(thread, 'ExecutionFailed', failure(error));
        this.close('FAILED', error);
        return;
      }
      await this.guard(thread, kind === 'enter' ? enter : attempt);
    }
    this.post({ kind: 'go', thread: thread.id });
  }

  /** Does a state's work; an error it throws goes the way of Retry, Catch or failure. */
  private async guard(thread: Thread, work: (step: Step) => Promise<void>): Promise<void> {
    const state = this.stateOf(thread);
    const step = { run: this, thread, state };
    try {
      await work(step);
    } catch (thrown) {
      await this.raise(step, stateError(thrown));
    }
  }

  private async raise(step: Step, error: StateError): Promise<void> {
    const { thread } = step;
    this.evaluationFailed(step, error);
    // Nothing catches a runtime error: it ends the execution from whatever depth it comes.
    if (error.error === ErrorName.runtime) {
      thread.failed = true;
      this.become(thread, { kind: 'failed' });
      this.event(thread, 'ExecutionFailed', failure(error));
      this.close('FAILED', error);
      return;
    }
    const left = await recover(step, error);
    if (left !== undefined) await this.fail(step, left);
  }

  /** Records an expression that failed; any other error leaves no such event. */
  evaluationFailed({ thread, state }: Step, error: StateError): void {
    if (!(error instanceof EvaluationError) || this.reported.has(error)) return;
    this.reported.add(error);
    this.event(thread, 'EvaluationFailed', {
      ...failure(error),
      location: error.location,
      state: state.name,
    });
  }

  private async fail({ thread, state }: Step, error: StateError): Promise<void> {
    thread.failed = true;
    // A Map or Parallel keeps its children: a redrive goes on with those that did not succeed.
    if (thread.activity.kind === 'children') this.dirty.add(thread);
    else this.become(thread, { kind: 'failed' });
    const parent = this.parentOf(thread);
    if (parent !== undefined) {
      if (state.Type === 'Task') this.aside(thread, 'TaskStateAborted');
      await this.tellParent(parent, thread, error);
      return;
    }
    this.event(thread, 'ExecutionFailed', failure(error));
    this.close('FAILED', error);
  }

  private async finish(thread: Thread, output: Json): Promise<void> {
    const parent = this.parentOf(thread);
    if (parent !== undefined) {
      this.become(thread, { kind: 'done', output });
      await this.tellParent(parent, thread, undefined);
      return;
    }
    const text = textOf(output);
    this.event(thread, 'ExecutionSucceeded', { output: text, outputDetails: whole });
    this.record.output = text;
    this.close('SUCCEEDED', {});
  }

  private async tellParent(
    parent: Thread,
    child: Thread,
    error: StateError | undefined,
  ): Promise<void> {
    await this.guard(parent, (step) => childEnded(step, child, error));
    if (parent.activity.kind === 'enter') this.post({ kind: 'go', thread: parent.id });
  }

  private begin(): void {
    const { record, revision } = this;
    this.event(undefined, 'ExecutionStarted', {
      input: record.input,
      inputDetails: whole,
      roleArn: revision.roleArn,
      ...(record.aliasArn === undefined ? {} : { stateMachineAliasArn: record.aliasArn }),
      ...(record.versionArn === undefined ? {} : { stateMachineVersionArn: record.versionArn }),
    });
    const input = parseJson(record.input);
    this.armDeadline();
    this.spawn({
      parent: undefined,
      index: 0,
      scope: '',
      vars: {},
      previous: 0,
      state: this.definition.scopes.get('')?.startAt ?? '',
      input,
      enteredAt: record.startDate,
      enteredEvent: 0,
      retries: [],
      retryCount: 0,
      activity: { kind: 'enter' },
    });
  }

  /** Starts a failed execution again at its unsuccessful states; finished branches and iterations stay finished. */
  private redrive(): void {
    const { record } = this;
    record.redriveCount += 1;
    record.redriveDate = this.host.clock.now();
    record.status = 'RUNNING';
    delete record.stopDate;
    delete record.error;
    delete record.cause;
    const redriven = this.event({ previous: record.lastEvent }, 'ExecutionRedriven', {
      redriveCount: record.redriveCount,
    });
    this.armDeadline();
    for (const thread of [...this.threads.values()]) {
      delete thread.failed;
      this.dirty.add(thread);
      const { activity } = thread;
      const joined =
        activity.kind === 'children' &&
        this.children(thread).every((one) => one.activity.kind === 'done');
      if (activity.kind !== 'failed' && activity.kind !== 'aborted' && !joined) continue;
      if (joined) for (const child of this.children(thread)) this.remove(child);
      thread.retries = [];
      thread.retryCount = 0;
      thread.previous = redriven;
      const fresh = activity.kind === 'aborted' && !activity.entered;
      this.become(thread, { kind: fresh ? 'enter' : 'attempt' });
      this.post({ kind: 'go', thread: thread.id });
    }
  }

  private close(
    status: ExecutionStatus,
    error: { readonly error?: string | undefined; readonly cause?: string | undefined },
  ): void {
    const { record } = this;
    record.status = status;
    record.stopDate = this.host.clock.now();
    if (error.error !== undefined && error.error !== '') record.error = error.error;
    if (error.cause !== undefined) record.cause = error.cause;
    this.deadline?.cancel();
    for (const thread of [...this.threads.values()])
      if (status === 'SUCCEEDED' || record.type === 'EXPRESS') {
        if (thread.parent === undefined) this.remove(thread);
      } else if (thread.parent === undefined) this.abort(thread, false);
    this.effects.push(() => this.host.closed(this));
  }

  // ---- small parts -----------------------------------------------------------------------------------------

  stateOf(thread: Thread): State {
    const state = this.definition.scopes.get(thread.scope)?.states.get(thread.state);
    if (state === undefined) throw new Error(`no state ${thread.state} in '${thread.scope}'`);
    return state;
  }

  /** A heartbeat moved the thread's deadline. */
  touched(thread: Thread): void {
    this.dirty.add(thread);
    this.arm(thread);
    if (!this.draining) this.host.rested(this);
  }

  parentOf(thread: Thread): Thread | undefined {
    return thread.parent === undefined ? undefined : this.threads.get(thread.parent);
  }

  private varsOf(thread: Thread): Readonly<Record<string, Json>> {
    const parent = this.parentOf(thread);
    return parent === undefined ? thread.vars : { ...this.varsOf(parent), ...thread.vars };
  }

  /** Waits for the child execution of a `.sync` task; ends with it when the task is given up. */
  await(thread: Thread, activity: TaskActivity): void {
    const controller = new AbortController();
    this.calls.set(thread.id, controller);
    this.effects.push(() => this.host.awaitChild(this, thread, activity, controller.signal));
  }

  private call(thread: Thread, activity: TaskActivity): void {
    const controller = new AbortController();
    this.calls.set(thread.id, controller);
    this.effects.push(() => {
      if (thread.activity === activity) this.host.call(this, thread, activity, controller.signal);
    });
  }

  private disarm(thread: Thread): void {
    this.timers.get(thread.id)?.cancel();
    this.timers.delete(thread.id);
    this.calls.get(thread.id)?.abort();
    this.calls.delete(thread.id);
  }

  private arm(thread: Thread): void {
    this.timers.get(thread.id)?.cancel();
    this.timers.delete(thread.id);
    const { activity } = thread;
    if (activity.kind !== 'task') {
      this.calls.get(thread.id)?.abort();
      this.calls.delete(thread.id);
    }
    const at = wakeTime(activity);
    if (at === undefined) return;
    const timer = this.host.clock.at(at, () =>
      this.post({ kind: 'timer', thread: thread.id, activity }),
    );
    this.timers.set(thread.id, timer);
  }

  private armDeadline(): void {
    const seconds = this.definition.timeoutSeconds;
    const expressLimit = this.record.type === 'EXPRESS' ? 300 : undefined;
    const limit = Math.min(seconds ?? Number.POSITIVE_INFINITY, expressLimit ?? 31_622_400);
    const from = this.record.redriveDate ?? this.record.startDate;
    this.deadline = this.host.clock.at(from + limit * 1000, () => this.post({ kind: 'deadline' }));
  }
}

function wakeTime(activity: Activity): number | undefined {
  if (activity.kind === 'wait' || activity.kind === 'retry') return activity.until;
  if (activity.kind !== 'task') return undefined;
  const { timeoutAt, heartbeatAt } = activity;
  if (timeoutAt === undefined) return heartbeatAt;
  return heartbeatAt === undefined ? timeoutAt : Math.min(timeoutAt, heartbeatAt);
}

function tooLarge(state: string): StateError {
  return new StateError(
    ErrorName.dataLimit,
    `The state/task '${state}' returned a result with a size exceeding the maximum number of bytes service limit.`,
  );
}

function assigned(assign: Readonly<Record<string, Json>>): Details {
  return {
    assignedVariables: Object.fromEntries(
      Object.entries(assign).map(([name, value]) => [name, textOf(value)]),
    ),
    assignedVariablesDetails: whole,
  };
}
