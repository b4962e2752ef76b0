import { parseKept } from './json.ts';
import type { Run } from './run.ts';
import { hasEnded } from './threads.ts';

/** An execution's first event, and the thread that walks its machine. */
export function begin(run: Run): void {
  const { record, revision, definition } = run;
  run.event(undefined, 'ExecutionStarted', {
    input: record.input,
    roleArn: revision.roleArn,
    ...(record.aliasArn === undefined ? {} : { stateMachineAliasArn: record.aliasArn }),
    ...(record.versionArn === undefined ? {} : { stateMachineVersionArn: record.versionArn }),
  });
  run.spawn({
    parent: undefined,
    index: 0,
    scope: '',
    vars: {},
    previous: 0,
    state: definition.scopes.get('')?.startAt ?? '',
    input: parseKept(record.input),
    enteredAt: record.startDate,
    enteredEvent: 0,
    retries: [],
    retryCount: 0,
    token: undefined,
    activity: { kind: 'enter' },
  });
}

/**
 * Starts a failed execution again at its unsuccessful states, with their retries anew; finished branches and
 * iterations stay finished.
 */
export function redrive(run: Run): void {
  const { record, threads } = run;
  record.redriveCount += 1;
  record.redriveDate = run.now;
  record.status = 'RUNNING';
  delete record.stopDate;
  delete record.error;
  delete record.cause;
  const redriven = run.event({ previous: record.lastEvent }, 'ExecutionRedriven', {
    redriveCount: record.redriveCount,
  });
  for (const thread of threads.all()) {
    delete thread.failed;
    threads.changed(thread);
    threads.recount(thread);
  }
  for (const thread of threads.all()) {
    const { activity } = thread;
    const children = threads.children(thread);
    // All below it was well: the state failed by itself, and does all of its work again.
    const own = activity.kind === 'children' && children.every(hasEnded);
    if (activity.kind !== 'failed' && activity.kind !== 'aborted' && !own) continue;
    if (own) for (const child of children) run.remove(child);
    thread.retries = [];
    thread.retryCount = 0;
    thread.previous = redriven;
    const fresh = activity.kind === 'aborted' && !activity.entered;
    run.become(thread, { kind: fresh ? 'enter' : 'attempt' });
    run.post({ kind: 'go', thread: thread.id });
  }
}
