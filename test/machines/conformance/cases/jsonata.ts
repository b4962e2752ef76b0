import type { Json } from '../../../../local/sfn/json.ts';
import { type Area, type Case, end, gives, guide, jsonata, lambda, spec } from '../case.ts';

const is = (expression: string, value: Json, input: Json = {}): Case => ({
  definition: gives(expression),
  input,
  expect: { output: { r: value } },
});
const query = 'States.QueryEvaluationError';
const fails = (expression: string, what: string, input: Json = {}): Case => ({
  definition: gives(expression),
  input,
  expect: {
    error: query,
    cause: `… The JSONata expression '${expression}' specified for the field 'Output/r' ${what}`,
  },
});
const page = guide('Transforming data with JSONata');

export const jsonataArea: Area = {
  area: 'JSONata',
  rules: [
    {
      rule: 'Output replaces the output; expressions stand in {% %} anywhere in it',
      source: spec('Output'),
      cases: [
        {
          definition: jsonata({
            P: {
              Type: 'Pass',
              Output: { a: ['{% $states.input.x %}', 'plain', { b: '{% 1 + 1 %}' }] },
              ...end,
            },
          }),
          input: { x: 5 },
          expect: { output: { a: [5, 'plain', { b: 2 }] } },
        },
        {
          definition: jsonata({ P: { Type: 'Pass', Output: 'text', ...end } }),
          expect: { output: 'text' },
        },
        {
          definition: jsonata({ P: { Type: 'Pass', Output: 'not {% all %} of it', ...end } }),
          expect: { output: 'not {% all %} of it' },
        },
        {
          definition: jsonata({ P: { Type: 'Pass', Output: null, ...end } }),
          expect: { output: null },
        },
      ],
    },
    {
      rule: '$states.input and $states.context',
      source: spec('$states'),
      cases: [
        is('$states.input.a.b', 1, { a: { b: 1 } }),
        is('$states.context.State.Name', 'P'),
        is('$states.context.StateMachine.Name', 'm1'),
        is('$states.context.Execution.Input.a', 2, { a: 2 }),
        is('$states.context.Execution.RedriveCount', 0),
        is('$exists($states.context.Task)', false),
      ],
    },
    {
      rule: '$states.result holds a task’s answer',
      source: spec('$states'),
      cases: [
        {
          definition: jsonata({
            T: {
              ...lambda,
              Arguments: { FunctionName: 'f', Payload: { a: 1 } },
              Output: '{% $states.result.Payload.a %}',
              ...end,
            },
          }),
          expect: { output: 1 },
        },
      ],
    },
    {
      rule: '$states.errorOutput holds the error in a Catch',
      source: spec('$states'),
      cases: [
        {
          definition: jsonata({
            T: {
              ...lambda,
              Arguments: { FunctionName: 'f' },
              Catch: [{ ErrorEquals: ['E'], Output: '{% $states.errorOutput %}', Next: 'S' }],
              ...end,
            },
            S: { Type: 'Succeed' },
          }),
          mocks: { f: { fails: 'E' } },
          expect: { output: { Error: 'E', Cause: '{"errorType":"E"}' } },
        },
      ],
    },
    {
      rule: 'Arguments are what the task is called with',
      source: spec('Arguments'),
      cases: [
        {
          definition: jsonata({
            T: {
              ...lambda,
              Arguments: '{% {"FunctionName": "f", "Payload": $states.input} %}',
              Output: 1,
              ...end,
            },
          }),
          input: { q: 1 },
          expect: { output: 1, calls: [{ q: 1 }] },
        },
      ],
    },
    {
      rule: 'JSONata’s operators',
      source: 'JSONata documentation, Operators',
      cases: [
        is('1 + 2 * 3 - 4 / 2', 5),
        is('7 % 4', 3),
        is('"a" & "b" & 1', 'ab1'),
        is('1 < 2 and 2 <= 2', true),
        is('"a" != "b" or false', true),
        is('2 in [1, 2]', true),
        is('$states.input.a = 1 ? "y" : "n"', 'y', { a: 1 }),
        is('[1..4]', [1, 2, 3, 4]),
        is('[3, 1, 2]^($)', [1, 2, 3]),
        is('$states.input.l[1]', 2, { l: [1, 2] }),
        is('$states.input.l[-1]', 2, { l: [1, 2] }),
        is('$states.input.l[x > 1].x', [2, 3], { l: [{ x: 1 }, { x: 2 }, { x: 3 }] }),
        is('$states.input.l.x', [1, 2], { l: [{ x: 1 }, { x: 2 }] }),
        is(
          '$states.input.l{k: $sum(v)}',
          { a: 3, b: 5 },
          {
            l: [
              { k: 'a', v: 1 },
              { k: 'a', v: 2 },
              { k: 'b', v: 5 },
            ],
          },
        ),
        is('($a := 2; $b := $a * 2; $a + $b)', 6),
        is('$states.input ~> $keys()', ['a', 'b'], { a: 1, b: 2 }),
        is('$states.input ~> |o|{"x": 2}|', { o: { x: 2 } }, { o: { x: 1 } }),
        is('$states.input.**.z', 4, { a: { b: { z: 4 } } }),
      ],
    },
    {
      rule: 'JSONata’s functions on text',
      source: 'JSONata documentation, String functions',
      cases: [
        is('$string(5)', '5'),
        is('$length("abc")', 3),
        is('$substring("hello", 1, 3)', 'ell'),
        is('$substringBefore("a-b", "-")', 'a'),
        is('$substringAfter("a-b", "-")', 'b'),
        is('$uppercase("a")', 'A'),
        is('$lowercase("A")', 'a'),
        is('$trim("  a ")', 'a'),
        is('$pad("a", 3, "-")', 'a--'),
        is('$contains("abc", "b")', true),
        is('$split("a,b", ",")', ['a', 'b']),
        is('$join(["a","b"], "+")', 'a+b'),
        is('$match("ab12", /[0-9]+/).match', '12'),
        is('$replace("aXb", "X", "-")', 'a-b'),
        is('$base64encode("a")', 'YQ=='),
        is('$base64decode("YQ==")', 'a'),
        is('$encodeUrlComponent("a b")', 'a%20b'),
        is('$decodeUrlComponent("a%20b")', 'a b'),
      ],
    },
    {
      rule: 'JSONata’s functions on numbers',
      source: 'JSONata documentation, Numeric functions',
      cases: [
        is('$number("4")', 4),
        is('$abs(-3)', 3),
        is('$floor(1.7)', 1),
        is('$ceil(1.2)', 2),
        is('$round(2.5)', 2),
        is('$power(2, 3)', 8),
        is('$sqrt(9)', 3),
        is('$sum([1,2])', 3),
        is('$max([1,2])', 2),
        is('$min([1,2])', 1),
        is('$average([1,2])', 1.5),
        is('$formatNumber(1234.5, "#,##0.00")', '1,234.50'),
        is('$formatBase(255, 16)', 'ff'),
        is('$parseInteger("12", "0")', 12),
      ],
    },
    {
      rule: 'JSONata’s functions on lists and objects',
      source: 'JSONata documentation, Array and object functions',
      cases: [
        is('$count([1,2,3])', 3),
        is('$append([1],[2])', [1, 2]),
        is('$sort([3,1])', [1, 3]),
        is('$reverse([1,2])', [2, 1]),
        is('$distinct([1,1,2])', [1, 2]),
        is('$zip([1,2],[3,4])', [
          [1, 3],
          [2, 4],
        ]),
        is('$keys({"a":1,"b":2})', ['a', 'b']),
        is('$lookup({"a":1}, "a")', 1),
        is('$merge([{"a":1},{"b":2}])', { a: 1, b: 2 }),
        is('$spread({"a":1,"b":2})', [{ a: 1 }, { b: 2 }]),
        is('$type([])', 'array'),
        is('$exists($states.input.a)', false),
        is('$not(true)', false),
        is('$boolean("x")', true),
      ],
    },
    {
      rule: 'JSONata’s functions of higher order',
      source: 'JSONata documentation, Higher order functions',
      cases: [
        is('$map([1,2], function($v) { $v * 2 })', [2, 4]),
        is('$filter([1,2,3], function($v) { $v > 1 })', [2, 3]),
        is('$reduce([1,2,3], function($a, $b) { $a + $b })', 6),
        is('$single([1,2], function($v) { $v = 2 })', 2),
        is('$sift({"a":1,"b":2}, function($v) { $v > 1 })', { b: 2 }),
        is('$each({"a":1,"b":2}, function($v, $k) { $k & $v })', ['a1', 'b2']),
      ],
    },
    {
      rule: 'one time holds through an expression: $now and $millis',
      source: 'JSONata documentation, Date and time',
      cases: [
        is('$now()', '2026-03-01T12:00:00.000Z'),
        is('$millis()', 1772366400000),
        is('$fromMillis(0)', '1970-01-01T00:00:00.000Z'),
        is('$toMillis("1970-01-01T00:00:01Z")', 1000),
        is('$now("[Y]-[M01]")', '2026-03'),
      ],
    },
    {
      rule: '$partition',
      source: page,
      cases: [
        is('$partition([1,2,3], 2)', [[1, 2], [3]]),
        is('$partition([1,2,3], 2.9)', [[1, 2], [3]]),
        fails('$partition([1], 0)', 'returned nothing (undefined).'),
      ],
    },
    {
      rule: '$range',
      source: page,
      cases: [
        is('$range(1, 5, 2)', [1, 3, 5]),
        is('$range(3, 1, -1)', [3, 2, 1]),
        is('$range(-1.7, 2, 1)', [-1, 0, 1, 2]),
        fails('$range(1, 5, 0)', 'returned nothing (undefined).'),
      ],
    },
    {
      rule: '$hash',
      source: page,
      cases: [
        is(
          '$hash("abc", "SHA-256")',
          'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
        ),
        is('$hash("", "MD5")', 'd41d8cd98f00b204e9800998ecf8427e'),
      ],
    },
    {
      rule: '$random, whose seed gives java.util.Random’s number',
      source: page,
      cases: [is('$random(42)', 0.7275636800328681), is('$random() >= 0 and $random() < 1', true)],
    },
    { rule: '$uuid', source: page, cases: [is('$length($uuid())', 36)] },
    {
      rule: '$parse reads JSON from text',
      source: page,
      cases: [is('$parse("[1,{\\"a\\":2}]")', [1, { a: 2 }])],
    },
    {
      rule: '$eval is not there',
      source: page,
      cases: [
        fails(
          '$eval("1+1")',
          'threw an error during evaluation. T1006: Attempted to invoke a non-function',
        ),
      ],
    },
    {
      rule: 'an expression that gives nothing fails the state',
      source: guide('Error names'),
      cases: [
        fails('$states.input.x', 'returned nothing (undefined).'),
        {
          definition: jsonata({
            P: { Type: 'Pass', Output: { l: [1, '{% $states.input.x %}'] }, ...end },
          }),
          expect: {
            error: query,
            cause:
              "… The JSONata expression '$states.input.x' specified for the field 'Output/l[1]' returned nothing (undefined).",
            details: { EvaluationFailed: { location: 'Output/l[1]', state: 'P' } },
          },
        },
      ],
    },
    {
      rule: 'an error of JSONata is shown with its code',
      source: guide('Error names'),
      cases: [
        fails(
          '$abs("x")',
          'threw an error during evaluation. T0410: Argument 1 of function "abs" does not match function signature',
        ),
        fails(
          '1 + "a"',
          'threw an error during evaluation. T2002: The right side of the "+" operator must evaluate to a number',
        ),
        fails(
          '$toMillis("x")',
          'threw an error during evaluation. D3110: The argument of the toMillis function must be an ISO 8601 formatted timestamp. Given "x"',
        ),
      ],
    },
    {
      rule: 'recursion a hundred deep, and lists beyond memory, end an expression',
      source: guide('Error names'),
      cases: [
        fails(
          '($f := function($n) { 1 + $f($n) }; $f(1))',
          'threw an error during evaluation: Stack overflow error: Check for non-terminating recursive function. Consider rewriting as tail-recursive.',
        ),
        fails(
          '[1..900000] ~> $count()',
          'threw an error during evaluation: Expression evaluation memory limit exceeded: Check for excessive memory usage',
        ),
        is('[1..873782] ~> $count()', 873_782),
      ],
    },
    {
      rule: 'numbers JSON has none for are given as text',
      source: 'floci-io/floci issue 2737 (measured on AWS)',
      cases: [is('1/0', 'Infinity'), is('[1/0]', ['Infinity'])],
    },
    {
      rule: 'a failed query can be caught, and is recorded as EvaluationFailed',
      source: guide('Error names'),
      cases: [
        {
          definition: jsonata({
            T: {
              ...lambda,
              Arguments: { FunctionName: '{% $states.input.x %}' },
              Catch: [{ ErrorEquals: ['States.QueryEvaluationError'], Next: 'S' }],
              ...end,
            },
            S: { Type: 'Succeed', Output: 'caught' },
          }),
          expect: {
            output: 'caught',
            events: [
              ['TaskStateEntered', 0],
              ['EvaluationFailed', 2],
              ['TaskStateExited', 3],
              ['SucceedStateEntered', 4],
              ['SucceedStateExited', 5],
              ['ExecutionSucceeded', 6],
            ],
          },
        },
      ],
    },
  ],
};
