import { type Area, end, jsonata, jsonpath, lambda, spec } from '../case.ts';

const I = { Type: 'Pass', ...end };
const inner = (states: Readonly<Record<string, object>>): object => jsonpath(states);
const map = (more: object, states: Readonly<Record<string, object>> = { I }): object =>
  jsonpath({ M: { Type: 'Map', ItemProcessor: inner(states), ...more, ...end } });
const mapJsonata = (more: object, states: Readonly<Record<string, object>> = { I }): object =>
  jsonata({ M: { Type: 'Map', ItemProcessor: inner(states), ...more, ...end } });
const fail = { F: { Type: 'Fail', Error: 'E' } };
const twoFails = {
  C: { Type: 'Choice', Choices: [{ Variable: '$', NumericEquals: 2, Next: 'F' }], Default: 'S' },
  F: { Type: 'Fail', Error: 'E' },
  S: { Type: 'Succeed' },
};
const W = { W: { Type: 'Wait', Seconds: 2, ...end } };

export const mapArea: Area = {
  area: 'Map',
  rules: [
    {
      rule: 'a Map runs its states once for each item and lists their outputs',
      source: spec('Map State'),
      cases: [
        { definition: map({}), input: [1, 'b', null], expect: { output: [1, 'b', null] } },
        {
          definition: map({}),
          input: [],
          expect: {
            output: [],
            events: [
              ['MapStateEntered', 0],
              ['MapStateStarted', 2],
              ['MapStateSucceeded', 3],
              ['MapStateExited', 3],
              ['ExecutionSucceeded', 5],
            ],
          },
        },
        {
          definition: jsonpath({ M: { Type: 'Map', Iterator: inner({ I }), ...end } }),
          input: [4],
          expect: { output: [4] },
        },
      ],
    },
    {
      rule: 'ItemsPath and Items name the list',
      source: spec('Map State'),
      cases: [
        { definition: map({ ItemsPath: '$.l' }), input: { l: [1, 2] }, expect: { output: [1, 2] } },
        {
          definition: mapJsonata({ Items: '{% $states.input.l %}' }),
          input: { l: [3] },
          expect: { output: [3] },
        },
        {
          definition: mapJsonata({ Items: [1, '{% $states.input.x %}'] }),
          input: { x: 9 },
          expect: { output: [1, 9] },
        },
      ],
    },
    {
      rule: 'what is no list fails',
      source: spec('Map State'),
      cases: [
        {
          definition: map({ ItemsPath: '$.l' }),
          input: { l: 3 },
          expect: { error: 'States.Runtime', cause: '… Reference path "$.l" must point to array.' },
        },
        {
          definition: mapJsonata({ Items: '{% $states.input.l %}' }),
          input: { l: 'x' },
          expect: {
            error: 'States.QueryEvaluationError',
            cause:
              "… The JSONata expression '$states.input.l' specified for the field 'Items' returned an unexpected result type. Expected 'array', but was 'string' for value: \"x\"",
          },
        },
      ],
    },
    {
      rule: 'ItemSelector (once Parameters) makes each iteration’s input from item, index and input',
      source: spec('Map State'),
      cases: [
        {
          definition: map({
            ItemsPath: '$.l',
            ItemSelector: { 'i.$': '$$.Map.Item.Index', 'v.$': '$$.Map.Item.Value', 'x.$': '$.x' },
          }),
          input: { l: ['a', 'b'], x: 1 },
          expect: {
            output: [
              { i: 0, v: 'a', x: 1 },
              { i: 1, v: 'b', x: 1 },
            ],
          },
        },
        {
          definition: jsonpath({
            M: {
              Type: 'Map',
              Parameters: { 'v.$': '$$.Map.Item.Value' },
              Iterator: inner({ I }),
              ...end,
            },
          }),
          input: [5],
          expect: { output: [{ v: 5 }] },
        },
        {
          definition: mapJsonata({
            Items: [7],
            ItemSelector: {
              v: '{% $states.context.Map.Item.Value %}',
              i: '{% $states.context.Map.Item.Index %}',
            },
          }),
          expect: { output: [{ v: 7, i: 0 }] },
        },
      ],
    },
    {
      rule: 'the Map has started by the time ItemSelector fails, its iterations have not',
      source: 'floci-io/floci, AslExecutorParallelCutTest',
      cases: [
        {
          definition: mapJsonata({
            Items: [{ a: 1 }, { b: 2 }],
            ItemSelector: { a: '{% $states.context.Map.Item.Value.a %}' },
          }),
          expect: {
            error: 'States.QueryEvaluationError',
            events: [
              ['MapStateEntered', 0],
              ['MapStateStarted', 2],
              ['EvaluationFailed', 3],
              ['MapStateFailed', 4],
              ['ExecutionFailed', 5],
            ],
            details: { MapStateStarted: { length: 2 } },
          },
        },
        {
          definition: map({ ItemSelector: { 'a.$': '$$.Map.Item.Value.a' } }),
          input: [{ b: 2 }],
          expect: {
            error: 'States.Runtime',
            events: [
              ['MapStateEntered', 0],
              ['MapStateStarted', 2],
              ['ExecutionFailed', 3],
            ],
          },
        },
      ],
    },
    {
      rule: 'the context holds the item inside the iteration',
      source: spec('Map State'),
      cases: [
        {
          definition: map(
            {},
            {
              I: {
                Type: 'Pass',
                Parameters: { 'i.$': '$$.Map.Item.Index', 'v.$': '$$.Map.Item.Value' },
                ...end,
              },
            },
          ),
          input: ['a'],
          expect: { output: [{ i: 0, v: 'a' }] },
        },
      ],
    },
    {
      rule: 'MaxConcurrency bounds how many run at once, 40 where it is 0',
      source: spec('Map State'),
      cases: [
        { definition: map({ MaxConcurrency: 1 }, W), input: [1, 2, 3], expect: { took: 6 } },
        { definition: map({ MaxConcurrency: 2 }, W), input: [1, 2, 3], expect: { took: 4 } },
        { definition: map({}, W), input: [1, 2, 3], expect: { took: 2 } },
        {
          definition: jsonpath({
            M: {
              Type: 'Map',
              ItemsPath: '$.l',
              MaxConcurrencyPath: '$.m',
              ItemProcessor: inner(W),
              ...end,
            },
          }),
          input: { l: [1, 2], m: 1 },
          expect: { took: 4 },
        },
        {
          definition: mapJsonata({ Items: [1, 2], MaxConcurrency: '{% 1 %}' }, W),
          expect: { took: 4 },
        },
        {
          definition: jsonpath({
            M: {
              Type: 'Map',
              ItemsPath: '$.l',
              MaxConcurrencyPath: '$.m',
              ItemProcessor: inner(W),
              ...end,
            },
          }),
          input: { l: [1], m: -1 },
          expect: {
            error: 'States.Runtime',
            cause: "… Expected non-negative integer for MaxConcurrency, got '-1' instead.",
          },
        },
        {
          definition: map({}, W),
          input: Array.from({ length: 41 }, (_, n) => n),
          expect: { took: 4 },
        },
      ],
    },
    {
      rule: 'an iteration that fails fails the Map and stops the others',
      source: spec('Map State'),
      cases: [
        {
          definition: map({}, fail),
          input: [1, 2],
          expect: {
            error: 'E',
            events: [
              ['MapStateEntered', 0],
              ['MapStateStarted', 2],
              ['MapIterationStarted', 3],
              ['MapIterationStarted', 3],
              ['FailStateEntered', 4],
              ['MapIterationFailed', 6],
              ['MapIterationAborted', 6],
              ['MapStateFailed', 6],
              ['ExecutionFailed', 9],
            ],
          },
        },
      ],
    },
    {
      rule: 'iterations that are cut off and the one that failed are recorded in the order of their items',
      source: 'floci-io/floci, AslExecutorParallelCutTest (measured on AWS)',
      cases: [
        {
          definition: map(
            {},
            {
              C: {
                Type: 'Choice',
                Choices: [{ Variable: '$', NumericEquals: 2, Next: 'W1' }],
                Default: 'W9',
              },
              W1: { Type: 'Wait', Seconds: 1, Next: 'F' },
              W9: { Type: 'Wait', Seconds: 9, ...end },
              ...fail,
            },
          ),
          input: [1, 2, 3],
          expect: {
            error: 'E',
            events: [
              ['MapStateEntered', 0],
              ['MapStateStarted', 2],
              ['MapIterationStarted', 3],
              ['MapIterationStarted', 3],
              ['MapIterationStarted', 3],
              ['ChoiceStateEntered', 4],
              ['ChoiceStateExited', 7],
              ['WaitStateEntered', 8],
              ['ChoiceStateEntered', 5],
              ['ChoiceStateExited', 10],
              ['WaitStateEntered', 11],
              ['ChoiceStateEntered', 6],
              ['ChoiceStateExited', 13],
              ['WaitStateEntered', 14],
              ['WaitStateExited', 12],
              ['FailStateEntered', 16],
              ['MapIterationAborted', 17],
              ['WaitStateAborted', 17],
              ['MapIterationFailed', 17],
              ['MapIterationAborted', 17],
              ['WaitStateAborted', 17],
              ['MapStateFailed', 17],
              ['ExecutionFailed', 23],
            ],
          },
        },
      ],
    },
    {
      rule: 'a Map that is cut off takes its iterations with it, but for those that have ended',
      source: 'the same, of Maps one within the other',
      cases: [
        {
          definition: jsonpath({
            P: {
              Type: 'Parallel',
              Branches: [
                inner({
                  M: {
                    Type: 'Map',
                    ToleratedFailureCount: 1,
                    ItemProcessor: inner({
                      N: { Type: 'Map', ItemProcessor: inner({ ...twoFails, S: W.W }), ...end },
                    }),
                    ...end,
                  },
                }),
                inner({ V: { Type: 'Wait', Seconds: 1, Next: 'G' }, G: fail.F }),
              ],
              ...end,
            },
          }),
          input: [[2], [1]],
          expect: {
            error: 'E',
            events: [
              ['ParallelStateEntered', 0],
              ['ParallelStateStarted', 2],
              ['MapStateEntered', 3],
              ['MapStateStarted', 4],
              ['MapIterationStarted', 5],
              ['MapIterationStarted', 5],
              ['WaitStateEntered', 3],
              ['MapStateEntered', 6],
              ['MapStateStarted', 9],
              ['MapIterationStarted', 10],
              ['MapStateEntered', 7],
              ['MapStateStarted', 12],
              ['MapIterationStarted', 13],
              ['ChoiceStateEntered', 11],
              ['ChoiceStateExited', 15],
              ['FailStateEntered', 16],
              ['MapIterationFailed', 17],
              ['MapStateFailed', 17],
              ['MapIterationFailed', 19],
              ['ChoiceStateEntered', 14],
              ['ChoiceStateExited', 21],
              ['WaitStateEntered', 22],
              ['WaitStateExited', 8],
              ['FailStateEntered', 24],
              ['MapStateAborted', 25],
              ['MapIterationAborted', 25],
              ['MapStateAborted', 25],
              ['MapIterationAborted', 25],
              ['WaitStateAborted', 25],
              ['ParallelStateFailed', 25],
              ['ExecutionFailed', 31],
            ],
          },
        },
      ],
    },
    {
      rule: 'ToleratedFailureCount and ToleratedFailurePercentage let iterations fail',
      source: spec('Map State, tolerated failures'),
      cases: [
        {
          definition: map({ ToleratedFailureCount: 1 }, twoFails),
          input: [1, 2, 3],
          expect: { output: [1, 3] },
        },
        {
          definition: map({ ToleratedFailureCount: 1 }, twoFails),
          input: [2, 2, 3],
          expect: {
            error: 'States.ExceedToleratedFailureThreshold',
            cause: 'The specified tolerated failure threshold was exceeded',
          },
        },
        {
          definition: map({ ToleratedFailurePercentage: 50 }, twoFails),
          input: [1, 2],
          expect: { status: 'SUCCEEDED' },
        },
        {
          definition: map({ ToleratedFailurePercentage: 40 }, twoFails),
          input: [1, 2],
          expect: { error: 'States.ExceedToleratedFailureThreshold' },
        },
        {
          definition: jsonpath({
            M: {
              Type: 'Map',
              ItemsPath: '$.l',
              ToleratedFailureCountPath: '$.c',
              ItemProcessor: inner(twoFails),
              ...end,
            },
          }),
          input: { l: [2], c: 1 },
          expect: { status: 'SUCCEEDED' },
        },
        {
          definition: mapJsonata({ Items: [1], ToleratedFailureCount: '{% -1 %}' }),
          expect: {
            error: 'States.QueryEvaluationError',
            cause: '… ToleratedFailureCount cannot be negative.',
          },
        },
      ],
    },
    {
      rule: 'ItemBatcher hands items over in groups, with what they share',
      source: spec('Map State, ItemBatcher'),
      cases: [
        {
          definition: map({ ItemBatcher: { MaxItemsPerBatch: 2 } }),
          input: [1, 2, 3],
          expect: { output: [{ Items: [1, 2] }, { Items: [3] }] },
        },
        {
          definition: map({
            ItemsPath: '$.l',
            ItemBatcher: { MaxItemsPerBatch: 2, BatchInput: { 'x.$': '$.x' } },
          }),
          input: { l: [1], x: 5 },
          expect: { output: [{ BatchInput: { x: 5 }, Items: [1] }] },
        },
        {
          definition: map({ ItemBatcher: { MaxInputBytesPerBatch: 10 } }),
          input: ['aaaa', 'bbbb'],
          expect: { output: [{ Items: ['aaaa'] }, { Items: ['bbbb'] }] },
        },
      ],
    },
    {
      rule: 'ResultSelector, ResultPath, Output and Assign shape the result',
      source: spec('Map State'),
      cases: [
        {
          definition: map({
            ItemsPath: '$.l',
            ResultSelector: { 'n.$': 'States.ArrayLength($)' },
            ResultPath: '$.r',
          }),
          input: { l: [1, 2] },
          expect: { output: { l: [1, 2], r: { n: 2 } } },
        },
        {
          definition: mapJsonata({ Items: [1, 2], Output: '{% $sum($states.result) %}' }),
          expect: { output: 3 },
        },
      ],
    },
    {
      rule: 'Retry and Catch of a Map',
      source: spec('Map State'),
      cases: [
        {
          definition: jsonpath({
            M: {
              Type: 'Map',
              ItemProcessor: inner({
                T: {
                  ...lambda,
                  Parameters: { FunctionName: 'f' },
                  OutputPath: '$.Payload',
                  ...end,
                },
              }),
              Retry: [{ ErrorEquals: ['E'], IntervalSeconds: 3 }],
              ...end,
            },
          }),
          input: [1],
          mocks: { f: [{ fails: 'E' }, { value: 'ok' }] },
          expect: { output: ['ok'], took: 3 },
        },
        {
          definition: jsonpath({
            M: {
              Type: 'Map',
              ItemProcessor: inner(fail),
              Catch: [{ ErrorEquals: ['E'], Next: 'S' }],
              ...end,
            },
            S: { Type: 'Succeed' },
          }),
          input: [1],
          expect: { output: { Error: 'E', Cause: '' } },
        },
      ],
    },
    {
      rule: 'iterations are recorded with name and index',
      source: 'API Reference, MapIterationEventDetails',
      cases: [
        {
          definition: map({ MaxConcurrency: 1 }),
          input: [1],
          expect: {
            events: [
              ['MapStateEntered', 0],
              ['MapStateStarted', 2],
              ['MapIterationStarted', 3],
              ['PassStateEntered', 4],
              ['PassStateExited', 5],
              ['MapIterationSucceeded', 6],
              ['MapStateSucceeded', 7],
              ['MapStateExited', 7],
              ['ExecutionSucceeded', 9],
            ],
            details: {
              MapStateStarted: { length: 1 },
              MapIterationStarted: { name: 'M', index: 0 },
              MapIterationSucceeded: { name: 'M', index: 0 },
            },
          },
        },
      ],
    },
    {
      rule: 'Maps stand inside iterations',
      source: spec('Map State'),
      cases: [
        {
          definition: map({}, { N: { Type: 'Map', ItemProcessor: inner({ I }), ...end } }),
          input: [[1, 2], [3]],
          expect: { output: [[1, 2], [3]] },
        },
      ],
    },
  ],
  gaps: [
    {
      rule: 'distributed Map: child executions, ItemReader, ResultWriter',
      source: spec('Map State'),
      instead: 'refused by name when the machine is created',
    },
    {
      rule: 'ItemBatcher and tolerated failures are a distributed Map’s only',
      source: 'Developer Guide, Map',
      instead: 'an inline Map has them too',
    },
  ],
};
