import { expect, test } from 'vitest';
import { jsonFault } from '../../../local/sfn/json-faults.ts';
import { asking } from './asking.ts';
import { bench, machine } from './harness.ts';

const values = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";
const source = (text: string, column: number, line = 1) =>
  `[Source: (String)"${text}"; line: ${line}, column: ${column}]`;

/** As Jackson tells it: the text, what is wrong with it, and the column after the fault. */
const faults: readonly (readonly [string, string, number, number?])[] = [
  ['nonsense', `Unrecognized token 'nonsense': was expecting ${values}`, 9],
  [
    '{',
    `Unexpected end-of-input: expected close marker for Object (start marker at ${source('{', 1)})`,
    2,
  ],
  [
    '[1,[2]',
    `Unexpected end-of-input: expected close marker for Array (start marker at ${source('[1,[2]', 1)})`,
    7,
  ],
  [
    "{'a': 1}",
    `Unexpected character (''' (code 39)): was expecting double-quote to start field name`,
    3,
  ],
  [
    '{"a":1,}',
    `Unexpected character ('}' (code 125)): was expecting double-quote to start field name`,
    9,
  ],
  [
    '{"a" 1}',
    `Unexpected character ('1' (code 49)): was expecting a colon to separate field name and value`,
    7,
  ],
  [
    '{"a":1 "b":2}',
    `Unexpected character ('"' (code 34)): was expecting comma to separate Object entries`,
    9,
  ],
  [
    '[1 2]',
    `Unexpected character ('2' (code 50)): was expecting comma to separate Array entries`,
    5,
  ],
  ['{"a":}', `Unexpected character ('}' (code 125)): expected a valid value ${values}`, 7],
  ['["a', 'Unexpected end-of-input: was expecting closing quote for a string value', 4],
  ['{"a', 'Unexpected end-of-input in field name', 4],
  ['["\\x"]', `Unrecognized character escape 'x' (code 120)`, 5],
  ['[01]', 'Invalid numeric value: Leading zeroes not allowed', 2],
  [
    '["a\nb"]',
    'Illegal unquoted character ((CTRL-CHAR, code 10)): has to be escaped using backslash to be included in string value',
    1,
    2,
  ],
  ['{\n  "a": tru\n}', `Unrecognized token 'tru': was expecting ${values}`, 11, 2],
];

test.each(faults.map(([text, what, column, line = 1]) => ({ text, what, column, line })))(
  'a text that is no JSON is told as Jackson tells it: $text',
  ({ text, what, column, line }) => {
    expect(() => JSON.parse(text)).toThrow(SyntaxError);
    const location = source(text, column, line);
    expect(jsonFault(text)).toEqual({ message: `${what}\n at ${location}`, location });
  },
);

test.each(['1 2', '{} x', '{"a":1}}', '1e', '-', '[1.]', '["\\u12g4"]', ''])(
  'whatever JSON.parse refuses has a fault: %j',
  (text) => {
    expect(() => JSON.parse(text)).toThrow(SyntaxError);
    expect(jsonFault(text).location).toContain('[Source: (String)');
  },
);

test('a long text is shown in part', () => {
  const text = `{"a": "${'x'.repeat(600)}" `;
  expect(jsonFault(text).location).toBe(
    `[Source: (String)"${text.slice(0, 500)}"[truncated ${text.length - 500} chars]; line: 1, column: ${text.length + 1}]`,
  );
});

test('a definition that is no JSON, or nothing, or nests too deep is refused by its own code', () => {
  const refusal = (definition: string) => () => bench().engine.machines.validate(definition);
  expect(refusal('{a}')).toThrow(
    `Invalid State Machine Definition: 'INVALID_JSON_DESCRIPTION: Unexpected character ('a' (code 97)): was expecting double-quote to start field name\n at ${source('{a}', 3)} at ${source('{a}', 3)}'`,
  );
  expect(refusal('null')).toThrow('MISSING_DESCRIPTION');
  const nested = (levels: number) =>
    `{"StartAt":"P","States":{"P":{"Type":"Pass","End":true,"Result":${'['.repeat(levels)}${']'.repeat(levels)}}}}`;
  expect(refusal(nested(900))).not.toThrow();
  expect(refusal(nested(100_000))).toThrow('TOO_DEEPLY_NESTED');
});

test('an input or an output that is no JSON is refused with its fault', async () => {
  const { ask, create } = await asking();
  const stateMachineArn = await create('m', machine({ S: { Type: 'Succeed' } }));
  expect(await ask('StartExecution', { stateMachineArn, input: '{' })).toEqual({
    status: 400,
    __type: 'InvalidExecutionInput',
    message: `Invalid State Machine Execution Input: '${jsonFault('{').message}'`,
  });
});
