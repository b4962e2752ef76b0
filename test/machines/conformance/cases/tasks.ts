import {
  type Area,
  api,
  end,
  functionArn,
  guide,
  jsonata,
  jsonpath,
  lambda,
  spec,
} from '../case.ts';

const f = { FunctionName: 'f' };
const task = (more: object): object =>
  jsonata({ T: { ...lambda, Arguments: f, Output: 'done', ...more, ...end } });
const retrier = (more: object): object => task({ Retry: [{ ErrorEquals: ['E'], ...more }] });
const token = {
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
  Arguments: { FunctionName: 'f', Payload: { token: '{% $states.context.Task.Token %}' } },
};
const waits = (more: object = {}): object => jsonata({ T: { ...token, ...more, ...end } });
const asked = { f: { value: {} } } as const;

export const taskArea: Area = {
  area: 'Tasks',
  rules: [
    {
      rule: 'Retry tries again after IntervalSeconds, three times if not said otherwise',
      source: spec('Retrying after error'),
      cases: [
        {
          definition: retrier({ IntervalSeconds: 5, BackoffRate: 1 }),
          mocks: { f: { fails: 'E' } },
          expect: { error: 'E', took: 15 },
        },
        {
          definition: retrier({}),
          mocks: { f: [{ fails: 'E' }, { value: 1 }] },
          expect: { output: 'done', took: 1 },
        },
        {
          definition: retrier({ MaxAttempts: 0 }),
          mocks: { f: { fails: 'E' } },
          expect: { error: 'E', took: 0 },
        },
      ],
    },
    {
      rule: 'BackoffRate multiplies the interval, two if not said otherwise',
      source: spec('Retrying after error'),
      cases: [
        {
          definition: retrier({ IntervalSeconds: 1 }),
          mocks: { f: { fails: 'E' } },
          expect: { error: 'E', took: 7 },
        },
        {
          definition: retrier({ IntervalSeconds: 2, BackoffRate: 1.5, MaxAttempts: 2 }),
          mocks: { f: { fails: 'E' } },
          expect: { error: 'E', took: 5 },
        },
      ],
    },
    {
      rule: 'MaxDelaySeconds caps the interval',
      source: spec('Retrying after error'),
      cases: [
        {
          definition: retrier({ IntervalSeconds: 10, MaxDelaySeconds: 15, MaxAttempts: 3 }),
          mocks: { f: { fails: 'E' } },
          expect: { error: 'E', took: 40 },
        },
      ],
    },
    {
      rule: 'each retrier counts its own attempts',
      source: spec('Complex retry scenarios'),
      cases: [
        {
          definition: task({
            Retry: [
              { ErrorEquals: ['A'], MaxAttempts: 1, IntervalSeconds: 1 },
              { ErrorEquals: ['B'], MaxAttempts: 1, IntervalSeconds: 10 },
            ],
          }),
          mocks: { f: [{ fails: 'A' }, { fails: 'B' }, { fails: 'A' }] },
          expect: { error: 'A', took: 11 },
        },
      ],
    },
    {
      rule: 'the first retrier that names the error decides',
      source: spec('Retrying after error'),
      cases: [
        {
          definition: task({
            Retry: [{ ErrorEquals: ['X', 'E'], MaxAttempts: 0 }, { ErrorEquals: ['States.ALL'] }],
          }),
          mocks: { f: { fails: 'E' } },
          expect: { error: 'E', took: 0 },
        },
      ],
    },
    {
      rule: 'States.TaskFailed stands for any error but a timeout',
      source: guide('Error names'),
      cases: [
        {
          definition: task({
            Retry: [{ ErrorEquals: ['States.TaskFailed'], IntervalSeconds: 1, MaxAttempts: 1 }],
          }),
          mocks: { f: [{ fails: 'Odd' }, { value: 1 }] },
          expect: { output: 'done' },
        },
        {
          definition: task({ TimeoutSeconds: 5, Retry: [{ ErrorEquals: ['States.TaskFailed'] }] }),
          mocks: { f: 'nothing' },
          expect: { error: 'States.Timeout', took: 5 },
        },
      ],
    },
    {
      rule: 'Catch goes on elsewhere, with the error as its output',
      source: spec('Fallback states'),
      cases: [
        {
          definition: jsonata({
            T: {
              ...lambda,
              Arguments: f,
              Catch: [
                { ErrorEquals: ['Other'], Next: 'N' },
                { ErrorEquals: ['E'], Next: 'S' },
              ],
              ...end,
            },
            S: { Type: 'Succeed' },
            N: { Type: 'Fail' },
          }),
          mocks: { f: { fails: 'E', message: 'm' } },
          expect: { output: { Error: 'E', Cause: '{"errorType":"E","errorMessage":"m"}' } },
        },
        {
          definition: jsonpath({
            T: {
              ...lambda,
              Parameters: f,
              Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.err', Next: 'S' }],
              ...end,
            },
            S: { Type: 'Succeed' },
          }),
          input: { a: 1 },
          mocks: { f: { fails: 'E' } },
          expect: { output: { a: 1, err: { Error: 'E', Cause: '{"errorType":"E"}' } } },
        },
        {
          definition: jsonpath({
            T: {
              ...lambda,
              Parameters: f,
              Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: null, Next: 'S' }],
              ...end,
            },
            S: { Type: 'Succeed' },
          }),
          input: { a: 1 },
          mocks: { f: { fails: 'E' } },
          expect: { output: { a: 1 } },
        },
      ],
    },
    {
      rule: 'a caught error that has no cause, as a timeout, has an empty one',
      source: 'cdklabs/construct-hub, a dead letter of its state machine',
      cases: [
        {
          definition: jsonpath({
            T: {
              ...lambda,
              Parameters: f,
              TimeoutSeconds: 5,
              Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.e', Next: 'S' }],
              ...end,
            },
            S: { Type: 'Succeed' },
          }),
          input: { a: 1 },
          mocks: { f: 'nothing' },
          expect: { output: { a: 1, e: { Error: 'States.Timeout', Cause: '' } } },
        },
      ],
    },
    {
      rule: 'Catch acts after Retry has given up',
      source: spec('Fallback states'),
      cases: [
        {
          definition: jsonata({
            T: {
              ...lambda,
              Arguments: f,
              Retry: [{ ErrorEquals: ['E'], IntervalSeconds: 1, MaxAttempts: 2 }],
              Catch: [{ ErrorEquals: ['States.ALL'], Output: 'caught', Next: 'S' }],
              ...end,
            },
            S: { Type: 'Succeed' },
          }),
          mocks: { f: { fails: 'E' } },
          expect: { output: 'caught', took: 3 },
        },
      ],
    },
    {
      rule: 'TimeoutSeconds, TimeoutSecondsPath and a computed timeout',
      source: spec('Timeouts and heartbeats'),
      cases: [
        {
          definition: task({ TimeoutSeconds: 5 }),
          mocks: { f: 'nothing' },
          expect: {
            error: 'States.Timeout',
            took: 5,
            events: [
              ['TaskStateEntered', 0],
              ['TaskScheduled', 2],
              ['TaskStarted', 3],
              ['TaskTimedOut', 4],
              ['ExecutionFailed', 5],
            ],
            details: {
              TaskScheduled: { timeoutInSeconds: 5 },
              TaskTimedOut: { resource: 'invoke', resourceType: 'lambda', error: 'States.Timeout' },
            },
          },
        },
        {
          definition: jsonpath({
            T: { ...lambda, Parameters: f, TimeoutSecondsPath: '$.t', ...end },
          }),
          input: { t: 8 },
          mocks: { f: 'nothing' },
          expect: { error: 'States.Timeout', took: 8 },
        },
        {
          definition: task({ TimeoutSeconds: '{% $states.input.t %}' }),
          input: { t: 9 },
          mocks: { f: 'nothing' },
          expect: { error: 'States.Timeout', took: 9 },
        },
        {
          definition: task({ TimeoutSeconds: '{% $states.input.t %}' }),
          input: { t: -1 },
          expect: { error: 'States.QueryEvaluationError' },
        },
        {
          definition: jsonpath({
            T: { ...lambda, Parameters: f, TimeoutSecondsPath: '$.t', ...end },
          }),
          input: { t: 'x' },
          expect: {
            error: 'States.Runtime',
            cause:
              '… The TimeoutSecondsPath field refers to value "x" which is not a valid integer: $.t',
          },
        },
      ],
    },
    {
      rule: 'a function’s own ARN is a resource: its result is the state’s result',
      source: guide('Lambda'),
      cases: [
        {
          definition: jsonpath({ T: { Type: 'Task', Resource: functionArn('f'), ...end } }),
          input: { a: 1 },
          expect: { output: { a: 1 }, calls: [{ a: 1 }] },
        },
        {
          definition: jsonpath({
            T: { Type: 'Task', Resource: functionArn('f'), TimeoutSeconds: 4, ...end },
          }),
          mocks: { f: 'nothing' },
          expect: {
            error: 'States.Timeout',
            events: [
              ['TaskStateEntered', 0],
              ['LambdaFunctionScheduled', 2],
              ['LambdaFunctionStarted', 3],
              ['LambdaFunctionTimedOut', 4],
              ['ExecutionFailed', 5],
            ],
          },
        },
        {
          definition: jsonpath({ T: { Type: 'Task', Resource: functionArn('f'), ...end } }),
          mocks: { f: { fails: 'E' } },
          expect: {
            error: 'E',
            events: [
              ['TaskStateEntered', 0],
              ['LambdaFunctionScheduled', 2],
              ['LambdaFunctionStarted', 3],
              ['LambdaFunctionFailed', 4],
              ['ExecutionFailed', 5],
            ],
            details: { LambdaFunctionScheduled: { resource: functionArn('f'), input: '{}' } },
          },
        },
      ],
    },
    {
      rule: 'a token’s holder gives the task its result, its error or a heartbeat',
      source: guide('Wait for a callback'),
      cases: [
        {
          definition: waits(),
          mocks: asked,
          callbacks: [{ at: 60, does: { succeeds: '{"ok":true}' } }],
          expect: {
            output: { ok: true },
            took: 60,
            calls: [{ token: 'TOKEN' }],
            events: [
              ['TaskStateEntered', 0],
              ['TaskScheduled', 2],
              ['TaskStarted', 3],
              ['TaskSubmitted', 4],
              ['TaskSucceeded', 5],
              ['TaskStateExited', 6],
              ['ExecutionSucceeded', 7],
            ],
          },
        },
        {
          definition: waits(),
          mocks: asked,
          callbacks: [{ at: 1, does: { fails: ['Refused', 'why'] } }],
          expect: {
            error: 'Refused',
            cause: 'why',
            details: {
              TaskFailed: { resource: 'invoke.waitForTaskToken', error: 'Refused', cause: 'why' },
            },
          },
        },
        {
          definition: waits({ HeartbeatSeconds: 10, TimeoutSeconds: 100 }),
          mocks: asked,
          callbacks: [
            { at: 9, does: 'beats' },
            { at: 18, does: 'beats' },
          ],
          expect: { error: 'States.Timeout', took: 28 },
        },
      ],
    },
    {
      rule: 'what a token’s holder sends is recorded as it was sent',
      source: api('TaskSucceededEventDetails'),
      cases: [
        {
          definition: waits(),
          mocks: asked,
          callbacks: [{ at: 1, does: { succeeds: '{"a": [1,  2]}' } }],
          expect: {
            output: { a: [1, 2] },
            details: {
              TaskSucceeded: {
                resource: 'invoke.waitForTaskToken',
                output: '{"a": [1,  2]}',
                outputDetails: { truncated: false },
              },
            },
          },
        },
      ],
    },
    {
      rule: 'HeartbeatSeconds and HeartbeatSecondsPath',
      source: spec('Timeouts and heartbeats'),
      cases: [
        {
          definition: waits({ HeartbeatSeconds: 10 }),
          mocks: asked,
          expect: {
            error: 'States.Timeout',
            took: 10,
            details: { TaskScheduled: { heartbeatInSeconds: 10 } },
          },
        },
        {
          definition: waits({ HeartbeatSeconds: '{% $states.input.h %}' }),
          input: { h: 6 },
          mocks: asked,
          expect: { error: 'States.Timeout', took: 6 },
        },
        {
          definition: jsonpath({
            T: {
              Type: 'Task',
              Resource: token.Resource,
              Parameters: { FunctionName: 'f', Payload: { 'token.$': '$$.Task.Token' } },
              HeartbeatSecondsPath: '$.h',
              ...end,
            },
          }),
          input: { h: 3 },
          mocks: asked,
          expect: { error: 'States.Timeout', took: 3 },
        },
      ],
    },
    {
      rule: 'a function that has not answered owes no heartbeat',
      source: guide('Lambda'),
      cases: [
        {
          definition: waits({ HeartbeatSeconds: 10, TimeoutSeconds: 50 }),
          mocks: { f: 'nothing' },
          expect: { error: 'States.Timeout', took: 50 },
        },
      ],
    },
    {
      rule: 'a call without a token owes no heartbeat',
      source: guide('Lambda'),
      cases: [
        {
          definition: task({ HeartbeatSeconds: 5, TimeoutSeconds: 20 }),
          mocks: { f: 'nothing' },
          expect: { error: 'States.Timeout', took: 20 },
        },
      ],
    },
    {
      rule: 'Credentials are recorded with the task',
      source: api('TaskCredentials'),
      cases: [
        {
          definition: jsonpath({
            T: { ...lambda, Parameters: f, Credentials: { 'RoleArn.$': '$.role' }, ...end },
          }),
          input: { role: 'arn:aws:iam::000000000000:role/other' },
          expect: {
            details: {
              TaskScheduled: {
                taskCredentials: { roleArn: 'arn:aws:iam::000000000000:role/other' },
              },
            },
          },
        },
        {
          definition: task({
            Credentials: { RoleArn: "{% 'arn:aws:iam::000000000000:role/' & 'r' %}" },
          }),
          expect: {
            details: {
              TaskScheduled: { taskCredentials: { roleArn: 'arn:aws:iam::000000000000:role/r' } },
            },
          },
        },
      ],
    },
  ],
  gaps: [
    {
      rule: 'activities',
      source: guide('Activities'),
      instead: 'refused by name when the machine is created',
    },
    {
      rule: 'Credentials are assumed',
      source: guide('Accessing resources in other accounts'),
      instead: 'recorded only; there is no IAM',
    },
  ],
};
