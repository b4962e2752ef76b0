import { type Area, end, guide, jsonata, jsonpath, lambda, spec } from '../case.ts';

const S = { Type: 'Succeed' };
const P = { Type: 'Pass', ...end };
const refused = (definition: object, text: string) => ({ definition, expect: { refused: text } });
const pass = (more: object): object => jsonpath({ P: { ...P, ...more } });
const map = (more: object): object =>
  jsonpath({ M: { Type: 'Map', ItemProcessor: jsonpath({ I: P }), ...more, ...end } });
const expression = (source: string, text: string) =>
  refused(jsonata({ P: { Type: 'Pass', Output: `{% ${source} %}`, ...end } }), text);
const measured = 'floci-io/floci issues 2735, 2745, 2968 (measured on AWS)';

export const validationArea: Area = {
  area: 'Validation',
  rules: [
    {
      rule: 'a transition to nowhere',
      source: measured,
      cases: [
        refused(
          jsonpath({ A: { Type: 'Pass', Next: 'X' }, B: P }),
          "MISSING_TRANSITION_TARGET: Missing 'Next' target: X at /States/A/Next",
        ),
        refused(
          jsonpath({
            C: {
              Type: 'Choice',
              Choices: [{ Variable: '$.a', IsNull: true, Next: 'X' }],
              Default: 'S',
            },
            S,
          }),
          "Missing 'Next' target: X at /States/C/Choices[0]/Next",
        ),
        refused(
          jsonpath({
            C: {
              Type: 'Choice',
              Choices: [{ Variable: '$.a', IsNull: true, Next: 'S' }],
              Default: 'X',
            },
            S,
          }),
          "Missing 'Next' target: X at /States/C/Default",
        ),
        refused(
          jsonpath({
            T: {
              ...lambda,
              Parameters: { FunctionName: 'f' },
              Catch: [{ ErrorEquals: ['E'], Next: 'X' }],
              ...end,
            },
          }),
          "Missing 'Next' target: X at /States/T/Catch[0]/Next",
        ),
      ],
    },
    {
      rule: 'a state no way leads to',
      source: measured,
      cases: [
        refused(
          jsonpath({ A: P, B: P }),
          'MISSING_TRANSITION_TARGET: State "B" is not reachable. at /States/B',
        ),
      ],
    },
    {
      rule: 'a machine without an end',
      source: measured,
      cases: [
        refused(
          jsonpath({ A: { Type: 'Pass', Next: 'B' }, B: { Type: 'Pass', Next: 'A' } }),
          "Invalid State Machine Definition: 'MISSING_END_STATE: Workflow has no terminal state at null'",
        ),
      ],
    },
    {
      rule: 'a field the state’s type does not have',
      source: measured,
      cases: [
        refused(
          pass({ TimeoutSeconds: 5 }),
          "SCHEMA_VALIDATION_FAILED: Field 'TimeoutSeconds' is not supported at /States/P",
        ),
        refused(pass({ Catch: [] }), "Field 'Catch' is not supported at /States/P"),
        refused(pass({ Retry: [] }), "Field 'Retry' is not supported at /States/P"),
        refused(
          jsonpath({
            M: { Type: 'Map', ItemProcessor: jsonpath({ I: P }), TimeoutSeconds: 1, ...end },
          }),
          "Field 'TimeoutSeconds' is not supported at /States/M",
        ),
        refused(
          jsonpath({
            Q: { Type: 'Parallel', Branches: [jsonpath({ I: P })], TimeoutSeconds: 1, ...end },
          }),
          "Field 'TimeoutSeconds' is not supported at /States/Q",
        ),
        refused(
          jsonpath({
            M: {
              Type: 'Map',
              ItemProcessor: jsonpath({ I: P }, { QueryLanguage: 'JSONata' }),
              ...end,
            },
          }),
          "Field 'QueryLanguage' is not supported at /States/M/ItemProcessor",
        ),
        refused(jsonpath({ S: { ...S, Next: 'S' } }), "Field 'Next' is not supported at /States/S"),
      ],
    },
    {
      rule: 'a field of the other query language',
      source: measured,
      cases: [
        refused(
          pass({ Output: 1 }),
          "The QueryLanguage is set to 'JSONPath', but field 'Output' is only supported for the 'JSONata' QueryLanguage at /States/P",
        ),
        refused(
          jsonata({ P: { ...P, ResultPath: '$.a' } }),
          "The QueryLanguage is set to 'JSONata', but field 'ResultPath' is only supported for the 'JSONPath' QueryLanguage",
        ),
        refused(
          jsonpath({
            M: {
              Type: 'Map',
              QueryLanguage: 'JSONata',
              ItemProcessor: jsonpath({ I: { ...P, Output: 1 } }),
              ...end,
            },
          }),
          'at /States/M/ItemProcessor/States/I',
        ),
        refused(
          jsonata({ P: { ...P, QueryLanguage: 'JSONPath' } }),
          "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine at /States/P",
        ),
      ],
    },
    {
      rule: 'a required field that is missing',
      source: spec('States'),
      cases: [
        refused({ StartAt: 'A' }, 'These fields are required: [States] at /'),
        refused(
          jsonpath({ T: { Type: 'Task', ...end } }),
          'These fields are required: [Resource] at /States/T',
        ),
        refused(
          jsonpath({
            C: { Type: 'Choice', Choices: [{ Variable: '$.a', IsNull: true }], Default: 'S' },
            S,
          }),
          'These fields are required: [Next] at /States/C/Choices[0]',
        ),
      ],
    },
    {
      rule: 'a state name used twice',
      source: 'aws-cloudformation/cfn-lint issue 3616 (reported of AWS)',
      cases: [
        refused(
          jsonpath({ A: { Type: 'Parallel', Branches: [jsonpath({ A: P })], ...end } }),
          'DUPLICATE_STATE_NAME: Duplicate State name: A',
        ),
      ],
    },
    {
      rule: 'a state name above 80 characters',
      source: spec('States'),
      cases: [refused(jsonpath({ ['n'.repeat(81)]: P }), '80 characters')],
    },
    {
      rule: 'States.ALL that is not alone and last',
      source: 'aws/aws-cdk issue 10530 (reported of AWS)',
      cases: [
        refused(
          jsonpath({
            T: {
              ...lambda,
              Parameters: { FunctionName: 'f' },
              Catch: [
                { ErrorEquals: ['States.ALL'], Next: 'S' },
                { ErrorEquals: ['E'], Next: 'S' },
              ],
              ...end,
            },
            S,
          }),
          'States.ALL must appear alone and at end of list at /States/T/Catch[0]/ErrorEquals[0]',
        ),
        refused(
          jsonpath({
            T: {
              ...lambda,
              Parameters: { FunctionName: 'f' },
              Retry: [{ ErrorEquals: ['E', 'States.ALL'] }],
              ...end,
            },
          }),
          'States.ALL must appear alone and at end of list at /States/T/Retry[0]/ErrorEquals[1]',
        ),
      ],
    },
    {
      rule: 'a heartbeat as long as the timeout',
      source: spec('Timeouts and heartbeats'),
      cases: [
        refused(
          jsonpath({
            T: {
              ...lambda,
              Parameters: { FunctionName: 'f' },
              HeartbeatSeconds: 5,
              TimeoutSeconds: 5,
              ...end,
            },
          }),
          'HeartbeatSeconds must be smaller',
        ),
      ],
    },
    {
      rule: 'a template’s path or intrinsic call that cannot be read',
      source: 'serverless-step-functions issue 399 (reported of AWS)',
      cases: [
        refused(
          pass({ Parameters: { 'a.$': "States.format('x')" } }),
          "The value for the field 'a.$' must be a valid JSONPath or a valid intrinsic function call at /States/P/Parameters",
        ),
        refused(
          pass({ Parameters: { 'a.$': 'plain' } }),
          "The value for the field 'a.$' must be a valid JSONPath",
        ),
        refused(pass({ Parameters: { b: { 'a.$': '$.[' } } }), 'at /States/P/Parameters/b'),
        refused(pass({ Parameters: { 'a.$': 5 } }), "The value for the field 'a.$'"),
      ],
    },
    {
      rule: 'a ResultPath that is no reference path',
      source: spec('Reference Paths'),
      cases: [refused(pass({ ResultPath: '$.a[*]' }), '/States/P/ResultPath')],
    },
    {
      rule: 'a JSONata expression that does not parse',
      source: measured,
      cases: [
        expression('a[1,2)', 'INVALID_JSONATA_EXPRESSION: Expected "]", got ","'),
        expression(
          '"unterminated',
          'INVALID_JSONATA_EXPRESSION: String literal must be terminated by a matching quote',
        ),
        expression(
          '1 +',
          'INVALID_JSONATA_EXPRESSION: Unexpected end of expression at /States/P/Output',
        ),
      ],
    },
    {
      rule: 'a JSONata expression that reads a document there is none of',
      source: measured,
      cases: [
        expression(
          'phone',
          "UNSUPPORTED_JSONATA_EXPRESSION: Reference to 'phone' at the top level is not supported. at /States/P/Output",
        ),
        expression('$$.a', "Reference to '$$' is not supported."),
        expression('$.a', "Reference to '$' at the top level is not supported."),
        expression('$states.errorOutput.Error', 'UNSUPPORTED_JSONATA_EXPRESSION'),
      ],
    },
    {
      rule: 'a Choice rule without or with two operators',
      source: spec('Choice State'),
      cases: [
        refused(
          jsonpath({ C: { Type: 'Choice', Choices: [{ Variable: '$.a', Next: 'S' }] }, S }),
          '/States/C/Choices[0]',
        ),
        refused(
          jsonpath({
            C: {
              Type: 'Choice',
              Choices: [{ Variable: '$.a', IsNull: true, IsString: true, Next: 'S' }],
            },
            S,
          }),
          '/States/C/Choices[0]',
        ),
        refused(
          jsonpath({
            C: { Type: 'Choice', Choices: [{ Variable: '$.a', NumericEquals: '1', Next: 'S' }] },
            S,
          }),
          '/States/C/Choices[0]/NumericEquals',
        ),
      ],
    },
    {
      rule: 'a value of the wrong type',
      source: 'serverless-step-functions issues 382, 602 (reported of AWS)',
      cases: [
        refused(
          jsonpath({ W: { Type: 'Wait', Seconds: '60', ...end } }),
          'SCHEMA_VALIDATION_FAILED: Expected value of type Integer at /States/W/Seconds',
        ),
        refused(
          jsonpath({ T: { ...lambda, Resource: 5, ...end } }),
          'Expected value of type String at /States/T/Resource',
        ),
      ],
    },
    {
      rule: 'a Wait without a time, with two, or with a timestamp that is none',
      source: spec('Wait State'),
      cases: [
        refused(jsonpath({ W: { Type: 'Wait', ...end } }), 'at /States/W'),
        refused(
          jsonpath({ W: { Type: 'Wait', Seconds: 1, SecondsPath: '$.s', ...end } }),
          'There should only be one of the following fields: [Seconds, SecondsPath, Timestamp, TimestampPath] at /States/W',
        ),
        refused(
          jsonpath({ W: { Type: 'Wait', Timestamp: 'soon', ...end } }),
          'SCHEMA_VALIDATION_FAILED: String does not match RFC3339 timestamp at /States/W/Timestamp',
        ),
      ],
    },
    {
      rule: 'Next together with End, or neither',
      source: spec('Transitions'),
      cases: [
        refused(
          jsonpath({ A: { ...P, Next: 'B' }, B: P }),
          'There should only be one of the following fields: [Next, End] at /States/A',
        ),
        refused(jsonpath({ A: { Type: 'Pass' } }), '[Next, End] at /States/A'),
        refused(jsonpath({ A: { Type: 'Pass', End: false } }), '[Next, End] at /States/A'),
      ],
    },
    {
      rule: 'a number and the path to one, or a number out of bounds',
      source: 'floci-io/floci issue 3733 (measured on AWS)',
      cases: [
        refused(
          map({ MaxConcurrency: 1, MaxConcurrencyPath: '$.n' }),
          'There should only be one of the following fields: [MaxConcurrency, MaxConcurrencyPath] at /States/M',
        ),
        refused(map({ MaxConcurrency: -1 }), 'Minimum value is 0 at /States/M/MaxConcurrency'),
        refused(
          map({ ToleratedFailurePercentage: -1 }),
          'Minimum value is 0.0 at /States/M/ToleratedFailurePercentage',
        ),
        refused(
          map({ ToleratedFailurePercentage: 101 }),
          'Maximum value is 100.0 at /States/M/ToleratedFailurePercentage',
        ),
        refused(
          jsonata({
            M: {
              Type: 'Map',
              MaxConcurrencyPath: '$.n',
              ItemProcessor: jsonpath({ I: P }),
              ...end,
            },
          }),
          "field 'MaxConcurrencyPath' is only supported for the 'JSONPath' QueryLanguage at /States/M",
        ),
        refused(
          map({ MaxConcurrency: '{% 1 %}' }),
          'Expected value of type Integer at /States/M/MaxConcurrency',
        ),
        refused(
          map({ MaxConcurrencyPath: '$$.Execution.Input.n' }),
          'Value is not a Reference Path',
        ),
        refused(
          jsonpath({ W: { Type: 'Wait', Seconds: 100_000_000, ...end } }),
          'Maximum value is 99999999 at /States/W/Seconds',
        ),
      ],
    },
    {
      rule: 'a Choice that compares no path',
      source: 'aws-cloudformation/cfn-lint issue 4076 (reported of AWS)',
      cases: [
        refused(
          jsonpath({
            C: { Type: 'Choice', Choices: [{ Variable: 'Test', IsNull: true, Next: 'S' }] },
            S,
          }),
          "Value is not a Reference Path: Reference path didn't start with '$' at /States/C/Choices[0]/Variable",
        ),
        refused(
          jsonpath({
            C: {
              Type: 'Choice',
              Choices: [{ Not: { Variable: '$.a', StringEqualsPath: 'b' }, Next: 'S' }],
            },
            S,
          }),
          "didn't start with '$' at /States/C/Choices[0]/Not/StringEqualsPath",
        ),
      ],
    },
    {
      rule: 'fields missing at one place are told together',
      source: 'CloudSnorkel/cdk-github-runners issue 434 (reported of AWS)',
      cases: [
        refused(
          {},
          "'SCHEMA_VALIDATION_FAILED: These fields are required: [StartAt, States] at /'",
        ),
      ],
    },
    {
      rule: 'a catcher’s field of the other query language, and an Assign where nothing follows',
      source: guide('Transforming data'),
      cases: [
        refused(
          jsonpath({
            T: {
              ...lambda,
              Parameters: { FunctionName: 'f' },
              Catch: [{ ErrorEquals: ['E'], Next: 'S', Output: 1 }],
              ...end,
            },
            S,
          }),
          "field 'Output' is only supported for the 'JSONata' QueryLanguage at /States/T/Catch[0]",
        ),
        refused(jsonpath({ S: { ...S, Assign: { a: 1 } } }), "Field 'Assign' is not supported"),
      ],
    },
    {
      rule: 'every fault is told at once',
      source: 'localstack/localstack PR 12487 (reported of AWS)',
      cases: [
        refused(
          jsonpath({ pass1: { Type: 'Pass', Next: 'pass3' }, pass2: P }),
          `'MISSING_TRANSITION_TARGET: Missing 'Next' target: pass3 at /States/pass1/Next, MISSING_TRANSITION_TARGET: State "pass2" is not reachable. at /States/pass2'`,
        ),
        refused(
          jsonata({
            A: { Type: 'Pass', Output: '{% 1 + %}', Next: 'B' },
            B: { ...P, Retry: [] },
            C: { ...lambda, Arguments: {}, ...end },
          }),
          "'INVALID_JSONATA_EXPRESSION: Unexpected end of expression at /States/A/Output, SCHEMA_VALIDATION_FAILED: Field 'Retry' is not supported at /States/B, SCHEMA_VALIDATION_FAILED: The field 'FunctionName' is required but was missing at /States/C/Arguments'",
        ),
      ],
    },
    {
      rule: 'an Express machine waits for no token and no job',
      source: guide('Choosing workflow type'),
      cases: [
        {
          definition: jsonpath({
            T: {
              Type: 'Task',
              Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
              Parameters: { FunctionName: 'f' },
              ...end,
            },
          }),
          type: 'EXPRESS',
          expect: {
            refused:
              "Express state machine does not support '.waitForTaskToken' service integration",
          },
        },
        {
          definition: jsonpath({
            T: {
              Type: 'Task',
              Resource: 'arn:aws:states:::states:startExecution.sync',
              Parameters: { StateMachineArn: 'm' },
              ...end,
            },
          }),
          type: 'EXPRESS',
          expect: { refused: "'.sync'" },
        },
      ],
    },
    {
      rule: 'a distributed Map and an activity are refused by name',
      source: 'local to this engine',
      cases: [
        refused(
          jsonpath({
            M: {
              Type: 'Map',
              ItemProcessor: jsonpath(
                { I: P },
                { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' } },
              ),
              ...end,
            },
          }),
          'distributed Map is not available',
        ),
        refused(
          jsonpath({
            T: {
              Type: 'Task',
              Resource: 'arn:aws:states:us-east-1:000000000000:activity:a',
              ...end,
            },
          }),
          'Activities are not available',
        ),
      ],
    },
  ],
};
