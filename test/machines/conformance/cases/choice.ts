import type { Json } from '../../../../local/sfn/json.ts';
import { type Area, type Case, guide, jsonata, jsonpath, spec } from '../case.ts';

const S = { Type: 'Succeed' };
const yes = { Type: 'Pass', Result: true, End: true };
const no = { Type: 'Pass', Result: false, End: true };
const asks = (rule: object): object =>
  jsonpath({
    C: { Type: 'Choice', Choices: [{ ...rule, Next: 'Y' }], Default: 'N' },
    Y: yes,
    N: no,
  });
const rule = (operator: string, operand: Json, value: Json, holds: boolean): Case => ({
  definition: asks({ Variable: '$.v', [operator]: operand }),
  input: { v: value, o: operand },
  expect: { output: holds },
});
/** The same by the operator’s Path twin, which reads the operand from the input. */
const both = (operator: string, operand: Json, value: Json, holds: boolean): Case[] => [
  rule(operator, operand, value, holds),
  {
    definition: asks({ Variable: '$.v', [`${operator}Path`]: '$.o' }),
    input: { v: value, o: operand },
    expect: { output: holds },
  },
];
const source = spec('Choice State');
const [early, late] = ['2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z'];

const ordered = (kind: string, low: Json, high: Json, other: Json) => [
  {
    rule: `${kind}Equals and ${kind}EqualsPath`,
    source,
    cases: [
      ...both(`${kind}Equals`, low, low, true),
      ...both(`${kind}Equals`, low, high, false),
      ...both(`${kind}Equals`, low, other, false),
    ],
  },
  {
    rule: `${kind}LessThan and ${kind}LessThanPath`,
    source,
    cases: [
      ...both(`${kind}LessThan`, high, low, true),
      ...both(`${kind}LessThan`, low, low, false),
      ...both(`${kind}LessThan`, low, high, false),
    ],
  },
  {
    rule: `${kind}LessThanEquals and ${kind}LessThanEqualsPath`,
    source,
    cases: [
      ...both(`${kind}LessThanEquals`, low, low, true),
      ...both(`${kind}LessThanEquals`, low, high, false),
    ],
  },
  {
    rule: `${kind}GreaterThan and ${kind}GreaterThanPath`,
    source,
    cases: [
      ...both(`${kind}GreaterThan`, low, high, true),
      ...both(`${kind}GreaterThan`, low, low, false),
    ],
  },
  {
    rule: `${kind}GreaterThanEquals and ${kind}GreaterThanEqualsPath`,
    source,
    cases: [
      ...both(`${kind}GreaterThanEquals`, high, high, true),
      ...both(`${kind}GreaterThanEquals`, high, low, false),
      ...both(`${kind}GreaterThanEquals`, low, other, false),
    ],
  },
];

export const choiceArea: Area = {
  area: 'Choice',
  rules: [
    ...ordered('String', 'a', 'b', 1),
    ...ordered('Numeric', 1, 2.5, '1'),
    ...ordered('Timestamp', early, late, 'yesterday'),
    {
      rule: 'BooleanEquals and BooleanEqualsPath',
      source,
      cases: [
        ...both('BooleanEquals', true, true, true),
        ...both('BooleanEquals', true, false, false),
        ...both('BooleanEquals', true, 'true', false),
      ],
    },
    {
      rule: 'StringMatches: * stands for any characters, \\* for itself',
      source,
      cases: [
        rule('StringMatches', '*.txt', 'a.txt', true),
        rule('StringMatches', 'log-*.txt', 'log-a-b.txt', true),
        rule('StringMatches', 'a*', 'ba', false),
        rule('StringMatches', 'a\\*b', 'a*b', true),
        rule('StringMatches', 'a\\*b', 'axb', false),
        rule('StringMatches', 'a.c', 'abc', false),
        rule('StringMatches', '*', '', true),
        rule('StringMatches', '*', 1, false),
        rule('StringMatches', 'a*a', 'a', false),
        rule('StringMatches', 'a*b*c', 'abbc', true),
        rule('StringMatches', 'a*bc*c', 'abc', false),
        rule('StringMatches', 'a\\\\*', 'a\\b', true),
        rule('StringMatches', '*a*a*a*a*a*a*a*b', 'a'.repeat(20_000), false),
      ],
    },
    {
      rule: 'IsNull',
      source,
      cases: [
        rule('IsNull', true, null, true),
        rule('IsNull', true, 0, false),
        rule('IsNull', false, 0, true),
      ],
    },
    {
      rule: 'IsPresent',
      source,
      cases: [
        rule('IsPresent', true, 1, true),
        rule('IsPresent', false, 1, false),
        rule('IsPresent', true, null, true),
        { definition: asks({ Variable: '$.x.y', IsPresent: true }), expect: { output: false } },
        { definition: asks({ Variable: '$.x', IsPresent: false }), expect: { output: true } },
      ],
    },
    {
      rule: 'IsNumeric',
      source,
      cases: [
        rule('IsNumeric', true, 1.5, true),
        rule('IsNumeric', true, '1', false),
        rule('IsNumeric', false, '1', true),
      ],
    },
    {
      rule: 'IsString',
      source,
      cases: [rule('IsString', true, '1', true), rule('IsString', true, 1, false)],
    },
    {
      rule: 'IsBoolean',
      source,
      cases: [rule('IsBoolean', true, false, true), rule('IsBoolean', true, 'false', false)],
    },
    {
      rule: 'IsTimestamp',
      source,
      cases: [
        rule('IsTimestamp', true, '2001-01-01T12:00:00Z', true),
        rule('IsTimestamp', true, '2001-01-01T12:00:00.5+02:00', true),
        rule('IsTimestamp', true, '2001-01-01', false),
        rule('IsTimestamp', true, '2001-02-29T12:00:00Z', false),
        rule('IsTimestamp', true, '2004-02-29T12:00:00Z', true),
        rule('IsTimestamp', true, 5, false),
      ],
    },
    {
      rule: 'And, Or and Not combine rules',
      source,
      cases: [
        {
          definition: asks({
            And: [
              { Variable: '$.a', NumericEquals: 1 },
              { Variable: '$.b', NumericEquals: 2 },
            ],
          }),
          input: { a: 1, b: 2 },
          expect: { output: true },
        },
        {
          definition: asks({
            And: [
              { Variable: '$.a', NumericEquals: 1 },
              { Variable: '$.b', NumericEquals: 3 },
            ],
          }),
          input: { a: 1, b: 2 },
          expect: { output: false },
        },
        {
          definition: asks({
            Or: [
              { Variable: '$.a', NumericEquals: 9 },
              { Variable: '$.b', NumericEquals: 2 },
            ],
          }),
          input: { a: 1, b: 2 },
          expect: { output: true },
        },
        {
          definition: asks({ Not: { Variable: '$.a', NumericEquals: 1 } }),
          input: { a: 1 },
          expect: { output: false },
        },
        {
          definition: asks({
            Not: {
              Or: [
                { Variable: '$.a', IsNull: true },
                { Not: { Variable: '$.a', IsPresent: true } },
              ],
            },
          }),
          input: { a: 1 },
          expect: { output: true },
        },
        {
          definition: asks({
            And: [
              { Variable: '$.x', IsPresent: true },
              { Variable: '$.x', NumericEquals: 2 },
            ],
          }),
          expect: { output: false },
        },
      ],
    },
    {
      rule: 'rules are tried in their order, the first that holds leads',
      source,
      cases: [
        {
          definition: jsonpath({
            C: {
              Type: 'Choice',
              Choices: [
                { Variable: '$.v', NumericGreaterThan: 5, Next: 'N' },
                { Variable: '$.v', NumericGreaterThan: 1, Next: 'Y' },
                { Variable: '$.v', NumericGreaterThan: 0, Next: 'N' },
              ],
            },
            Y: yes,
            N: no,
          }),
          input: { v: 3 },
          expect: {
            output: true,
            events: [
              ['ChoiceStateEntered', 0],
              ['ChoiceStateExited', 2],
              ['PassStateEntered', 3],
              ['PassStateExited', 4],
              ['ExecutionSucceeded', 5],
            ],
          },
        },
      ],
    },
    {
      rule: 'a Choice passes its input through InputPath and OutputPath',
      source,
      cases: [
        {
          definition: jsonpath({
            C: {
              Type: 'Choice',
              InputPath: '$.i',
              OutputPath: '$.o',
              Choices: [{ Variable: '$.o', NumericEquals: 4, Next: 'S' }],
              Default: 'N',
            },
            S,
            N: no,
          }),
          input: { i: { o: 4 } },
          expect: { output: 4 },
        },
      ],
    },
    {
      rule: 'without a rule that holds and without a Default the execution fails',
      source: guide('Choice'),
      cases: [
        {
          definition: jsonpath({
            C: { Type: 'Choice', Choices: [{ Variable: '$.v', NumericEquals: 1, Next: 'S' }] },
            S,
          }),
          input: { v: 2 },
          expect: {
            error: 'States.Runtime',
            cause:
              '… Failed to transition out of the state. The state does not point to a next state.',
            events: [
              ['ChoiceStateEntered', 0],
              ['ExecutionFailed', 2],
            ],
          },
        },
        {
          definition: jsonata({
            C: { Type: 'Choice', Choices: [{ Condition: '{% false %}', Next: 'S' }] },
            S,
          }),
          expect: { error: 'States.Runtime' },
        },
      ],
    },
    {
      rule: 'a Variable that is not there fails the execution',
      source: guide('Choice'),
      cases: [
        {
          definition: asks({ Variable: '$.x', NumericEquals: 1 }),
          expect: {
            error: 'States.Runtime',
            cause:
              "… Invalid path '$.x': The choice state's condition path references an invalid value.",
          },
        },
        {
          definition: asks({ Variable: '$.v', NumericEqualsPath: '$.x' }),
          input: { v: 1 },
          expect: { error: 'States.Runtime' },
        },
      ],
    },
    {
      rule: 'a Choice reads the context and variables',
      source,
      cases: [
        {
          definition: jsonpath({
            A: { Type: 'Pass', Assign: { x: 1 }, Next: 'C' },
            C: {
              Type: 'Choice',
              Choices: [
                {
                  And: [
                    { Variable: '$x', NumericEquals: 1 },
                    { Variable: '$$.State.Name', StringEquals: 'C' },
                  ],
                  Next: 'Y',
                },
              ],
              Default: 'N',
            },
            Y: yes,
            N: no,
          }),
          expect: { output: true },
        },
      ],
    },
    {
      rule: 'a JSONata Condition must give a boolean',
      source: spec('Choice State, JSONata'),
      cases: [
        {
          definition: jsonata({
            C: {
              Type: 'Choice',
              Choices: [
                {
                  Condition: '{% $states.input.a > 1 %}',
                  Output: { got: '{% $states.input.a %}' },
                  Next: 'S',
                },
              ],
              Default: 'S',
            },
            S,
          }),
          input: { a: 2 },
          expect: { output: { got: 2 } },
        },
        {
          definition: jsonata({
            C: { Type: 'Choice', Choices: [{ Condition: true, Next: 'S' }] },
            S,
          }),
          input: 1,
          expect: { output: 1 },
        },
        {
          definition: jsonata({
            C: { Type: 'Choice', Choices: [{ Condition: '{% 1 %}', Next: 'S' }] },
            S,
          }),
          expect: {
            error: 'States.QueryEvaluationError',
            cause:
              "… The JSONata expression '1' specified for the field 'Choices[0]/Condition' returned an unexpected result type. Expected 'boolean', but was 'number' for value: 1",
          },
        },
      ],
    },
  ],
};
