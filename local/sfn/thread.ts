import type { Json } from './json.ts';

/**
 * One walk through states: the execution's own, a branch's or an iteration's. It is plain JSON, written to the
 * store whenever it comes to rest, and all that is needed to go on after the process was killed.
 */
export interface Thread {
  readonly id: number;
  /** The thread that waits in the Parallel or Map state this one is part of. */
  readonly parent: number | undefined;
  /** Which branch or iteration. */
  readonly index: number;
  /** Which states it walks through; a key of the definition's scopes. */
  readonly scope: string;
  /** The iteration's item, for `$states.context.Map`. */
  readonly item?: Json;
  vars: Readonly<Record<string, Json>>;
  /** Its newest history event. */
  previous: number;
  state: string;
  input: Json;
  enteredAt: number;
  enteredEvent: number;
  /** Attempts used, a number for each of the state's retriers. */
  retries: readonly number[];
  retryCount: number;
  /** The token of the task now tried. */
  token: string | undefined;
  /** It ended badly and nothing above has dealt with it. */
  failed?: true;
  activity: Activity;
}

export type Activity =
  /** The state is to be entered. */
  | { readonly kind: 'enter' }
  /** The state was entered; its work is to be (re)tried. */
  | { readonly kind: 'attempt' }
  | { readonly kind: 'wait'; readonly until: number }
  | { readonly kind: 'retry'; readonly until: number }
  | TaskActivity
  | ChildrenActivity
  | { readonly kind: 'done'; readonly output: Json }
  | { readonly kind: 'failed' }
  | { readonly kind: 'aborted'; readonly entered: boolean };

export interface TaskActivity {
  readonly kind: 'task';
  /** Tells this attempt from others of the same state. */
  readonly attempt: string;
  readonly resource: string;
  readonly arguments: Json;
  readonly startedAt: number;
  readonly timeoutAt?: number;
  readonly heartbeatSeconds?: number;
  readonly token?: string;
  /** The call was made, or is about to be. */
  started: boolean;
  /** A request was answered and only the callback is still awaited. */
  submitted: boolean;
  heartbeatAt?: number;
  /** The execution a `.sync` start waits for. */
  child?: string;
}

export interface ChildrenActivity {
  readonly kind: 'children';
  /** What each child gets: one for each branch or item. */
  readonly inputs: readonly Json[];
  /** The items themselves, where ItemSelector made something else of them. */
  readonly items?: readonly Json[];
  readonly concurrency: number;
  readonly toleratedCount?: number;
  readonly toleratedPercentage?: number;
}
