import { ServiceError, StateError } from './errors.ts';
import { exceeds, type Json, parseKept } from './json.ts';
import { jsonFault } from './json-faults.ts';
import type { Answer } from './messages.ts';
import type { Run } from './run.ts';
import type { TaskActivity, Thread } from './thread.ts';
import type { Tokens } from './tokens.ts';

const outputLimit = 256 * 1024;

/** Tasks that wait for whoever holds their token. */
export class WaitingTasks {
  private readonly tokens: Tokens;
  private readonly runOf: (executionArn: string) => Run | undefined;
  /** Tasks whose answer is on its way through their run's mailbox. */
  private readonly claimed = new WeakSet<TaskActivity>();

  constructor(tokens: Tokens, runOf: (executionArn: string) => Run | undefined) {
    this.tokens = tokens;
    this.runOf = runOf;
  }

  async succeed(token: string, output: string): Promise<void> {
    let value: Json;
    try {
      value = parseKept(output);
    } catch {
      throw new ServiceError('InvalidOutput', `Invalid Output: '${jsonFault(output).message}'`);
    }
    if (exceeds(output, outputLimit))
      throw new ServiceError('InvalidOutput', 'The output exceeds 262144 bytes');
    await this.answer(token, { ok: true, value });
  }

  async fail(token: string, error?: string, cause?: string): Promise<void> {
    await this.answer(token, { ok: false, error: new StateError(error ?? '', cause) });
  }

  heartbeat(token: string): void {
    const { run, thread, activity } = this.find(token);
    if (activity.heartbeatSeconds === undefined) return;
    activity.heartbeatAt = run.host.clock.now() + activity.heartbeatSeconds * 1000;
    run.touched(thread);
  }

  private answer(token: string, answer: Answer): Promise<void> {
    const { run, thread, activity } = this.find(token);
    // Whoever comes first has it; the next one finds the task closed.
    this.claimed.add(activity);
    return new Promise((done) =>
      run.post({ kind: 'callback', thread: thread.id, activity, answer, done }),
    );
  }

  private find(token: string): { run: Run; thread: Thread; activity: TaskActivity } {
    const claim = this.tokens.read(token);
    if (claim === undefined)
      throw new ServiceError('InvalidToken', "Invalid Token: 'Invalid token'");
    const run = this.runOf(claim.execution);
    const thread = run?.threads.get(claim.thread);
    const activity = thread?.activity;
    if (
      run === undefined ||
      run.record.status !== 'RUNNING' ||
      thread?.token !== token ||
      activity?.kind !== 'task' ||
      activity.attempt !== claim.attempt ||
      this.claimed.has(activity)
    )
      throw new ServiceError(
        'TaskTimedOut',
        "Task Timed Out: 'Provided task does not exist anymore'",
      );
    return { run, thread, activity };
  }
}
