import type { CallOptions } from './integrations/integrations.ts';
import type { Run } from './run.ts';
import type { TaskActivity, Thread } from './thread.ts';

/** One for all: the error an abort makes by itself costs more than the call. */
const abandoned = new Error('nobody waits for the answer any more');

/** A call a task has under way. Its signal is made for those that ask for it: most calls never look. */
export class TaskCall implements CallOptions {
  readonly run: Run;
  readonly thread: Thread;
  readonly activity: TaskActivity;
  private controller: AbortController | undefined;
  private over = false;

  constructor(run: Run, thread: Thread, activity: TaskActivity) {
    this.run = run;
    this.thread = thread;
    this.activity = activity;
  }

  get signal(): AbortSignal {
    this.controller ??= new AbortController();
    if (this.over) this.controller.abort(abandoned);
    return this.controller.signal;
  }

  get executionArn(): string {
    return this.run.record.arn;
  }

  get stateMachineArn(): string {
    return this.run.record.machineArn;
  }

  /** Nobody waits for the answer any more. */
  abandon(): void {
    this.over = true;
    this.controller?.abort(abandoned);
  }

  /** Makes the call, unless it was given up before what led to it was written. */
  happen(): void {
    if (this.thread.activity === this.activity) this.run.host.call(this);
  }
}
