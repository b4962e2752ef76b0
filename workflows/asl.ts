/**
 * The part of the Amazon States Language our machines are written in (JSONata), as types. Strings may hold an
 * expression `{% ... %}`. Source: https://states-language.net and the Step Functions developer guide.
 */
export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [key: string]: Json };

export interface Retrier {
  readonly ErrorEquals: readonly string[];
  readonly IntervalSeconds?: number;
  readonly MaxAttempts?: number;
  readonly BackoffRate?: number;
  readonly MaxDelaySeconds?: number;
  readonly JitterStrategy?: 'FULL' | 'NONE';
}

export interface Catcher {
  readonly ErrorEquals: readonly string[];
  readonly Next: string;
  readonly Assign?: { readonly [name: string]: Json };
  readonly Output?: Json;
}

type Onward = { readonly Next: string } | { readonly End: true };
interface Common {
  readonly Comment?: string;
  readonly Assign?: { readonly [name: string]: Json };
  readonly Output?: Json;
}

export type TaskState = Common &
  Onward & {
    readonly Type: 'Task';
    readonly Resource: string;
    readonly Arguments: { readonly [name: string]: Json };
    readonly TimeoutSeconds?: number;
    readonly Retry?: readonly Retrier[];
    readonly Catch?: readonly Catcher[];
  };

export interface ChoiceState extends Common {
  readonly Type: 'Choice';
  readonly Choices: readonly (Common & { readonly Condition: string; readonly Next: string })[];
  readonly Default?: string;
}

export type PassState = Common & Onward & { readonly Type: 'Pass' };

export type WaitState = Common & {
  readonly Type: 'Wait';
  readonly Seconds: number;
  readonly Next: string;
};

export type MapState = Common &
  Onward & {
    readonly Type: 'Map';
    readonly Items: Json;
    readonly ItemSelector?: { readonly [name: string]: Json };
    readonly MaxConcurrency?: number;
    readonly ItemProcessor: {
      readonly ProcessorConfig: { readonly Mode: 'INLINE' };
      readonly StartAt: string;
      readonly States: States;
    };
    readonly Retry?: readonly Retrier[];
    readonly Catch?: readonly Catcher[];
  };

export interface SucceedState {
  readonly Type: 'Succeed';
  readonly Comment?: string;
  readonly Output?: Json;
}

export interface FailState {
  readonly Type: 'Fail';
  readonly Comment?: string;
  readonly Error: string;
  readonly Cause: string;
}

export type State =
  | TaskState
  | ChoiceState
  | PassState
  | WaitState
  | MapState
  | SucceedState
  | FailState;
export interface States {
  readonly [name: string]: State;
}

export interface Machine {
  readonly Comment: string;
  readonly QueryLanguage: 'JSONata';
  readonly StartAt: string;
  /** Of the whole execution; only where ending it at any point leaves nothing undone. */
  readonly TimeoutSeconds?: number;
  readonly States: States;
}
