import {
  type Area,
  type Case,
  end,
  functionArn,
  guide,
  jsonata,
  jsonpath,
  lambda,
  spec,
} from '../case.ts';

const S = { Type: 'Succeed' };
const P = { Type: 'Pass', ...end };
const ok = (definition: object, output: Case['expect']['output'] = {}): Case => ({
  definition,
  expect: { output },
});
/** Accepted, though the state that is asked about is never entered. */
const taken = (state: object, more: object = {}): Case =>
  ok(
    jsonpath(
      {
        C: {
          Type: 'Choice',
          Choices: [{ Variable: '$.x', IsPresent: true, Next: 'X' }],
          Default: 'S',
        },
        X: state,
        S,
      },
      more,
    ),
  );
const inner = jsonpath({ I: P });

export const acceptedArea: Area = {
  area: 'Accepted',
  rules: [
    {
      rule: 'a Comment wherever the language has one',
      source: spec('Top-level fields'),
      cases: [
        ok({ Comment: 'c', Version: '1.0', TimeoutSeconds: 60, StartAt: 'P', States: { P } }),
        taken({
          ...lambda,
          Comment: 'c',
          Parameters: { FunctionName: 'f' },
          Retry: [{ ErrorEquals: ['E'], Comment: 'c' }],
          Catch: [{ ErrorEquals: ['States.ALL'], Comment: 'c', Next: 'S' }],
          Next: 'S',
        }),
        ok(
          jsonpath({
            C: {
              Type: 'Choice',
              Comment: 'c',
              Choices: [
                {
                  Comment: 'c',
                  And: [{ Variable: '$.x', IsPresent: false, Comment: 'c' }],
                  Next: 'S',
                },
              ],
            },
            S: { ...S, Comment: 'c' },
          }),
        ),
        ok(
          jsonpath({
            Q: { Type: 'Parallel', Branches: [{ ...inner, Comment: 'c' }], ...end },
          }),
          [{}],
        ),
        ok(
          jsonata({
            C: { Type: 'Choice', Choices: [{ Condition: true, Comment: 'c', Next: 'S' }] },
            S,
          }),
        ),
      ],
    },
    {
      rule: 'empty lists of retriers and catchers',
      source: 'localstack/localstack issue 9715 (accepted by AWS)',
      cases: [
        taken({ ...lambda, Parameters: { FunctionName: 'f' }, Retry: [], Catch: [], Next: 'S' }),
      ],
    },
    {
      rule: '"End": false beside Next',
      source: spec('States'),
      cases: [ok(jsonpath({ A: { Type: 'Pass', End: false, Next: 'B' }, B: P }))],
    },
    {
      rule: 'Map as it was, with Iterator and Parameters',
      source: guide('Map state'),
      cases: [
        {
          definition: jsonpath({
            M: {
              Type: 'Map',
              ItemsPath: '$.a',
              Parameters: { 'v.$': '$$.Map.Item.Value' },
              Iterator: { Comment: 'c', ...inner },
              MaxConcurrency: 0,
              ...end,
            },
          }),
          input: { a: [1] },
          expect: { output: [{ v: 1 }] },
        },
      ],
    },
    {
      rule: 'an inline Map that says so, with a Label and a tolerance',
      source: guide('Map state'),
      cases: [
        {
          definition: jsonpath({
            M: {
              Type: 'Map',
              Label: 'l',
              ItemProcessor: { ProcessorConfig: { Mode: 'INLINE' }, ...inner },
              ResultPath: null,
              ...end,
            },
          }),
          input: [1],
          expect: { output: [1] },
        },
        taken({ Type: 'Map', MaxConcurrencyPath: '$.n', ItemProcessor: inner, Next: 'S' }),
        taken({
          Type: 'Map',
          QueryLanguage: 'JSONata',
          Items: '{% $states.input.a %}',
          ItemSelector: { v: '{% $states.context.Map.Item.Value %}' },
          MaxConcurrency: '{% 2 %}',
          ToleratedFailurePercentage: '{% 5 %}',
          ItemProcessor: inner,
          Next: 'S',
        }),
      ],
    },
    {
      rule: 'a Task with every field it may have',
      source: spec('Task State'),
      cases: [
        taken({
          ...lambda,
          Comment: 'c',
          InputPath: '$.a',
          OutputPath: null,
          Parameters: { FunctionName: functionArn('f'), 'Payload.$': '$' },
          ResultSelector: { 'p.$': '$.Payload' },
          ResultPath: '$.r',
          TimeoutSecondsPath: '$.t',
          HeartbeatSecondsPath: '$.h',
          Credentials: { RoleArn: 'arn:aws:iam::000000000000:role/other' },
          Assign: { 'a.$': '$.StatusCode' },
          Retry: [
            {
              ErrorEquals: ['Lambda.ServiceException', 'States.Timeout'],
              IntervalSeconds: 1,
              MaxAttempts: 0,
              BackoffRate: 1,
              MaxDelaySeconds: 5,
              JitterStrategy: 'FULL',
            },
            { ErrorEquals: ['States.ALL'], BackoffRate: 1.5 },
          ],
          Catch: [
            { ErrorEquals: ['States.TaskFailed'], ResultPath: null, Next: 'S' },
            { ErrorEquals: ['States.ALL'], Assign: { 'e.$': '$.Error' }, Next: 'S' },
          ],
          Next: 'S',
        }),
        taken({
          Type: 'Task',
          QueryLanguage: 'JSONata',
          Resource: functionArn('f:live'),
          Arguments: '{% $states.input %}',
          TimeoutSeconds: '{% $states.input.t %}',
          HeartbeatSeconds: 5,
          Credentials: { RoleArn: '{% $states.input.r %}' },
          Output: null,
          Catch: [
            {
              ErrorEquals: ['States.ALL'],
              Assign: { e: '{% $states.errorOutput.Error %}' },
              Output: '{% $states.errorOutput %}',
              Next: 'S',
            },
          ],
          Next: 'S',
        }),
        taken({
          Type: 'Task',
          Resource: 'arn:aws-us-gov:lambda:us-gov-west-1:000000000000:function:f:1',
          Parameters: {},
          Next: 'S',
        }),
      ],
    },
    {
      rule: 'a Choice in a Choice in a Choice, of every operator',
      source: spec('Choice State'),
      cases: [
        ok(
          jsonpath({
            C: {
              Type: 'Choice',
              InputPath: '$',
              OutputPath: '$',
              Choices: [
                {
                  And: [
                    { Or: [{ Not: { Variable: '$$.Execution.Name', IsNull: true } }] },
                    { Variable: '$', IsPresent: true },
                    { Not: { Variable: "$['a b'].c[0]", IsPresent: true } },
                  ],
                  Assign: { k: 1 },
                  Next: 'S',
                },
                { Variable: '$k', NumericGreaterThanEqualsPath: '$.n', Next: 'S' },
                { Variable: '$.t', TimestampLessThan: '2026-03-01T12:00:00+01:00', Next: 'S' },
                { Variable: '$.t', StringMatches: '*\\\\*', Next: 'S' },
              ],
              Default: 'S',
            },
            S: { ...S, InputPath: '$', OutputPath: '$' },
          }),
        ),
      ],
    },
    {
      rule: 'Pass, Wait and Fail in their rarer forms',
      source: spec('State types'),
      cases: [
        ok(jsonpath({ P: { Type: 'Pass', Result: null, ...end } }), null),
        ok(jsonpath({ P: { Type: 'Pass', Result: '$.a', InputPath: null, ...end } }), '$.a'),
        ok(jsonpath({ P: { Type: 'Pass', Parameters: {}, ResultPath: '$.a.b', ...end } }), {
          a: { b: {} },
        }),
        ok(jsonpath({ W: { Type: 'Wait', Seconds: 0, InputPath: '$', OutputPath: '$', ...end } })),
        ok(jsonata({ W: { Type: 'Wait', Seconds: '{% 0 %}', Output: 1, ...end } }), 1),
        taken({ Type: 'Wait', TimestampPath: '$.t', Next: 'S' }),
        taken({ Type: 'Fail' }),
        taken({ Type: 'Fail', ErrorPath: '$.e', CausePath: "States.Format('{}', $.c)" }),
        taken({ Type: 'Fail', QueryLanguage: 'JSONata', Error: '{% "E" %}', Cause: 'c' }),
        ok(jsonata({ S: { ...S, Output: { v: '{% 1 %}' } } }), { v: 1 }),
      ],
    },
    {
      rule: 'a language for a state of its own, or for all of them twice',
      source: spec('Query languages'),
      cases: [
        ok(jsonpath({ P: { ...P, QueryLanguage: 'JSONata', Output: 1 } }), 1),
        ok(jsonpath({ P: { ...P, QueryLanguage: 'JSONPath' } }, { QueryLanguage: 'JSONPath' })),
        ok(jsonata({ P: { ...P, QueryLanguage: 'JSONata' } })),
      ],
    },
    {
      rule: 'a state’s name of 80 characters, with any letters in it',
      source: spec('States'),
      cases: [
        ok(jsonpath({ ['n'.repeat(80)]: P })),
        ok(jsonpath({ 'Zahlung prüfen / "sofort" (1)': P })),
      ],
    },
    {
      rule: 'a loop that has a way out, and a state that leads to itself',
      source: spec('Transitions'),
      cases: [
        ok(
          jsonpath({
            A: { Type: 'Pass', Next: 'C' },
            C: {
              Type: 'Choice',
              Choices: [{ Variable: '$.again', IsPresent: true, Next: 'A' }],
              Default: 'S',
            },
            S,
          }),
        ),
        ok(
          jsonpath({
            C: {
              Type: 'Choice',
              Choices: [{ Variable: '$.again', IsPresent: true, Next: 'C' }],
              Default: 'S',
            },
            S,
          }),
        ),
      ],
    },
  ],
};
