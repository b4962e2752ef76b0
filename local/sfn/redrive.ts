import type { Run } from './run.ts';
import { hasEnded } from './threads.ts';

/**
 * Starts a failed execution again at its unsuccessful states, with their retries anew; finished branches and
 * iterations stay finished.
 */
export function redrive(run: Run): void {
  const { record, threads } = run;
  record.redriveCount += 1;
  record.redriveDate = run.host.clock.now();
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
