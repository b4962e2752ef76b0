import type { Catcher, Machine } from '../asl.ts';
import { step } from '../fragments/step.ts';
import type { References } from '../references.ts';

const rounds = 20;
/** Seconds after which a run starts no further round: the next run begins each minute. */
const budget = 45;

/** Short: the next run, a minute later, is the real retry. */
const retry = [
  {
    ErrorEquals: [
      'TransientFault',
      'Lambda.ServiceException',
      'Lambda.AWSLambdaException',
      'Lambda.SdkClientException',
      'Lambda.TooManyRequestsException',
      'Lambda.Unknown',
      'States.Timeout',
    ],
    IntervalSeconds: 1,
    MaxAttempts: 3,
    MaxDelaySeconds: 5,
    BackoffRate: 2,
    JitterStrategy: 'FULL',
  },
] as const;

const goOn = (next: string): readonly Catcher[] => [
  { ErrorEquals: ['States.ALL'], Assign: { incomplete: true }, Next: next },
];

/** Every minute: releases the goods of orders nobody paid, and starts executions that should run and do not. */
export function expiry(to: References): Machine {
  return {
    Comment: 'Expires unpaid orders lane by lane until none is left or the time is up',
    QueryLanguage: 'JSONata',
    StartAt: 'MeasureTail',
    TimeoutSeconds: 300,
    States: {
      MeasureTail: step(to, {
        step: 'measure-tail',
        payload: {},
        timeout: 12,
        retry,
        assign: {
          tail: '{% $states.result.Payload %}',
          round: 0,
          expired: 0,
          incomplete: false,
        },
        next: 'IsThereATail',
      }),
      IsThereATail: {
        Type: 'Choice',
        Choices: [
          {
            Condition: '{% $states.input.size > 0 and $states.input.silent = true %}',
            Next: 'ListOverdue',
          },
          { Condition: '{% $states.input.size > 0 %}', Next: 'ExpireLanes' },
        ],
        Default: 'RestartExecutions',
      },
      ListOverdue: step(to, {
        comment:
          'The brake: webhooks have gone silent, so orders expire only once Stripe calls them unpaid',
        step: 'list-overdue',
        payload: {},
        timeout: 12,
        retry,
        catch: goOn('ExpireLanes'),
        next: 'AskStripe',
      }),
      AskStripe: step(to, {
        step: 'ask-stripe',
        payload: { intents: '{% $states.input.intents %}' },
        timeout: 40,
        retry,
        catch: goOn('ExpireLanes'),
        next: 'KeepAnswers',
      }),
      KeepAnswers: step(to, {
        comment: 'What Stripe knows and we do not goes the way of a webhook',
        step: 'keep-answers',
        payload: { answers: '{% $states.input.answers %}' },
        timeout: 12,
        retry,
        catch: goOn('ExpireLanes'),
        next: 'ExpireLanes',
      }),
      ExpireLanes: {
        Type: 'Map',
        Items: '{% $tail.lanes %}',
        ItemSelector: {
          lane: '{% $states.context.Map.Item.Value %}',
          lanes: '{% $count($tail.lanes) %}',
          batchSize: '{% $tail.batchSize %}',
          onlyAsked: '{% $tail.silent = true %}',
        },
        ItemProcessor: {
          ProcessorConfig: { Mode: 'INLINE' },
          StartAt: 'ExpireBatch',
          States: {
            ExpireBatch: step(to, {
              step: 'expire-batch',
              payload: {
                lane: '{% $states.input.lane %}',
                lanes: '{% $states.input.lanes %}',
                batchSize: '{% $states.input.batchSize %}',
                onlyAsked: '{% $states.input.onlyAsked %}',
              },
              timeout: 22,
              retry,
              catch: [
                {
                  // One lane that fails must not stop the others; the run fails at its end.
                  ErrorEquals: ['States.ALL'],
                  Output: { expired: 0, failed: true },
                  Next: 'LaneFailed',
                },
              ],
            }),
            LaneFailed: { Type: 'Pass', End: true },
          },
        },
        Assign: {
          round: '{% $round + 1 %}',
          expired: '{% $expired + $sum($states.result.expired) %}',
          incomplete: '{% $incomplete or true in $states.result.failed %}',
        },
        Output: '{% { "expired": $sum($states.result.expired) } %}',
        Next: 'IsThereMore',
      },
      IsThereMore: {
        Type: 'Choice',
        Choices: [
          {
            Condition: `{% $states.input.expired > 0 and $not($incomplete) and $round < ${rounds} and $toMillis($states.context.State.EnteredTime) - $toMillis($states.context.Execution.StartTime) < ${budget * 1000} %}`,
            Next: 'ExpireLanes',
          },
        ],
        Default: 'RestartExecutions',
      },
      RestartExecutions: step(to, {
        comment:
          'Payments that never began, intents of unknown fate, confirmed orders nobody picks',
        step: 'restart-executions',
        payload: {},
        timeout: 22,
        retry,
        catch: goOn('ReportTail'),
        next: 'ReportTail',
      }),
      ReportTail: step(to, {
        step: 'report-tail',
        payload: {
          size: '{% $tail.size %}',
          oldestAge: '{% $tail.oldestAge %}',
          expired: '{% $expired %}',
        },
        timeout: 12,
        retry,
        catch: goOn('Incomplete'),
        next: 'IsComplete',
      }),
      IsComplete: {
        Type: 'Choice',
        Choices: [{ Condition: '{% $incomplete %}', Next: 'Incomplete' }],
        Default: 'Done',
      },
      Done: { Type: 'Succeed' },
      Incomplete: {
        Type: 'Fail',
        Error: 'ExpiryIncomplete',
        Cause: 'A part of this run failed; the next run takes up what is left',
      },
    },
  };
}
