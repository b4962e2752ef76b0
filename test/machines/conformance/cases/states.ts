import { type Area, end, jsonata, jsonpath, spec } from '../case.ts';

const S = { Type: 'Succeed' };

export const stateArea: Area = {
  area: 'States',
  rules: [
    {
      rule: 'a Pass gives its input as its output',
      source: spec('Pass State'),
      cases: [
        {
          definition: jsonpath({ P: { Type: 'Pass', ...end } }),
          input: { a: [1] },
          expect: { output: { a: [1] } },
        },
        {
          definition: jsonata({ P: { Type: 'Pass', ...end } }),
          input: [1, 'b'],
          expect: { output: [1, 'b'] },
        },
      ],
    },
    {
      rule: 'a Pass gives its Result, put where ResultPath says',
      source: spec('Pass State'),
      cases: [
        {
          definition: jsonpath({ P: { Type: 'Pass', Result: { x: 1 }, ...end } }),
          expect: { output: { x: 1 } },
        },
        {
          definition: jsonpath({ P: { Type: 'Pass', Result: [1], ResultPath: '$.r.s', ...end } }),
          input: { a: 1 },
          expect: { output: { a: 1, r: { s: [1] } } },
        },
        {
          definition: jsonpath({ P: { Type: 'Pass', Result: null, ...end } }),
          expect: { output: null },
        },
      ],
    },
    {
      rule: 'Next leads to the named state, with the output as its input',
      source: spec('Transitions'),
      cases: [
        {
          definition: jsonpath({
            A: { Type: 'Pass', Result: 1, Next: 'B' },
            B: { Type: 'Pass', ...end },
          }),
          expect: {
            output: 1,
            events: [
              ['PassStateEntered', 0],
              ['PassStateExited', 2],
              ['PassStateEntered', 3],
              ['PassStateExited', 4],
              ['ExecutionSucceeded', 5],
            ],
          },
        },
      ],
    },
    {
      rule: 'a state may be entered again and again',
      source: spec('Transitions'),
      cases: [
        {
          definition: jsonata({
            A: { Type: 'Pass', Output: '{% $states.input + 1 %}', Next: 'C' },
            C: {
              Type: 'Choice',
              Choices: [{ Condition: '{% $states.input < 5 %}', Next: 'A' }],
              Default: 'S',
            },
            S,
          }),
          input: 0,
          expect: { output: 5 },
        },
      ],
    },
    {
      rule: 'a Succeed ends its machine, its branch or its iteration well',
      source: spec('Succeed State'),
      cases: [
        {
          definition: jsonpath({ S }),
          input: { a: 1 },
          expect: {
            output: { a: 1 },
            events: [
              ['SucceedStateEntered', 0],
              ['SucceedStateExited', 2],
              ['ExecutionSucceeded', 3],
            ],
          },
        },
        {
          definition: jsonata({ S: { ...S, Output: { b: '{% $states.input.a %}' } } }),
          input: { a: 1 },
          expect: { output: { b: 1 } },
        },
        {
          definition: jsonpath({ P: { Type: 'Parallel', Branches: [jsonpath({ X: S })], ...end } }),
          input: 7,
          expect: { output: [7] },
        },
        {
          definition: jsonpath({ S: { ...S, InputPath: '$.a', OutputPath: '$.b' } }),
          input: { a: { b: 2 } },
          expect: { output: 2 },
        },
      ],
    },
    {
      rule: 'a Fail ends the execution with its Error and its Cause',
      source: spec('Fail State'),
      cases: [
        {
          definition: jsonpath({ F: { Type: 'Fail', Error: 'E', Cause: 'why' } }),
          expect: {
            error: 'E',
            cause: 'why',
            events: [
              ['FailStateEntered', 0],
              ['ExecutionFailed', 2],
            ],
          },
        },
        { definition: jsonpath({ F: { Type: 'Fail', Cause: 'why' } }), expect: { cause: 'why' } },
        {
          definition: jsonpath({ F: { Type: 'Fail' } }),
          expect: { status: 'FAILED', details: { ExecutionFailed: {} } },
        },
      ],
    },
    {
      rule: 'a Fail takes its texts from ErrorPath and CausePath, also from intrinsic functions there',
      source: spec('Fail State'),
      cases: [
        {
          definition: jsonpath({ F: { Type: 'Fail', ErrorPath: '$.e', CausePath: '$.c' } }),
          input: { e: 'E', c: 'C' },
          expect: { error: 'E', cause: 'C' },
        },
        {
          definition: jsonpath({
            F: { Type: 'Fail', Error: '422', CausePath: "States.Format('no {}', $.c)" },
          }),
          input: { c: 'C' },
          expect: { error: '422', cause: 'no C' },
        },
        {
          definition: jsonpath({ F: { Type: 'Fail', ErrorPath: '$$.Execution.Name' } }),
          expect: { status: 'FAILED' },
        },
        {
          definition: jsonpath({ F: { Type: 'Fail', Error: 'E', CausePath: '$.c' } }),
          input: { c: [1] },
          expect: {
            error: 'States.Runtime',
            cause: '… The CausePath field refers to value "[1]" which is not a valid string: $.c',
          },
        },
        {
          definition: jsonpath({ F: { Type: 'Fail', ErrorPath: '$.x' } }),
          expect: {
            error: 'States.Runtime',
            cause:
              "… The JSONPath '$.x' specified for the field 'ErrorPath' could not be found in the input '{}'",
          },
        },
      ],
    },
    {
      rule: 'a Fail computes its texts in JSONata; what is no text fails as a query',
      source: spec('Fail State'),
      cases: [
        {
          definition: jsonata({
            F: {
              Type: 'Fail',
              Error: '{% $states.input.e %}',
              Cause: "{% 'c' & $states.input.e %}",
            },
          }),
          input: { e: 'E' },
          expect: { error: 'E', cause: 'cE' },
        },
        {
          definition: jsonata({ F: { Type: 'Fail', Error: '{% $states.input.e %}' } }),
          input: { e: 1 },
          expect: {
            error: 'States.QueryEvaluationError',
            cause:
              "… The JSONata expression '$states.input.e' specified for the field 'Error' returned an unexpected result type. Expected 'string', but was 'number' for value: 1",
          },
        },
      ],
    },
    {
      rule: 'a machine may change from JSONPath to JSONata state by state',
      source: spec('JSONata and JSONPath'),
      cases: [
        {
          definition: jsonpath({
            A: { Type: 'Pass', Parameters: { 'n.$': '$.a' }, Next: 'B' },
            B: {
              Type: 'Pass',
              QueryLanguage: 'JSONata',
              Output: '{% $states.input.n * 2 %}',
              ...end,
            },
          }),
          input: { a: 4 },
          expect: { output: 8 },
        },
        {
          definition: jsonpath(
            {
              M: {
                Type: 'Map',
                QueryLanguage: 'JSONata',
                Items: '{% $states.input %}',
                ItemProcessor: jsonpath({
                  I: { Type: 'Pass', Parameters: { 'v.$': '$' }, ...end },
                }),
                ...end,
              },
            },
            { QueryLanguage: 'JSONPath' },
          ),
          input: [1, 2],
          expect: { output: [{ v: 1 }, { v: 2 }] },
        },
      ],
    },
    {
      rule: 'a machine’s TimeoutSeconds ends its execution as TIMED_OUT',
      source: spec('Top-level fields'),
      cases: [
        {
          definition: jsonpath(
            { W: { Type: 'Wait', Seconds: 60, ...end } },
            { TimeoutSeconds: 10 },
          ),
          expect: {
            status: 'TIMED_OUT',
            took: 10,
            events: [
              ['WaitStateEntered', 0],
              ['ExecutionTimedOut', 0],
            ],
            details: { ExecutionTimedOut: { error: 'States.Timeout' } },
          },
        },
      ],
    },
    {
      rule: 'an Express execution ends after five minutes',
      source: 'Developer Guide, Choosing workflow type',
      cases: [
        {
          definition: jsonpath({ W: { Type: 'Wait', Seconds: 600, ...end } }),
          type: 'EXPRESS',
          expect: { status: 'TIMED_OUT', took: 300 },
        },
      ],
    },
  ],
};
