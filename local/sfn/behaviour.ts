import type { TaskState } from './definition.ts';
import type { StateError } from './errors.ts';
import { enteredEvent } from './history.ts';
import { textOf } from './json.ts';
import type { Answer, Step } from './messages.ts';
import { choose } from './states/choice.ts';
import { failExecution } from './states/fail.ts';
import { mapChildEnded, startMap } from './states/map.ts';
import { parallelChildEnded, startParallel } from './states/parallel.ts';
import { pass } from './states/pass.ts';
import { succeed } from './states/succeed.ts';
import { startTask, taskAnswered, taskTimedOut } from './states/task.ts';
import { beginWait, endWait } from './states/wait.ts';
import { done, type Work } from './work.ts';

/** Enters the thread's state and begins its work. */
export function enter(step: Step): Work<void> {
  const { run, thread, state } = step;
  run.host.entered();
  thread.enteredAt = run.now;
  thread.enteredEvent = run.event(thread, enteredEvent[state.Type], {
    name: state.name,
    input: textOf(thread.input),
  });
  return attempt(step);
}

/** The state's work, once for each (re)try. */
export function attempt({ run, thread, state }: Step): Work<void> {
  switch (state.Type) {
    case 'Task':
      return startTask({ run, thread, state });
    case 'Pass':
      return pass({ run, thread, state });
    case 'Wait':
      return beginWait({ run, thread, state });
    case 'Succeed':
      return succeed({ run, thread, state });
    case 'Fail':
      return failExecution({ run, thread, state });
    case 'Choice':
      return choose({ run, thread, state });
    case 'Parallel':
      return startParallel({ run, thread, state });
    case 'Map':
      return startMap({ run, thread, state });
  }
}

/** The time a thread waited for has come. */
export function* waited({ run, thread, state }: Step): Work<void> {
  if (thread.activity.kind === 'retry') run.become(thread, { kind: 'attempt' });
  else if (state.Type === 'Wait') yield* endWait({ run, thread, state });
  else if (state.Type === 'Task') taskTimedOut({ run, thread, state });
}

/** A task's call or callback was answered. */
export function answered(step: Step, by: 'settled' | 'callback', answer: Answer): Work<void> {
  return isTask(step) ? taskAnswered(step, by, answer) : done;
}

function isTask(step: Step): step is Step<TaskState> {
  return step.state.Type === 'Task';
}

/** A branch or iteration ended: well, or with `error`. */
export function* childEnded(
  { run, thread, state }: Step,
  child: Step['thread'],
  error: StateError | undefined,
): Work<void> {
  if (state.Type === 'Parallel') yield* parallelChildEnded({ run, thread, state }, child, error);
  else if (state.Type === 'Map') yield* mapChildEnded({ run, thread, state }, child, error);
}
