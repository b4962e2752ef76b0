import { expect } from 'vitest';
import { type Area, end, functionArn, guide, jsonata, jsonpath, lambda, spec } from '../case.ts';

const f = { FunctionName: 'f' };
const S = { Type: 'Succeed', Output: 'caught' };
const catches = (names: readonly string[], more: object = {}): object =>
  jsonata({
    T: { ...lambda, Arguments: f, Catch: [{ ErrorEquals: names, Next: 'S' }], ...more, ...end },
    S,
  });
const long = 'x'.repeat(300_000);

export const errorArea: Area = {
  area: 'Errors',
  rules: [
    {
      rule: 'States.ALL catches what a function throws',
      source: guide('Error names'),
      cases: [
        {
          definition: catches(['States.ALL']),
          mocks: { f: { fails: 'E' } },
          expect: { output: 'caught' },
        },
      ],
    },
    {
      rule: 'States.Timeout',
      source: guide('Error names'),
      cases: [
        {
          definition: catches(['States.Timeout'], { TimeoutSeconds: 1 }),
          mocks: { f: 'nothing' },
          expect: { output: 'caught', took: 1 },
        },
      ],
    },
    {
      rule: 'States.HeartbeatTimeout',
      source: guide('Error names'),
      cases: [
        {
          definition: catches(['States.HeartbeatTimeout'], {
            Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
            HeartbeatSeconds: 5,
            Arguments: { ...f, Payload: { token: '{% $states.context.Task.Token %}' } },
          }),
          expect: { output: 'caught', took: 5 },
        },
      ],
    },
    {
      rule: 'States.Runtime ends the execution: neither Retry nor Catch sees it',
      source: guide('Error names'),
      cases: [
        {
          definition: jsonpath({
            T: {
              ...lambda,
              Parameters: { ...f, 'Payload.$': '$.x' },
              Retry: [{ ErrorEquals: ['States.ALL'] }],
              Catch: [{ ErrorEquals: ['States.ALL'], Next: 'S' }],
              ...end,
            },
            S: { Type: 'Succeed' },
          }),
          expect: {
            error: 'States.Runtime',
            took: 0,
            events: [
              ['TaskStateEntered', 0],
              ['ExecutionFailed', 2],
            ],
          },
        },
      ],
    },
    {
      rule: 'States.DataLimitExceeded: a result or an output above 256 KiB; States.ALL does not take it',
      source: guide('Error names'),
      cases: [
        {
          definition: catches(['States.ALL']),
          mocks: { f: { value: long } },
          expect: {
            error: 'States.DataLimitExceeded',
            cause:
              "The state/task 'lambda' returned a result with a size exceeding the maximum number of bytes service limit.",
          },
        },
        {
          definition: jsonpath({ T: { Type: 'Task', Resource: functionArn('f'), ...end } }),
          mocks: { f: { value: long } },
          expect: {
            error: 'States.DataLimitExceeded',
            cause: `The state/task '${functionArn('f')}' returned a result with a size exceeding the maximum number of bytes service limit.`,
          },
        },
        {
          definition: jsonata({
            P: { Type: 'Pass', Output: '{% $pad("", 300000, "x") %}', ...end },
          }),
          expect: {
            error: 'States.DataLimitExceeded',
            cause:
              "The state/task 'P' returned a result with a size exceeding the maximum number of bytes service limit.",
          },
        },
      ],
    },
    {
      rule: 'an error of a function is its errorType, the cause its whole answer',
      source: guide('Lambda'),
      cases: [
        {
          definition: catches(['Other']),
          mocks: { f: { fails: 'MyError', message: 'why' } },
          expect: {
            error: 'MyError',
            cause: '{"errorType":"MyError","errorMessage":"why"}',
            details: {
              TaskFailed: { resourceType: 'lambda', resource: 'invoke', error: 'MyError' },
            },
          },
        },
      ],
    },
    {
      rule: 'Lambda.* names what Lambda itself refuses',
      source: guide('Handling Lambda exceptions'),
      cases: [
        {
          definition: catches(['Lambda.TooManyRequestsException']),
          mocks: {
            f: { refuses: 'TooManyRequestsException', message: 'Rate Exceeded.', status: 429 },
          },
          expect: { output: 'caught' },
        },
        {
          definition: catches(['Other']),
          mocks: {
            f: {
              refuses: 'ResourceNotFoundException',
              message: 'Function not found: f',
              status: 404,
            },
          },
          expect: {
            error: 'Lambda.ResourceNotFoundException',
            cause:
              'Function not found: f (Service: AWSLambda; Status Code: 404; Error Code: ResourceNotFoundException; Request ID: …; Proxy: null)',
          },
        },
        {
          definition: catches(['Other']),
          mocks: { f: { refuses: 'AccessDeniedException', message: 'no', status: 403 } },
          expect: {
            error: 'Lambda.AWSLambdaException',
            cause:
              'no (Service: AWSLambda; Status Code: 403; Error Code: AccessDeniedException; Request ID: …; Proxy: null)',
          },
        },
      ],
    },
    {
      rule: 'an error raised in a Catch’s own fields fails the state',
      source: spec('Fallback states'),
      cases: [
        {
          definition: jsonata({
            T: {
              ...lambda,
              Arguments: f,
              Catch: [{ ErrorEquals: ['E'], Output: '{% $states.input.x %}', Next: 'S' }],
              ...end,
            },
            S,
          }),
          mocks: { f: { fails: 'E' } },
          expect: {
            error: 'States.QueryEvaluationError',
            details: { EvaluationFailed: { location: 'Catch[0]/Output' } },
          },
        },
      ],
    },
    {
      rule: 'an error raised by a task’s Output can be caught',
      source: guide('Error names'),
      cases: [
        {
          definition: catches(['States.QueryEvaluationError'], {
            Output: '{% $states.result.nope %}',
          }),
          expect: { output: 'caught' },
        },
      ],
    },
    {
      rule: 'a cause is cut after 32,768 characters',
      source: 'API Reference, ExecutionFailedEventDetails',
      cases: [
        {
          definition: jsonpath({ P: { Type: 'Pass', Parameters: { 'x.$': '$.x' }, ...end } }),
          input: { long: 'x'.repeat(40_000) },
          expect: {
            error: 'States.Runtime',
            details: { ExecutionFailed: { cause: expect.stringMatching(/^An error.{32759}x$/) } },
          },
        },
      ],
    },
    {
      rule: '25,000 events end an execution',
      source: guide('Service quotas'),
      cases: [
        {
          definition: jsonata({
            A: { Type: 'Pass', Next: 'C' },
            C: { Type: 'Choice', Choices: [{ Condition: '{% false %}', Next: 'Z' }], Default: 'A' },
            Z: { Type: 'Succeed' },
          }),
          expect: {
            error: 'States.Runtime',
            cause: 'The execution reached the maximum number of history events (25000).',
          },
        },
      ],
    },
  ],
  gaps: [
    {
      rule: 'States.Permissions',
      source: guide('Error names'),
      instead: 'never raised: there is no IAM',
    },
  ],
};
