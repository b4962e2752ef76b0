import { answered, attempt, childEnded, enter } from './behaviour.ts';
import { ErrorName, EvaluationError, StateError, stateError } from './errors.ts';
import type { Outcome } from './flow.ts';
import { type Details, exitedEvent, failure } from './history.ts';
import { exceeds, type Json, textOf } from './json.ts';
import type { Answer, Step } from './messages.ts';
import { recover } from './recovery.ts';
import type { Run } from './run.ts';
import type { Thread } from './thread.ts';
import { done, type Work } from './work.ts';

const dataLimit = 256 * 1024;
export const historyLimit = 25_000;
const none: readonly number[] = [];
const toEnter = { kind: 'enter' } as const;
/** States a thread passes before another message of its run gets its turn. */
const stride = 64;

/** How a run's threads pass through states: into them, out of them, and up to the state around them. */
export class Passage {
  private readonly run: Run;
  /** Failed expressions already recorded: a branch's failure comes by again in the states around it. */
  private reported: WeakSet<StateError> | undefined;

  constructor(run: Run) {
    this.run = run;
  }

  /** Lets the thread pass from state to state until it has to wait for something. */
  walk(thread: Thread): Work<void> {
    for (let count = 1; count <= stride; count += 1) {
      const left = this.pass(thread);
      if (left === undefined) return done;
      if (left !== done) return this.walkOn(thread, left, count);
    }
    this.run.post({ kind: 'go', thread: thread.id });
    return done;
  }

  /** Does a state's work; an error it throws goes the way of Retry, Catch or failure. */
  guard(thread: Thread, work: (step: Step) => Work<void>): Work<void> {
    const step = { run: this.run, thread, state: this.run.stateOf(thread) };
    try {
      const left = work(step);
      return left === done ? done : this.guarded(step, left);
    } catch (thrown) {
      return this.raise(step, stateError(thrown));
    }
  }

  /** A task's call or callback was answered. */
  answered(thread: Thread, by: 'settled' | 'callback', answer: Answer): Work<void> {
    const step = { run: this.run, thread, state: this.run.stateOf(thread) };
    try {
      const left = answered(step, by, answer);
      return left === done ? done : this.guarded(step, left);
    } catch (thrown) {
      return this.raise(step, stateError(thrown));
    }
  }

  private *walkOn(thread: Thread, first: Work<void>, passed: number): Work<void> {
    let left: Work<void> | undefined = first;
    for (let count = passed; left !== undefined; count += 1) {
      yield* left;
      if (count === stride) {
        this.run.post({ kind: 'go', thread: thread.id });
        return;
      }
      left = this.pass(thread);
    }
  }

  /** Enters or tries the thread's state. @returns undefined where there is nothing the thread could do now */
  private pass(thread: Thread): Work<void> | undefined {
    const { record } = this.run;
    if (record.status !== 'RUNNING') return undefined;
    const { kind } = thread.activity;
    if (kind !== 'enter' && kind !== 'attempt') return undefined;
    if (record.type === 'STANDARD' && record.lastEvent >= historyLimit - 1) {
      const error = new StateError(
        ErrorName.runtime,
        `The execution reached the maximum number of history events (${historyLimit}).`,
      );
      this.run.event(thread, 'ExecutionFailed', failure(error));
      this.run.close('FAILED', error);
      return undefined;
    }
    return this.guard(thread, kind === 'enter' ? enter : attempt);
  }

  private *guarded(step: Step, work: Work<void>): Work<void> {
    try {
      yield* work;
    } catch (thrown) {
      yield* this.raise(step, stateError(thrown));
    }
  }

  private *raise(step: Step, error: StateError): Work<void> {
    const { thread } = step;
    this.evaluationFailed(step, error);
    // Nothing catches a runtime error: it ends the execution from whatever depth it comes.
    if (error.error === ErrorName.runtime) {
      thread.failed = true;
      this.run.become(thread, { kind: 'failed' });
      this.run.event(thread, 'ExecutionFailed', failure(error));
      this.run.close('FAILED', error);
      return;
    }
    const left = yield* recover(step, error);
    if (left !== undefined) yield* this.fail(step, left);
  }

  /** Records an expression that failed; any other error leaves no such event. */
  evaluationFailed({ thread, state }: Step, error: StateError): void {
    if (!(error instanceof EvaluationError)) return;
    this.reported ??= new WeakSet();
    if (this.reported.has(error)) return;
    this.reported.add(error);
    this.run.event(thread, 'EvaluationFailed', {
      ...failure(error),
      location: error.location,
      state: state.name,
    });
  }

  private *fail({ thread }: Step, error: StateError): Work<void> {
    thread.failed = true;
    // A Map or Parallel keeps its children: a redrive goes on with those that did not succeed.
    if (thread.activity.kind === 'children') this.run.threads.changed(thread);
    else this.run.become(thread, { kind: 'failed' });
    const parent = this.run.parentOf(thread);
    if (parent !== undefined) {
      yield* this.tellParent(parent, thread, error);
      return;
    }
    this.run.event(thread, 'ExecutionFailed', failure(error));
    this.run.close('FAILED', error);
  }

  private *finish(thread: Thread, output: Json): Work<void> {
    const parent = this.run.parentOf(thread);
    if (parent !== undefined) {
      this.run.become(thread, { kind: 'done', output });
      yield* this.tellParent(parent, thread, undefined);
      return;
    }
    const text = textOf(output);
    this.run.event(thread, 'ExecutionSucceeded', { output: text });
    this.run.record.output = text;
    this.run.close('SUCCEEDED', {});
  }

  private *tellParent(parent: Thread, child: Thread, error: StateError | undefined): Work<void> {
    this.run.threads.childEnded(parent);
    yield* this.guard(parent, (step) => childEnded(step, child, error));
    if (parent.activity.kind === 'enter') this.run.post({ kind: 'go', thread: parent.id });
  }

  /** Leaves the state: records it, sets its variables, goes on to `next` or ends the thread. */
  leave(step: Step, outcome: Outcome, next: string | undefined): Work<void> {
    const { thread, state } = step;
    const text = textOf(outcome.output);
    if (exceeds(text, dataLimit)) throw tooLarge(state.name);
    const left = { name: state.name, output: text };
    const { assign } = outcome;
    this.run.event(
      thread,
      exitedEvent[state.Type],
      assign === undefined ? left : { ...left, ...assigned(assign, state.name) },
    );
    if (assign !== undefined) thread.vars = { ...thread.vars, ...assign };
    if (next === undefined) return this.finish(thread, outcome.output);
    thread.state = next;
    thread.input = outcome.output;
    thread.retries = none;
    thread.retryCount = 0;
    // Left away by deleting it, the thread would be a slower kind of object from then on.
    thread.token = undefined;
    this.run.become(thread, toEnter);
    return done;
  }
}

function tooLarge(state: string): StateError {
  return new StateError(
    ErrorName.dataLimit,
    `The state/task '${state}' returned a result with a size exceeding the maximum number of bytes service limit.`,
  );
}

function assigned(assign: Readonly<Record<string, Json>>, state: string): Details {
  const texts = Object.entries(assign).map(
    ([name, value]) => [name, JSON.stringify(value)] as const,
  );
  if (exceeds(texts.map(([, text]) => text).join(''), dataLimit)) throw tooLarge(state);
  return { assignedVariables: Object.fromEntries(texts) };
}
