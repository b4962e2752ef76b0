import { type Area, end, jsonata, jsonpath, spec } from '../case.ts';

const pass = (more: object = {}): object => ({ Type: 'Pass', ...more, ...end });
const fail = { Type: 'Fail', Error: 'E', Cause: 'c' };
const wait = (seconds: number): object => ({ Type: 'Wait', Seconds: seconds, ...end });
const S = { Type: 'Succeed' };

export const parallelArea: Area = {
  area: 'Parallel',
  rules: [
    {
      rule: 'branches run at once; the output lists theirs in their order',
      source: spec('Parallel State'),
      cases: [
        {
          definition: jsonpath({
            P: {
              Type: 'Parallel',
              Branches: [jsonpath({ A: wait(5) }), jsonpath({ B: wait(3) })],
              ...end,
            },
          }),
          input: 1,
          expect: { output: [1, 1], took: 5 },
        },
        {
          definition: jsonpath({
            P: {
              Type: 'Parallel',
              Branches: [
                jsonpath({ A: pass({ Result: 'a' }) }),
                jsonpath({ B: pass({ Result: 'b' }) }),
              ],
              ...end,
            },
          }),
          expect: { output: ['a', 'b'] },
        },
      ],
    },
    {
      rule: 'every branch gets the input, or Parameters, or Arguments',
      source: spec('Parallel State'),
      cases: [
        {
          definition: jsonpath({
            P: {
              Type: 'Parallel',
              Parameters: { 'x.$': '$.a' },
              Branches: [jsonpath({ A: pass() })],
              ...end,
            },
          }),
          input: { a: 4 },
          expect: { output: [{ x: 4 }] },
        },
        {
          definition: jsonata({
            P: {
              Type: 'Parallel',
              Arguments: { x: '{% $states.input.a %}' },
              Branches: [jsonpath({ A: pass() }), jsonpath({ B: pass() })],
              ...end,
            },
          }),
          input: { a: 4 },
          expect: { output: [{ x: 4 }, { x: 4 }] },
        },
      ],
    },
    {
      rule: 'ResultSelector, ResultPath and Output shape the result',
      source: spec('Parallel State'),
      cases: [
        {
          definition: jsonpath({
            P: {
              Type: 'Parallel',
              Branches: [jsonpath({ A: pass() })],
              ResultSelector: { 'first.$': '$[0]' },
              ResultPath: '$.r',
              ...end,
            },
          }),
          input: { a: 4 },
          expect: { output: { a: 4, r: { first: { a: 4 } } } },
        },
        {
          definition: jsonata({
            P: {
              Type: 'Parallel',
              Branches: [jsonpath({ A: pass() })],
              Output: '{% $states.result[0].a %}',
              ...end,
            },
          }),
          input: { a: 4 },
          expect: { output: 4 },
        },
      ],
    },
    {
      rule: 'a branch that fails fails the state and stops the others',
      source: spec('Parallel State'),
      cases: [
        {
          definition: jsonpath({
            P: {
              Type: 'Parallel',
              Branches: [jsonpath({ A: wait(99) }), jsonpath({ F: fail })],
              ...end,
            },
          }),
          expect: {
            error: 'E',
            cause: 'c',
            took: 0,
            events: [
              ['ParallelStateEntered', 0],
              ['ParallelStateStarted', 2],
              ['WaitStateEntered', 3],
              ['FailStateEntered', 3],
              ['WaitStateAborted', 5],
              ['ParallelStateFailed', 5],
              ['ExecutionFailed', 7],
            ],
          },
        },
      ],
    },
    {
      rule: 'Retry of a Parallel runs all branches again; Catch takes its error',
      source: spec('Parallel State'),
      cases: [
        {
          definition: jsonpath({
            P: {
              Type: 'Parallel',
              Branches: [jsonpath({ F: fail })],
              Retry: [{ ErrorEquals: ['E'], IntervalSeconds: 2, MaxAttempts: 2, BackoffRate: 1 }],
              Catch: [{ ErrorEquals: ['E'], ResultPath: '$.e', Next: 'S' }],
              ...end,
            },
            S,
          }),
          input: {},
          expect: { output: { e: { Error: 'E', Cause: 'c' } }, took: 4 },
        },
      ],
    },
    {
      rule: 'the events of branches follow the start, what comes after follows the last of them',
      source: 'API Reference, GetExecutionHistory',
      cases: [
        {
          definition: jsonpath({
            P: {
              Type: 'Parallel',
              Branches: [jsonpath({ A: pass() }), jsonpath({ B: wait(1) })],
              ...end,
            },
          }),
          expect: {
            events: [
              ['ParallelStateEntered', 0],
              ['ParallelStateStarted', 2],
              ['PassStateEntered', 3],
              ['PassStateExited', 4],
              ['WaitStateEntered', 3],
              ['WaitStateExited', 6],
              ['ParallelStateSucceeded', 7],
              ['ParallelStateExited', 7],
              ['ExecutionSucceeded', 9],
            ],
          },
        },
      ],
    },
    {
      rule: 'Parallels stand inside branches',
      source: spec('Parallel State'),
      cases: [
        {
          definition: jsonpath({
            P: {
              Type: 'Parallel',
              Branches: [
                jsonpath({
                  Q: {
                    Type: 'Parallel',
                    Branches: [jsonpath({ A: pass() }), jsonpath({ B: pass() })],
                    ...end,
                  },
                }),
              ],
              ...end,
            },
          }),
          input: 2,
          expect: { output: [[2, 2]] },
        },
      ],
    },
  ],
};
