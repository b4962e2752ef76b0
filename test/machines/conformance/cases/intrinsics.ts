import type { Json } from '../../../../local/sfn/json.ts';
import { type Area, type Case, guide, shows } from '../case.ts';

const gives = (call: string, input: Json, value: Json): Case => ({
  definition: shows({ 'r.$': call }),
  input,
  expect: { output: { r: value } },
});
const fails = (call: string, input: Json = {}): Case => ({
  definition: shows({ 'r.$': call }),
  input,
  expect: { error: 'States.IntrinsicFailure' },
});
const source = guide('Intrinsic functions');
const nested = (depth: number): string =>
  depth === 0 ? '0' : `States.MathAdd(1, ${nested(depth - 1)})`;

export const intrinsicArea: Area = {
  area: 'Intrinsic functions',
  rules: [
    {
      rule: 'States.Format',
      source,
      cases: [
        gives("States.Format('a {} b {}', $.x, $.y)", { x: 1, y: 'z' }, 'a 1 b z'),
        gives("States.Format('{}', $.o)", { o: { a: [1] } }, '{"a":[1]}'),
        gives("States.Format('no place')", {}, 'no place'),
        gives("States.Format('{}', null)", {}, 'null'),
        gives("States.Format('\\{\\} {}', true)", {}, '{} true'),
        gives("States.Format('it\\'s {}', 'me')", {}, "it's me"),
        gives('States.Format(\'\\{"k":"{}"\\}\', $.v)', { v: 'x' }, '{"k":"x"}'),
        gives("States.Format('{}-\\\\{}', 1, 2)", {}, '1-\\2'),
        gives('States.Format($.t, 1)', { t: '\\{{}\\}' }, '{1}'),
        fails("States.Format('{} {}', 1)"),
        fails("States.Format('{} ', 1, 2)"),
        fails('States.Format(1)'),
        {
          definition: shows({ 'r.$': "States.Format('{a {}', 1)" }),
          expect: {
            error: 'States.IntrinsicFailure',
            cause:
              "… The function 'States.Format('{a {}', 1)' had the following error: matching '}' not found for '{'",
          },
        },
      ],
    },
    {
      rule: 'a backslash before a character stands for the character, in any function’s text',
      source,
      cases: [
        gives("States.Array('\\'', '\\{', '\\}', '\\\\')", {}, ["'", '{', '}', '\\']),
        gives("States.StringSplit('a{b', '\\{')", {}, ['a', 'b']),
      ],
    },
    {
      rule: 'too few or too many arguments fail',
      source,
      cases: [
        'States.UUID(1)',
        "States.Hash('a')",
        'States.MathAdd(1)',
        'States.ArrayLength($.l, 1)',
        'States.MathRandom(1)',
        'States.Format()',
      ].map((call) => fails(call, { l: [] })),
    },
    {
      rule: 'States.StringToJson',
      source,
      cases: [
        gives('States.StringToJson($.s)', { s: '{"a":[1,null]}' }, { a: [1, null] }),
        gives("States.StringToJson('3')", {}, 3),
        gives("States.StringToJson(' ')", {}, null),
        fails('States.StringToJson($.s)', { s: '{' }),
        fails('States.StringToJson($.s)', { s: 4 }),
      ],
    },
    {
      rule: 'States.JsonToString',
      source,
      cases: [
        gives('States.JsonToString($.o)', { o: { a: 1, b: 'x' } }, '{"a":1,"b":"x"}'),
        gives('States.JsonToString($)', [1, 'a'], '[1,"a"]'),
      ],
    },
    {
      rule: 'States.Array',
      source,
      cases: [
        gives("States.Array('a', 1, $.x, true, null)", { x: [2] }, ['a', 1, [2], true, null]),
        gives('States.Array()', {}, []),
      ],
    },
    {
      rule: 'States.ArrayPartition',
      source,
      cases: [
        gives('States.ArrayPartition($.l, 2)', { l: [1, 2, 3] }, [[1, 2], [3]]),
        gives('States.ArrayPartition($.l, 9)', { l: [1] }, [[1]]),
        fails('States.ArrayPartition($.l, 0)', { l: [1] }),
        fails('States.ArrayPartition($.l, 2)', { l: 'x' }),
      ],
    },
    {
      rule: 'States.ArrayContains',
      source,
      cases: [
        gives('States.ArrayContains($.l, $.v)', { l: [1, 2], v: 2 }, true),
        gives('States.ArrayContains($.l, $.v)', { l: [1, { a: 1 }], v: { a: 1 } }, true),
        gives('States.ArrayContains($.l, 9)', { l: [1] }, false),
        gives("States.ArrayContains($.l, '1')", { l: [1] }, false),
      ],
    },
    {
      rule: 'States.ArrayRange',
      source,
      cases: [
        gives('States.ArrayRange(1, 9, 2)', {}, [1, 3, 5, 7, 9]),
        gives('States.ArrayRange(3, 1, -1)', {}, [3, 2, 1]),
        gives('States.ArrayRange($.a, 2, 1)', { a: 2 }, [2]),
        fails('States.ArrayRange(1, 9, 0)'),
        fails('States.ArrayRange(1, 2000, 1)'),
      ],
    },
    {
      rule: 'States.ArrayGetItem',
      source,
      cases: [
        gives('States.ArrayGetItem($.l, 1)', { l: [1, 'b'] }, 'b'),
        fails('States.ArrayGetItem($.l, 5)', { l: [1] }),
        fails('States.ArrayGetItem($.l, -1)', { l: [1] }),
      ],
    },
    {
      rule: 'States.ArrayLength',
      source,
      cases: [
        gives('States.ArrayLength($.l)', { l: [1, 2] }, 2),
        gives('States.ArrayLength($.l)', { l: [] }, 0),
        fails('States.ArrayLength($.l)', { l: 'abc' }),
      ],
    },
    {
      rule: 'States.ArrayUnique',
      source,
      cases: [
        gives('States.ArrayUnique($.l)', { l: [1, 1, 2, '1'] }, [1, 2, '1']),
        gives('States.ArrayUnique($.l)', { l: [{ a: 1 }, { a: 1 }] }, [{ a: 1 }]),
      ],
    },
    {
      rule: 'States.Base64Encode',
      source,
      cases: [
        gives("States.Base64Encode('Data to encode')", {}, 'RGF0YSB0byBlbmNvZGU='),
        gives("States.Base64Encode('ü')", {}, 'w7w='),
        fails('States.Base64Encode($.s)', { s: 'x'.repeat(10_001) }),
      ],
    },
    {
      rule: 'States.Base64Decode',
      source,
      cases: [
        gives("States.Base64Decode('RGVjb2RlZCBkYXRh')", {}, 'Decoded data'),
        gives("States.Base64Decode('w7w')", {}, 'ü'),
        fails('States.Base64Decode(1)'),
        fails("States.Base64Decode('no base64')"),
        fails("States.Base64Decode('YWJjZ')"),
      ],
    },
    {
      rule: 'States.Hash',
      source,
      cases: [
        gives("States.Hash('input data', 'SHA-1')", {}, 'aaff4a450a104cd177d28d18d74485e8cae074b7'),
        gives("States.Hash('', 'MD5')", {}, 'd41d8cd98f00b204e9800998ecf8427e'),
        gives(
          "States.Hash('abc', 'SHA-256')",
          {},
          'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
        ),
        fails("States.Hash('abc', 'SHA-3')"),
        fails("States.Hash($.s, 'MD5')", { s: 'x'.repeat(10_001) }),
      ],
    },
    {
      rule: 'States.JsonMerge merges the top level',
      source,
      cases: [
        gives(
          'States.JsonMerge($.a, $.b, false)',
          { a: { x: 1, y: { p: 1 } }, b: { y: { q: 2 } } },
          { x: 1, y: { q: 2 } },
        ),
        fails('States.JsonMerge($.a, $.b, true)', { a: {}, b: {} }),
        fails('States.JsonMerge($.a, 1, false)', { a: {} }),
      ],
    },
    {
      rule: 'States.MathRandom',
      source,
      cases: [
        gives('States.MathRandom(4, 5)', {}, 4),
        gives('States.MathRandom(1, 11, 42)', {}, 1),
        gives('States.MathRandom(0, 16, 0)', {}, 11),
        fails('States.MathRandom(5, 5)'),
      ],
    },
    {
      rule: 'States.MathAdd',
      source,
      cases: [
        gives('States.MathAdd(111, -1)', {}, 110),
        gives('States.MathAdd($.a, 1)', { a: 2.4 }, 3),
        fails("States.MathAdd('a', 1)"),
      ],
    },
    {
      rule: 'States.StringSplit',
      source,
      cases: [
        gives("States.StringSplit('1,2,3', ',')", {}, ['1', '2', '3']),
        gives("States.StringSplit('This.is+a,test', '.+,')", {}, ['This', 'is', 'a', 'test']),
        gives("States.StringSplit('a,,b', ',')", {}, ['a', 'b']),
        gives("States.StringSplit('abc', ',')", {}, ['abc']),
      ],
    },
    {
      rule: 'States.UUID',
      source,
      cases: [
        {
          definition: shows({
            'r.$': "States.ArrayLength(States.StringSplit(States.UUID(), '-'))",
          }),
          expect: { output: { r: 5 } },
        },
      ],
    },
    {
      rule: 'calls nest up to ten deep',
      source,
      cases: [
        gives(
          "States.Format('{}', States.MathAdd(States.ArrayLength($.l), 1))",
          { l: [1, 2] },
          '3',
        ),
        gives("States.ArrayGetItem(States.StringSplit($.s, '/'), 1)", { s: 'a/b' }, 'b'),
        gives(nested(10), {}, 10),
        {
          definition: shows({ 'r.$': nested(11) }),
          expect: {
            refused:
              "The value for the field 'r.$' must be a valid JSONPath or a valid intrinsic function call",
          },
        },
      ],
    },
    {
      rule: 'an argument’s path that finds nothing fails with States.Runtime',
      source: guide('Error names'),
      cases: [
        {
          definition: shows({ 'r.$': "States.Format('{}', $.x)" }),
          input: { a: 1 },
          expect: {
            error: 'States.Runtime',
            cause:
              "… The function 'States.Format('{}', $.x)' had the following error: The JsonPath argument for the field '$.x' could not be found in the input '{\"a\":1}'",
          },
        },
      ],
    },
  ],
};
