import { expect, test } from 'vitest';
import { ServiceError } from '../../../local/sfn/index.ts';
import { bench, lambdaTask, machine } from './harness.ts';

function refusal(definition: object): string {
  try {
    bench().engine.machines.validate(JSON.stringify(definition));
    return 'accepted';
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    expect(error.code).toBe('InvalidDefinition');
    return error.message;
  }
}

const pass = (more: object) => machine({ P: { Type: 'Pass', End: true, ...more } });
const jsonpath = (states: object) => ({ StartAt: Object.keys(states)[0], States: states });

const refused: readonly (readonly [string, object, string])[] = [
  ['an unknown field', pass({ Retri: [] }), 'Retri'],
  ['an unknown state type', machine({ P: { Type: 'Loop', End: true } }), '/States/P/Type'],
  ['a missing target', machine({ P: { Type: 'Pass', Next: 'Q' } }), 'MISSING_TRANSITION_TARGET'],
  [
    'a state nothing leads to',
    machine({ P: { Type: 'Pass', End: true }, Q: { Type: 'Succeed' } }),
    'State "Q" is not reachable. at /States/Q',
  ],
  [
    'a machine without an end',
    machine({ P: { Type: 'Pass', Next: 'Q' }, Q: { Type: 'Pass', Next: 'P' } }),
    'MISSING_END_STATE: Workflow has no terminal state at null',
  ],
  ['neither Next nor End', machine({ P: { Type: 'Pass' } }), '[Next, End] at /States/P'],
  [
    'a name used twice',
    machine({
      A: {
        Type: 'Parallel',
        Branches: [{ StartAt: 'A', States: { A: { Type: 'Succeed' } } }],
        End: true,
      },
    }),
    'DUPLICATE_STATE_NAME: Duplicate State name: A at /States/A/Branches[0]/States/A',
  ],
  [
    'a resource nobody serves',
    machine({ P: { ...lambdaTask, Resource: 'arn:aws:states:::sqs:sendMessage' } }),
    'arn:aws:states:::sqs:sendMessage is not recognized',
  ],
  [
    'no resource ARN at all',
    machine({ P: { ...lambdaTask, Resource: 'work' } }),
    'Value is not a valid resource ARN at /States/P/Resource',
  ],
  [
    'a field of the other language',
    pass({ ResultPath: '$.x' }),
    "The QueryLanguage is set to 'JSONata', but field 'ResultPath' is only supported for the 'JSONPath' QueryLanguage at /States/P",
  ],
  [
    'JSONata’s field in JSONPath',
    jsonpath({ P: { Type: 'Pass', Output: 1, End: true } }),
    "The QueryLanguage is set to 'JSONPath', but field 'Output'",
  ],
  [
    'back to JSONPath in a JSONata machine',
    pass({ QueryLanguage: 'JSONPath' }),
    "can not be 'JSONPath'",
  ],
  [
    'States.ALL before another catcher',
    machine({
      P: {
        ...lambdaTask,
        Catch: [
          { ErrorEquals: ['States.ALL'], Next: 'S' },
          { ErrorEquals: ['E'], Next: 'S' },
        ],
      },
      S: { Type: 'Succeed' },
    }),
    'States.ALL must appear alone and at end of list at /States/P/Catch[0]/ErrorEquals[0]',
  ],
  [
    'States.ALL beside another error',
    machine({ P: { ...lambdaTask, Retry: [{ ErrorEquals: ['E', 'States.ALL'] }] } }),
    'States.ALL must appear alone',
  ],
  [
    'a heartbeat as long as the timeout',
    machine({ P: { ...lambdaTask, HeartbeatSeconds: 5, TimeoutSeconds: 5 } }),
    'HeartbeatSeconds must be smaller',
  ],
  ['no States', { StartAt: 'A' }, 'These fields are required: [States] at /'],
  [
    'an unknown operator',
    jsonpath({
      C: { Type: 'Choice', Choices: [{ Variable: '$.x', Equals: 1, Next: 'S' }] },
      S: { Type: 'Succeed' },
    }),
    "Field 'Equals' is not supported at /States/C/Choices[0]",
  ],
  [
    'an expression that does not parse',
    pass({ Output: { v: '{% a[1,2) %}' } }),
    'INVALID_JSONATA_EXPRESSION',
  ],
  [
    'a name that reads an input document',
    pass({ Output: { v: '{% phone %}' } }),
    "UNSUPPORTED_JSONATA_EXPRESSION: Reference to 'phone' at the top level is not supported. at /States/P/Output/v",
  ],
  [
    'such a name in a function’s argument',
    pass({ Output: '{% $sum(items.price) %}' }),
    "Reference to 'items'",
  ],
  ['$$', pass({ Output: '{% $$.a %}' }), "Reference to '$$' is not supported."],
  ['$ at the top', pass({ Output: '{% $.a %}' }), "Reference to '$' at the top level"],
  ['Elvis', pass({ Output: '{% $states.input.a ?: 1 %}' }), 'The symbol ":" cannot be used'],
  ['coalescing', pass({ Output: '{% $states.input.a ?? 1 %}' }), 'The symbol "?" cannot be used'],
  [
    'a distributed Map',
    machine({
      M: {
        Type: 'Map',
        ItemProcessor: {
          ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
          StartAt: 'I',
          States: { I: { Type: 'Succeed' } },
        },
        End: true,
      },
    }),
    'A distributed Map is not available here at /States/M/ItemProcessor/ProcessorConfig/Mode',
  ],
  [
    'an activity',
    machine({
      A: {
        Type: 'Task',
        Resource: 'arn:aws:states:us-east-1:000000000000:activity:a',
        End: true,
      },
    }),
    'Activities are not available here',
  ],
  [
    'every fault at once',
    machine({ P: { Type: 'Pass', Next: 'Q' }, R: { Type: 'Pass', End: true } }),
    `'MISSING_TRANSITION_TARGET: Missing 'Next' target: Q at /States/P/Next, MISSING_TRANSITION_TARGET: State "R" is not reachable. at /States/R'`,
  ],
  [
    'a payload that names no path',
    jsonpath({ P: { Type: 'Pass', Parameters: { 'a.$': 'States.format(1)' }, End: true } }),
    "The value for the field 'a.$' must be a valid JSONPath or a valid intrinsic function call at /States/P/Parameters",
  ],
  [
    'errorOutput outside a Catch',
    pass({ Output: '{% $states.errorOutput.Error %}' }),
    '$states.errorOutput',
  ],
];

test.each(refused)('refused: %s', (_what, definition, reason) => {
  expect(refusal(definition)).toContain(reason);
});

const accepted: readonly (readonly [string, string])[] = [
  ['a predicate', '{% $states.input.items[value > 3 and $.x = 1].name %}'],
  ['a lambda', '{% $map($states.input.a, function($v, $i) { $v.price * $i }) %}'],
  ['a sort', '{% $states.input.a^(>price) %}'],
  ['a grouping', '{% $states.input.a{ key: $sum(value) } %}'],
  ['a block with variables', '{% ($x := $states.input.a; $x.b ? $x.b : 0) %}'],
  ['an object', '{% { "a": $states.input.a, "b": [1, $v] } %}'],
  ['text that looks like an operator', '{% "?? ?: $$" %}'],
  ['a transform', '{% $states.input ~> |a|{ "b": c }| %}'],
  ['a chain', '{% $states.input.a ~> $sum() %}'],
  ['the context', '{% $states.context.Execution.Name %}'],
];

test.each(accepted)('accepted: %s', (_what, expression) => {
  expect(refusal(pass({ Output: { v: expression } }))).toBe('accepted');
});

test('a place inside a Map is named in full', () => {
  const definition = machine({
    M: {
      Type: 'Map',
      Items: [],
      ItemProcessor: {
        StartAt: 'I',
        States: { I: { Type: 'Pass', Assign: { a: ['{% b %}'] }, End: true } },
      },
      End: true,
    },
  });
  expect(refusal(definition)).toContain('/States/M/ItemProcessor/States/I/Assign/a[0]');
});

test('an Express machine waits for no token and no child', () => {
  const { engine } = bench();
  const refusal = (action: string) => () =>
    engine.machines.validate(
      JSON.stringify(machine({ T: { ...lambdaTask, Resource: `arn:aws:states:::${action}` } })),
      'EXPRESS',
    );
  expect(refusal('lambda:invoke.waitForTaskToken')).toThrow(
    "Express state machine does not support '.waitForTaskToken' service integration at /States/T/Resource",
  );
  expect(refusal('states:startExecution.sync:2')).toThrow(/'\.sync'/);
});
