import { expect } from 'vitest';
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
            A: { Type: 'Pass', Assign: { größe: 1 }, Next: 'B' },
            B: { Type: 'Pass', Parameters: { 'x.$': '$größe' }, ...end },
          }),
          expect: { output: { x: 1 } },
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
        ...[jsonata, jsonpath].map((language) => ({
          definition: language({ A: { Type: 'Pass', Assign: {}, ...end } }),
          expect: {
            details: {
              PassStateExited: expect.not.objectContaining({
                assignedVariables: expect.anything(),
              }),
            },
          },
        })),
      ],
    },
    {
      rule: 'in JSONPath a task assigns from its result as it came, before ResultSelector',
      source: page,
      cases: [
        {
          definition: jsonpath({
            T: {
              ...lambda,
              Parameters: { FunctionName: 'f', Payload: { a: 1 } },
              ResultSelector: { 'p.$': '$.Payload' },
              Assign: { 'code.$': '$.StatusCode' },
              ...end,
            },
          }),
          expect: {
            output: { p: { a: 1 } },
            details: { TaskStateExited: { assignedVariables: { code: '200' } } },
          },
        },
      ],
    },
    {
      rule: 'no variable is assigned both in a scope and in one around it',
      source: page,
      cases: [
        ...['Map', 'Parallel'].map((type) => {
          const inner = jsonpath({ I: { Type: 'Pass', Assign: { 'x.$': '$' }, ...end } });
          return {
            definition: jsonpath({
              A: { Type: 'Pass', Assign: { x: 1 }, Next: 'B' },
              B: {
                Type: type,
                ...(type === 'Map' ? { ItemProcessor: inner } : { Branches: [inner] }),
                ...end,
              },
            }),
            expect: { refused: "Variable 'x' is already assigned in an outer scope" },
          };
        }),
        {
          definition: jsonpath({
            P: {
              Type: 'Parallel',
              Branches: ['I', 'J'].map((name) =>
                jsonpath({ [name]: { Type: 'Pass', Assign: { x: 1 }, ...end } }),
              ),
              ...end,
            },
          }),
          input: 1,
          expect: { output: [1, 1] },
        },
      ],
    },
    {
      rule: 'a variable’s name is an identifier of at most 80 characters, and not states',
      source: page,
      cases: ['1a', 'a b', 'x'.repeat(81), 'states'].map((name) => ({
        definition: jsonata({ A: { Type: 'Pass', Assign: { [name]: 1 }, ...end } }),
        expect: { refused: `Variable name '${name}' is` },
      })),
    },
    {
      rule: 'what one Assign sets is at most 256 KiB in all',
      source: page,
      cases: [
        {
          definition: jsonata({
            A: {
              Type: 'Pass',
              Assign: { x: '{% $pad("", 140000, "x") %}', y: '{% $pad("", 140000, "y") %}' },
              ...end,
            },
          }),
          expect: { error: 'States.DataLimitExceeded' },
        },
        {
          definition: jsonata({
            A: { Type: 'Pass', Assign: { x: '{% $pad("", 240000, "x") %}' }, ...end },
          }),
          expect: { output: {} },
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
