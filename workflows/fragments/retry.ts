import { faultNames } from '../../domain/shared/errors.ts';
import type { Retrier } from '../asl.ts';

/**
 * Errors of Lambda itself, before or while it ran our code
 * (https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html#bp-lambda-serviceexception).
 */
export const lambdaTransients = [
  'Lambda.ServiceException',
  'Lambda.AWSLambdaException',
  'Lambda.SdkClientException',
  'Lambda.TooManyRequestsException',
  'Lambda.Unknown',
] as const;

/** Whether it happened or not, the step may be called again: every step of ours is idempotent. */
export const transients = [faultNames.transient, ...lambdaTransients, 'States.Timeout'] as const;

/** Errors that say that nothing happened and that it may soon. */
export const refusedForNow = [faultNames.transient, 'Lambda.TooManyRequestsException'] as const;

const jittered = { BackoffRate: 2, JitterStrategy: 'FULL' } as const;

/** Within the checkout's seconds, while a customer waits. */
export const retryShort: readonly Retrier[] = [
  { ErrorEquals: transients, IntervalSeconds: 1, MaxAttempts: 2, MaxDelaySeconds: 2, ...jittered },
];

/**
 * For the call that makes a PaymentIntent: only what says that nothing happened, once. After anything else an
 * intent may exist, and the compensation has to know that, so it must not hide behind a later answer.
 */
export const retryRefusals: readonly Retrier[] = [
  {
    ErrorEquals: refusedForNow,
    IntervalSeconds: 1,
    MaxAttempts: 1,
    MaxDelaySeconds: 1,
    ...jittered,
  },
];

/** Where nobody waits: about a quarter of an hour, which covers a failover of the database. */
export const retryLong: readonly Retrier[] = [
  {
    ErrorEquals: transients,
    IntervalSeconds: 2,
    MaxAttempts: 10,
    MaxDelaySeconds: 180,
    ...jittered,
  },
];

/**
 * Cancelling and capturing look at the intent first, so an unknown outcome is asked about by calling again. An
 * intent that is `processing` takes minutes to hours.
 */
export const retryStripe: readonly Retrier[] = [
  {
    ErrorEquals: [faultNames.notYet],
    IntervalSeconds: 60,
    MaxAttempts: 20,
    MaxDelaySeconds: 1800,
    ...jittered,
  },
  {
    ErrorEquals: [...transients, faultNames.outcomeUnknown],
    IntervalSeconds: 2,
    MaxAttempts: 15,
    MaxDelaySeconds: 300,
    ...jittered,
  },
];

/** Of a wait: what keeps its Lambda from keeping the token. That nobody answered in time is no such thing. */
export const retryOpening: readonly Retrier[] = [
  {
    ErrorEquals: [faultNames.transient, ...lambdaTransients],
    IntervalSeconds: 2,
    MaxAttempts: 10,
    MaxDelaySeconds: 180,
    ...jittered,
  },
];

/** A wait that timed out is entered again, with a new token; the database decides when there is no use in it. */
export function retryWait(times: number): readonly Retrier[] {
  return [
    {
      ErrorEquals: ['States.Timeout'],
      IntervalSeconds: 1,
      MaxAttempts: times,
      MaxDelaySeconds: 60,
      ...jittered,
    },
    ...retryOpening,
  ];
}

const startRefusals = [
  'StepFunctions.ThrottlingException',
  'StepFunctions.ServiceUnavailableException',
  'StepFunctions.InternalServerException',
  'StepFunctions.AWSStepFunctionsException',
  'StepFunctions.SdkClientException',
  'StepFunctions.ExecutionLimitExceededException',
  'States.Timeout',
] as const;

/** Step Functions' own throttling and outages, when a machine starts another. */
export const retryStart: readonly Retrier[] = [
  {
    ErrorEquals: startRefusals,
    IntervalSeconds: 1,
    MaxAttempts: 8,
    MaxDelaySeconds: 60,
    ...jittered,
  },
];

/** The same while a customer waits. */
export const retryStartShort: readonly Retrier[] = [
  {
    ErrorEquals: startRefusals,
    IntervalSeconds: 1,
    MaxAttempts: 2,
    MaxDelaySeconds: 2,
    ...jittered,
  },
];
