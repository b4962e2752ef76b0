import { type Area, end, guide, jsonata, jsonpath, lambda, spec } from '../case.ts';

const page = guide('Passing data between states with variables');

export const variableArea: Area = {
  area: 'Variables',
  rules: [
    {
      rule: 'Assign sets variables that later states see',
      source: page,
      cases: [
        {
          definition: jsonata({
            A: { Type: 'Pass', Assign: { x: '{% $states.input.a %}', y: [1] }, Next: 'B' },
            B: { Type: 'Pass', Output: { x: '{% $x %}', y: '{% $y[0] %}' }, ...end },
          }),
          input: { a: 3 },
          expect: { output: { x: 3, y: 1 } },
        },
        {
          definition: jsonpath({
            A: { Type: 'Pass', Assign: { 'x.$': '$.a', k: 'c' }, Next: 'B' },
            B: { Type: 'Pass', Parameters: { 'x.$': '$x', 'k.$': '$k' }, ...end },
          }),
          input: { a: { b: 1 } },
          expect: { output: { x: { b: 1 }, k: 'c' } },
        },
        {
          definition: jsonpath({
            A: { Type: 'Pass', Assign: { 'x.$': '$.a' }, Next: 'B' },
            B: { Type: 'Pass', Parameters: { 'x.$': '$x.b[0]' }, ...end },
          }),
          input: { a: { b: [7] } },
          expect: { output: { x: 7 } },
        },
      ],
    },
    {
      rule: 'all of an Assign, and Output, see the variables as they were',
      source: page,
      cases: [
        {
          definition: jsonata({
            A: { Type: 'Pass', Assign: { x: 1, y: 2 }, Next: 'B' },
            B: {
              Type: 'Pass',
              Assign: { x: '{% $y %}', y: '{% $x %}' },
              Output: { x: '{% $x %}' },
              Next: 'C',
            },
            C: {
              Type: 'Pass',
              Output: { before: '{% $states.input.x %}', x: '{% $x %}', y: '{% $y %}' },
              ...end,
            },
          }),
          expect: { output: { before: 1, x: 2, y: 1 } },
        },
      ],
    },
    {
      rule: 'a task assigns from its result, a Catch from the error',
      source: page,
      cases: [
        {
          definition: jsonata({
            T: {
              ...lambda,
              Arguments: { FunctionName: 'f' },
              Assign: { r: '{% $states.result.Payload %}' },
              Output: {},
              Next: 'P',
            },
            P: { Type: 'Pass', Output: '{% $r %}', ...end },
          }),
          mocks: { f: { value: 'v' } },
          expect: { output: 'v' },
        },
        {
          definition: jsonata({
            T: {
              ...lambda,
              Arguments: { FunctionName: 'f' },
              Catch: [
                {
                  ErrorEquals: ['States.ALL'],
                  Assign: { e: '{% $states.errorOutput.Error %}' },
                  Next: 'P',
                },
              ],
              ...end,
            },
            P: { Type: 'Pass', Output: '{% $e %}', ...end },
          }),
          mocks: { f: { fails: 'Bad' } },
          expect: { output: 'Bad' },
        },
        {
          definition: jsonpath({
            T: {
              ...lambda,
              Parameters: { FunctionName: 'f' },
              Assign: { 's.$': '$.StatusCode' },
              ResultPath: null,
              Next: 'P',
            },
            P: { Type: 'Pass', Parameters: { 's.$': '$s' }, ...end },
          }),
          expect: { output: { s: 200 } },
        },
      ],
    },
    {
      rule: 'a Choice assigns by rule, or by its own Assign where none holds',
      source: spec('Choice State'),
      cases: [
        {
          definition: jsonata({
            C: {
              Type: 'Choice',
              Choices: [{ Condition: '{% $states.input = 1 %}', Assign: { v: 'rule' }, Next: 'P' }],
              Assign: { v: 'default' },
              Default: 'P',
            },
            P: { Type: 'Pass', Output: '{% $v %}', ...end },
          }),
          input: 1,
          expect: { output: 'rule' },
        },
        {
          definition: jsonata({
            C: {
              Type: 'Choice',
              Choices: [{ Condition: '{% $states.input = 1 %}', Assign: { v: 'rule' }, Next: 'P' }],
              Assign: { v: 'default' },
              Default: 'P',
            },
            P: { Type: 'Pass', Output: '{% $v %}', ...end },
          }),
          input: 2,
          expect: { output: 'default' },
        },
      ],
    },
    {
      rule: 'branches and iterations see the outer variables, and keep theirs to themselves',
      source: page,
      cases: [
        {
          definition: jsonata({
            A: { Type: 'Pass', Assign: { x: 1 }, Next: 'P' },
            P: {
              Type: 'Parallel',
              Branches: [
                jsonpath({ I: { Type: 'Pass', Output: '{% $x %}', Assign: { inner: 5 }, ...end } }),
              ],
              Next: 'Z',
            },
            Z: {
              Type: 'Pass',
              Output: { got: '{% $states.input[0] %}', leaked: '{% $exists($inner) %}' },
              ...end,
            },
          }),
          expect: { output: { got: 1, leaked: false } },
        },
        {
          definition: jsonata({
            A: { Type: 'Pass', Assign: { x: 10 }, Next: 'M' },
            M: {
              Type: 'Map',
              Items: [1, 2],
              ItemProcessor: jsonpath({
                I: { Type: 'Pass', Output: '{% $states.input * $x %}', ...end },
              }),
              ...end,
            },
          }),
          expect: { output: [10, 20] },
        },
      ],
    },
    {
      rule: 'what a state assigned stands in its exit event',
      source: 'API Reference, StateExitedEventDetails',
      cases: [
        {
          definition: jsonata({ A: { Type: 'Pass', Assign: { x: { a: 1 }, y: 'z' }, ...end } }),
          expect: {
            details: {
              PassStateExited: {
                assignedVariables: { x: '{"a":1}', y: '"z"' },
                assignedVariablesDetails: { truncated: false },
              },
            },
          },
        },
      ],
    },
    {
      rule: 'a variable that was never set fails a query, and a path',
      source: page,
      cases: [
        {
          definition: jsonata({ A: { Type: 'Pass', Output: '{% $nope %}', ...end } }),
          expect: { error: 'States.QueryEvaluationError' },
        },
        {
          definition: jsonpath({ A: { Type: 'Pass', Parameters: { 'v.$': '$nope' }, ...end } }),
          expect: { error: 'States.Runtime' },
        },
      ],
    },
  ],
};
