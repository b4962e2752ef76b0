import type { Clock } from '../clock.ts';
import type { State } from './definition.ts';
import type { StateError } from './errors.ts';
import type { Json } from './json.ts';
import type { Run } from './run.ts';
import type { TaskCall } from './task-call.ts';
import type { Activity, TaskActivity, Thread } from './thread.ts';

/** What a run needs of the engine around it. */
export interface Host {
  readonly clock: Clock;
  readonly random: () => number;
  readonly newId: () => string;
  readonly region: string;
  makeToken(run: Run, thread: Thread, attempt: string): string;
  /** Calls the task's resource; it answers with a `settled` message. */
  call(call: TaskCall): void;
  /** Waits for the execution a `.sync` task started; it answers with a `callback` message. */
  awaitChild(call: TaskCall): void;
  /** A state was entered. */
  entered(): void;
  /** The run has something to do. */
  working(run: Run): void;
  /** The run came to rest with something to write. */
  rested(run: Run): void;
  /** Resolves once what the run did so far is written. */
  written(run: Run): Promise<void>;
  closed(run: Run): void;
}

/** What a run does to the outside, once what led to it is written. */
export interface Effect {
  happen(): void;
}

export type Message =
  | { readonly kind: 'start'; readonly done: () => void }
  | { readonly kind: 'redrive'; readonly done: () => void }
  | { readonly kind: 'go'; readonly thread: number }
  | { readonly kind: 'timer'; readonly thread: number; readonly activity: Activity }
  | { readonly kind: 'begin'; readonly thread: number; readonly activity: TaskActivity }
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
