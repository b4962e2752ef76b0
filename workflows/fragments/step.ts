import type { Catcher, Json, Retrier, TaskState } from '../asl.ts';
import type { References, StepName } from '../references.ts';
import { retryLong, retryStart } from './retry.ts';

/** The input of `payment`, `fulfilment` and `settlement`, as it stands in every one of their states. */
export const input = '$states.context.Execution.Input';

/** What every step of an order's machine is told. */
export const orderOf = (source: string) =>
  ({
    orderId: `{% ${source}.orderId %}`,
    generation: `{% ${source}.generation %}`,
    correlationId: `{% ${source}.correlationId %}`,
  }) as const;

interface StepOptions {
  readonly comment?: string;
  readonly step: StepName;
  /** An object, or one expression that makes it. */
  readonly payload: Json;
  /** Where to; without it the machine ends here. */
  readonly next?: string;
  /** Seconds an attempt may take, the Lambda's own timeout and its cold start included. */
  readonly timeout?: number;
  readonly retry?: readonly Retrier[];
  readonly catch?: readonly Catcher[];
  readonly assign?: { readonly [name: string]: Json };
  readonly output?: Json;
}

/** Calls a Lambda; the state's output is what the Lambda answered. */
export function step(to: References, options: StepOptions): TaskState {
  return {
    ...(options.comment === undefined ? {} : { Comment: options.comment }),
    Type: 'Task',
    Resource: 'arn:aws:states:::lambda:invoke',
    Arguments: { FunctionName: to.lambda(options.step), Payload: options.payload },
    TimeoutSeconds: options.timeout ?? 15,
    Retry: options.retry ?? retryLong,
    ...(options.catch === undefined ? {} : { Catch: options.catch }),
    ...(options.assign === undefined ? {} : { Assign: options.assign }),
    Output: options.output ?? '{% $states.result.Payload %}',
    ...(options.next === undefined ? { End: true } : { Next: options.next }),
  };
}

interface WaitOptions {
  readonly comment: string;
  readonly step: StepName;
  readonly payload: { readonly [name: string]: Json };
  readonly next: string;
  /** Seconds one token is good for. */
  readonly timeout: number;
  readonly retry: readonly Retrier[];
  readonly catch: readonly Catcher[];
}

/** Waits for an outcome by token; the state's output is the outcome. */
export function awaitCallback(to: References, options: WaitOptions): TaskState {
  return {
    Comment: options.comment,
    Type: 'Task',
    Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
    Arguments: {
      FunctionName: to.lambda(options.step),
      Payload: {
        ...options.payload,
        wait: {
          token: '{% $states.context.Task.Token %}',
          run: `{% ${input}.run %}`,
          redriveCount: '{% $states.context.Execution.RedriveCount %}',
          enteredAt: '{% $states.context.State.EnteredTime %}',
          retryCount: '{% $states.context.State.RetryCount %}',
        },
      },
    },
    TimeoutSeconds: options.timeout,
    Retry: options.retry,
    Catch: options.catch,
    Output: '{% $states.result %}',
    Next: options.next,
  };
}

interface StartOptions {
  readonly comment: string;
  readonly machine: 'payment' | 'fulfilment';
  /** Expression for the object with `orderId`, `generation` and `correlationId`. */
  readonly order: string;
  /** Where to when it runs, also when it already did. */
  readonly next: string;
  /** Seconds an attempt may take. */
  readonly timeout?: number;
  readonly retry?: readonly Retrier[];
  readonly otherwise: Catcher;
}

/**
 * Starts run 1 of an order's machine. The name makes it once only, and the input is the same each time, so that
 * a name that is taken means that it was started.
 */
export function startMachine(to: References, options: StartOptions): TaskState {
  const { order } = options;
  return {
    Comment: options.comment,
    Type: 'Task',
    Resource: 'arn:aws:states:::states:startExecution',
    Arguments: {
      StateMachineArn: to.machine(options.machine),
      Name: `{% ${order}.orderId & '.' & $string(${order}.generation) & '.1' %}`,
      Input: { ...orderOf(order), run: 1 },
    },
    TimeoutSeconds: options.timeout ?? 15,
    Retry: options.retry ?? retryStart,
    Catch: [
      { ErrorEquals: ['StepFunctions.ExecutionAlreadyExistsException'], Next: options.next },
      options.otherwise,
    ],
    Next: options.next,
  };
}
