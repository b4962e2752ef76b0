import { contextOf } from './context.ts';
import type { State } from './definition.ts';
import type { View } from './flow.ts';
import type { Json } from './json.ts';
import type { Environment } from './jsonata.ts';
import type { Run } from './run.ts';
import type { Thread } from './thread.ts';

/** The data as the thread's state sees it. */
export function viewOf(run: Run, thread: Thread, state: State): View {
  return new ThreadView(run, thread, state);
}

class ThreadView implements View {
  readonly state: State;
  readonly input: Json;
  private readonly run: Run;
  private readonly thread: Thread;

  constructor(run: Run, thread: Thread, state: State) {
    this.run = run;
    this.thread = thread;
    this.state = state;
    this.input = thread.input;
  }

  environment(extra?: { readonly result?: Json; readonly errorOutput?: Json }): Environment {
    const { input, run, state, thread } = this;
    const { clock, random, newId } = run.host;
    return {
      states: { input, context: () => contextOf(run, thread), ...extra },
      vars: varsOf(run, thread),
      now: clock.now(),
      random,
      newId,
      get where() {
        return `An error occurred while executing the state '${state.name}' (entered at the event id #${thread.enteredEvent}).`;
      },
    };
  }
}

/** A thread's own variables and those of the threads around it. */
function varsOf(run: Run, thread: Thread): Readonly<Record<string, Json>> {
  const parent = run.parentOf(thread);
  return parent === undefined ? thread.vars : { ...varsOf(run, parent), ...thread.vars };
}
