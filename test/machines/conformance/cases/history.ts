import { type Area, api, end, jsonata, jsonpath, lambda } from '../case.ts';

const f = { FunctionName: 'f' };

export const historyArea: Area = {
  area: 'History',
  rules: [
    {
      rule: 'ExecutionStarted holds input and role; entered and exited events name, input and output',
      source: api('HistoryEvent'),
      cases: [
        {
          definition: jsonpath({ P: { Type: 'Pass', Result: 1, ...end } }),
          input: { a: 1 },
          expect: {
            details: {
              ExecutionStarted: {
                input: '{"a":1}',
                inputDetails: { truncated: false },
                roleArn: 'arn:aws:iam::000000000000:role/machine',
              },
              PassStateEntered: { name: 'P', input: '{"a":1}', inputDetails: { truncated: false } },
              PassStateExited: { name: 'P', output: '1', outputDetails: { truncated: false } },
              ExecutionSucceeded: { output: '1', outputDetails: { truncated: false } },
            },
          },
        },
      ],
    },
    {
      rule: 'a task by service: TaskScheduled, TaskStarted, TaskSucceeded',
      source: api('TaskScheduledEventDetails'),
      cases: [
        {
          definition: jsonpath({ T: { ...lambda, Parameters: f, TimeoutSeconds: 9, ...end } }),
          expect: {
            events: [
              ['TaskStateEntered', 0],
              ['TaskScheduled', 2],
              ['TaskStarted', 3],
              ['TaskSucceeded', 4],
              ['TaskStateExited', 5],
              ['ExecutionSucceeded', 6],
            ],
            details: {
              TaskScheduled: {
                resourceType: 'lambda',
                resource: 'invoke',
                region: 'us-east-1',
                parameters: '{"FunctionName":"f"}',
                timeoutInSeconds: 9,
              },
              TaskStarted: { resourceType: 'lambda', resource: 'invoke' },
              TaskSucceeded: {
                resourceType: 'lambda',
                resource: 'invoke',
                outputDetails: { truncated: false },
              },
            },
          },
        },
      ],
    },
    {
      rule: 'a retry schedules the task again, after its failure',
      source: api('GetExecutionHistory'),
      cases: [
        {
          definition: jsonpath({
            T: {
              ...lambda,
              Parameters: f,
              Retry: [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 1 }],
              ...end,
            },
          }),
          mocks: { f: [{ fails: 'E' }, { value: 1 }] },
          expect: {
            events: [
              ['TaskStateEntered', 0],
              ['TaskScheduled', 2],
              ['TaskStarted', 3],
              ['TaskFailed', 4],
              ['TaskScheduled', 5],
              ['TaskStarted', 6],
              ['TaskSucceeded', 7],
              ['TaskStateExited', 8],
              ['ExecutionSucceeded', 9],
            ],
          },
        },
      ],
    },
    {
      rule: 'a caught error leaves the state by its exit event',
      source: api('GetExecutionHistory'),
      cases: [
        {
          definition: jsonata({
            T: { ...lambda, Arguments: f, Catch: [{ ErrorEquals: ['E'], Next: 'S' }], ...end },
            S: { Type: 'Succeed' },
          }),
          mocks: { f: { fails: 'E' } },
          expect: {
            events: [
              ['TaskStateEntered', 0],
              ['TaskScheduled', 2],
              ['TaskStarted', 3],
              ['TaskFailed', 4],
              ['TaskStateExited', 5],
              ['SucceedStateEntered', 6],
              ['SucceedStateExited', 7],
              ['ExecutionSucceeded', 8],
            ],
          },
        },
      ],
    },
    {
      rule: 'EvaluationFailed tells state, location, error and cause',
      source: api('EvaluationFailedEventDetails'),
      cases: [
        {
          definition: jsonata({
            P: { Type: 'Pass', Output: { v: '{% $states.input.x %}' }, ...end },
          }),
          expect: {
            error: 'States.QueryEvaluationError',
            events: [
              ['PassStateEntered', 0],
              ['EvaluationFailed', 2],
              ['ExecutionFailed', 3],
            ],
            details: {
              EvaluationFailed: {
                state: 'P',
                location: 'Output/v',
                error: 'States.QueryEvaluationError',
                cause:
                  "An error occurred while executing the state 'P' (entered at the event id #2). The JSONata expression '$states.input.x' specified for the field 'Output/v' returned nothing (undefined).",
              },
            },
          },
        },
      ],
    },
  ],
};
