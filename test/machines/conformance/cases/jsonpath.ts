import { expect } from 'vitest';
import { type Area, type Case, end, guide, jsonpath, lambda, shows, spec } from '../case.ts';

const pass = (more: object): object => jsonpath({ P: { Type: 'Pass', ...more, ...end } });
const task = (more: object): object =>
  jsonpath({ T: { ...lambda, Parameters: { FunctionName: 'f', Payload: {} }, ...more, ...end } });
const seen = (path: string, input: Case['input'], value: unknown): Case => ({
  definition: shows({ 'r.$': path }),
  input: input ?? {},
  expect: { output: JSON.parse(JSON.stringify({ r: value })) },
});
const runtime = 'States.Runtime';
const book = {
  store: {
    book: [
      { t: 'a', p: 8, i: 'x' },
      { t: 'b', p: 12 },
      { t: 'c', p: 9, i: 'y' },
    ],
  },
};

export const jsonpathArea: Area = {
  area: 'JSONPath',
  rules: [
    {
      rule: 'InputPath selects the input; null gives an empty object',
      source: spec('InputPath'),
      cases: [
        {
          definition: pass({ InputPath: '$.a' }),
          input: { a: { b: 1 } },
          expect: { output: { b: 1 } },
        },
        { definition: pass({ InputPath: null }), input: { a: 1 }, expect: { output: {} } },
        { definition: pass({ InputPath: '$' }), input: [3], expect: { output: [3] } },
        { definition: pass({ InputPath: '$$.Execution.Name' }), expect: { status: 'SUCCEEDED' } },
      ],
    },
    {
      rule: 'InputPath and OutputPath that find nothing fail with States.Runtime',
      source: guide('Error names'),
      cases: [
        {
          definition: pass({ InputPath: '$.x' }),
          input: { a: 1 },
          expect: { error: runtime, cause: "… Invalid path '$.x' : No results for path: $['x']" },
        },
        {
          definition: pass({ OutputPath: '$.x' }),
          input: { a: 1 },
          expect: { error: runtime, cause: "… Invalid path '$.x' : No results for path: $['x']" },
        },
        {
          definition: pass({ InputPath: '$.x.y' }),
          input: { a: 1 },
          expect: {
            error: runtime,
            cause: "… Invalid path '$.x.y' : Missing property in path $['x']",
          },
        },
      ],
    },
    {
      rule: 'OutputPath selects the output; null gives an empty object',
      source: spec('OutputPath'),
      cases: [
        { definition: pass({ OutputPath: '$.a' }), input: { a: 5 }, expect: { output: 5 } },
        { definition: pass({ OutputPath: null }), input: { a: 5 }, expect: { output: {} } },
        {
          definition: pass({ Result: { q: 1 }, ResultPath: '$.r', OutputPath: '$.r.q' }),
          input: {},
          expect: { output: 1 },
        },
      ],
    },
    {
      rule: 'Parameters is a template: keys that end in .$ hold paths, all else stays',
      source: spec('Payload Template'),
      cases: [
        {
          definition: pass({ Parameters: { x: 1, 'y.$': '$.a', z: { 'w.$': '$.b[1]' } } }),
          input: { a: 'A', b: [1, 2] },
          expect: { output: { x: 1, y: 'A', z: { w: 2 } } },
        },
        {
          definition: pass({ Parameters: { l: [{ 'x.$': '$.a' }, '$.a'] } }),
          input: { a: 3 },
          expect: { output: { l: [{ x: 3 }, '$.a'] } },
        },
        { definition: pass({ Parameters: {} }), input: { a: 3 }, expect: { output: {} } },
        {
          definition: pass({ Parameters: { 'all.$': '$' } }),
          input: { a: 3 },
          expect: { output: { all: { a: 3 } } },
        },
      ],
    },
    {
      rule: 'a template’s path that finds nothing fails with States.Runtime, naming path, field and input',
      source: guide('Error names'),
      cases: [
        {
          definition: pass({ Parameters: { 'y.$': '$.n' } }),
          input: { a: 1 },
          expect: {
            error: runtime,
            cause:
              "… The JSONPath '$.n' specified for the field 'y.$' could not be found in the input '{\"a\":1}'",
          },
        },
        ...['$$.Map.x', "States.Format('{}', $$.Map.x)"].map((path) => ({
          definition: shows({ 'y.$': path }),
          input: { a: 1 },
          expect: {
            details: {
              ExecutionFailed: {
                error: runtime,
                cause: expect.stringContaining('could not be found in the input \'{"Execution":'),
              },
            },
            status: 'FAILED',
          },
        })),
        {
          definition: jsonpath({ F: { Type: 'Fail', ErrorPath: '$.e', CausePath: '$.n' } }),
          input: { e: 'E' },
          expect: {
            error: runtime,
            cause:
              "… The JSONPath '$.n' specified for the field 'CausePath' could not be found in the input '{\"e\":\"E\"}'",
          },
        },
        {
          definition: task({ ResultSelector: { 'y.$': '$.n' } }),
          mocks: { f: { value: 1 } },
          expect: { error: runtime },
        },
      ],
    },
    {
      rule: 'ResultSelector works on the result, before ResultPath',
      source: spec('ResultSelector'),
      cases: [
        {
          definition: task({ ResultSelector: { 'p.$': '$.Payload.x' }, ResultPath: '$.r' }),
          input: { a: 1 },
          mocks: { f: { value: { x: 9 } } },
          expect: { output: { a: 1, r: { p: 9 } } },
        },
        {
          definition: task({ ResultSelector: { c: 'const', 's.$': '$.StatusCode' } }),
          expect: { output: { c: 'const', s: 200 } },
        },
      ],
    },
    {
      rule: 'ResultPath: $ replaces, a path inserts or overwrites, null keeps the input',
      source: spec('ResultPath'),
      cases: [
        {
          definition: pass({ Result: 1, ResultPath: '$' }),
          input: { a: 2 },
          expect: { output: 1 },
        },
        {
          definition: pass({ Result: 1, ResultPath: '$.a' }),
          input: { a: 2, b: 3 },
          expect: { output: { a: 1, b: 3 } },
        },
        {
          definition: pass({ Result: 1, ResultPath: '$.x.y.z' }),
          input: {},
          expect: { output: { x: { y: { z: 1 } } } },
        },
        {
          definition: pass({ Result: 1, ResultPath: null }),
          input: { a: 2 },
          expect: { output: { a: 2 } },
        },
        {
          definition: pass({ Result: 1, ResultPath: '$.l[0]' }),
          input: { l: [5, 6] },
          expect: { output: { l: [1, 6] } },
        },
        {
          definition: pass({ Result: 1, ResultPath: "$['a b']" }),
          input: {},
          expect: { output: { 'a b': 1 } },
        },
      ],
    },
    {
      rule: 'ResultPath into what is no object fails with States.ResultPathMatchFailure',
      source: spec('Errors'),
      cases: [
        {
          definition: pass({ Result: 1, ResultPath: '$.a.b' }),
          input: { a: 5 },
          expect: {
            error: 'States.ResultPathMatchFailure',
            cause: '… Unable to apply step "$.a.b" to input {"a":5}',
          },
        },
      ],
    },
    {
      rule: 'paths: names, indexes, brackets',
      source: spec('Paths'),
      cases: [
        seen('$.a.b', { a: { b: 1 } }, 1),
        seen("$['a']['b c']", { a: { 'b c': 2 } }, 2),
        seen("$.['a'].[0]", { a: [2] }, 2),
        seen('$.l[1]', { l: [1, 2, 3] }, 2),
        seen('$.l[-1]', { l: [1, 2, 3] }, 3),
        seen('$.a', { a: null }, null),
        seen('$.a', { a: false }, false),
        seen('$.ünï', { ünï: 1 }, 1),
      ],
    },
    {
      rule: 'paths that may name several places give lists: wildcards, slices, unions, descent',
      source: spec('Paths'),
      cases: [
        seen('$.l[*]', { l: [1, 2] }, [1, 2]),
        seen('$.o.*', { o: { a: 1, b: 2 } }, [1, 2]),
        seen('$.l[0:2]', { l: [1, 2, 3] }, [1, 2]),
        seen('$.l[1:]', { l: [1, 2, 3] }, [2, 3]),
        seen('$.l[-2:]', { l: [1, 2, 3] }, [2, 3]),
        seen('$.l[0,2]', { l: [1, 2, 3] }, [1, 3]),
        seen('$..t', book, ['a', 'b', 'c']),
        seen('$.l[*].x', { l: [{ x: 1 }, { y: 2 }] }, [1]),
        seen('$.l[*].x', { l: [] }, []),
      ],
    },
    {
      rule: 'a path that may name several places finds none where a name is missing, and fails on a value of the wrong type',
      source: 'localstack/localstack issue 12318 and pull request 12366 (compared with AWS)',
      cases: [
        seen('$.l[*]', {}, []),
        seen('$.l[1:].x', {}, []),
        seen('$[*].x', {}, []),
        ...['$[1:]', '$.l[1:]', '$.l.x[*]', '$.s[?(@.x == 1)]'].map(
          (path): Case => ({
            definition: shows({ 'r.$': path }),
            input: { l: 5, s: 'x' },
            expect: {
              error: runtime,
              cause: `… The JSONPath '${path}' specified for the field 'r.$' could not be found in the input '{"l":5,"s":"x"}'`,
            },
          }),
        ),
      ],
    },
    {
      rule: 'InputPath tells what stands where the path cannot go on',
      source: 'Jayway JsonPath documentation (the library behind the service)',
      cases: [
        [
          '$.s.x',
          "Expected to find an object with property ['x'] in path $['s'] but found 'java.lang.String'",
        ],
        [
          '$.l[0].x',
          "Expected to find an object with property ['x'] in path $['l'][0] but found 'com.fasterxml.jackson.databind.node.IntNode'",
        ],
        ['$.n.x', "Expected to find an object with property ['x'] in path $['n'] but found 'null'"],
      ]
        .map(
          ([path = '', why = '']): Case => ({
            definition: pass({ InputPath: path }),
            input: { s: 'a', l: [1], n: null },
            expect: {
              error: runtime,
              cause: `… Invalid path '${path}' : ${why}. This is not a json object according to the JsonProvider: 'com.jayway.jsonpath.spi.json.JacksonJsonNodeJsonProvider'.`,
            },
          }),
        )
        .concat(
          [
            ['$.s[1:]', 'Filter: [1:] can only be applied to arrays. Current context is: a'],
            ['$.n[0]', "The path $['n'] is null"],
            ['$.l[7]', "No results for path: $['l'][7]"],
          ].map(
            ([path = '', why = '']): Case => ({
              definition: pass({ InputPath: path }),
              input: { s: 'a', l: [1], n: null },
              expect: { error: runtime, cause: `… Invalid path '${path}' : ${why}` },
            }),
          ),
        ),
    },
    {
      rule: 'what a state makes of its input is written without the blanks the input came with',
      source: guide('Error names'),
      cases: [
        {
          definition: pass({ Assign: { 'v.$': '$' } }),
          text: '{ "a" : 1 }',
          expect: { details: { PassStateExited: { assignedVariables: { v: '{"a":1}' } } } },
        },
        {
          definition: shows({ 'r.$': "States.Format('{}{}', $, States.JsonToString($))" }),
          text: '{ "a" : 1 }',
          expect: { output: { r: '{"a":1}{"a":1}' } },
        },
        {
          definition: shows({ 'r.$': '$.x' }),
          text: '{ "a" : 1 }',
          expect: {
            error: runtime,
            cause:
              "… The JSONPath '$.x' specified for the field 'r.$' could not be found in the input '{\"a\":1}'",
          },
        },
      ],
    },
    {
      rule: 'in a null nothing can be looked up',
      source: 'Stack Overflow, AWS Step function parameters are not moving to the next step',
      cases: [
        {
          definition: shows({ 'r.$': '$' }),
          input: null,
          expect: {
            error: runtime,
            cause: '… Unable to apply Path transformation to null or empty input.',
          },
        },
        { ...seen('$$.State.Name', {}, 'P'), input: null },
      ],
    },
    {
      rule: 'several names at a path’s end give one object of them, in the path’s order',
      source: 'Jayway JsonPath documentation (the library behind the service)',
      cases: [
        seen("$.o['a','b']", { o: { a: 1, b: 2, c: 3 } }, { a: 1, b: 2 }),
        seen("$['a','x']", { a: 1, b: 2 }, { a: 1 }),
        {
          definition: shows({ 'r.$': "States.JsonToString($['b','a'])" }),
          input: { a: 1, b: 2 },
          expect: { output: { r: '{"b":2,"a":1}' } },
        },
      ],
    },
    {
      rule: 'filters know lists and texts: contains, size, empty, subsetof, anyof, noneof, =~',
      source: 'Jayway JsonPath documentation (the library behind the service)',
      cases: [
        seen(
          "$.l[?(@.t contains 'b')].n",
          {
            l: [
              { n: 1, t: ['a', 'b'] },
              { n: 2, t: 'xb' },
              { n: 3, t: ['c'] },
            ],
          },
          [1, 2],
        ),
        seen(
          '$.l[?(@.t size 2)].n',
          {
            l: [
              { n: 1, t: ['a', 'b'] },
              { n: 2, t: [] },
            ],
          },
          [1],
        ),
        seen(
          '$.l[?(@.t empty true)].n',
          {
            l: [
              { n: 1, t: ['a'] },
              { n: 2, t: [] },
            ],
          },
          [2],
        ),
        seen(
          "$.l[?(@.t subsetof ['a','b'])].n",
          {
            l: [
              { n: 1, t: ['a'] },
              { n: 2, t: ['c'] },
            ],
          },
          [1],
        ),
        seen(
          "$.l[?(@.t anyof ['a','b'])].n",
          {
            l: [
              { n: 1, t: ['a', 'z'] },
              { n: 2, t: ['c'] },
            ],
          },
          [1],
        ),
        seen(
          "$.l[?(@.t noneof ['a','b'])].n",
          {
            l: [
              { n: 1, t: ['a', 'z'] },
              { n: 2, t: ['c'] },
            ],
          },
          [2],
        ),
        seen(
          '$.l[?(@.t =~ /A.*/i)].n',
          {
            l: [
              { n: 1, t: 'abc' },
              { n: 2, t: 'c' },
            ],
          },
          [1],
        ),
      ],
    },
    {
      rule: 'filters select from lists; a number equals a text that says it',
      source: 'Developer Guide, Paths; localstack/localstack issues 9937 and 10603',
      cases: [
        seen('$.store.book[?(@.p < 10)].t', book, ['a', 'c']),
        seen('$.store.book[?(@.p == 12)].t', book, ['b']),
        seen('$.store.book[?(@.i)].t', book, ['a', 'c']),
        seen("$.store.book[?(@.i == 'y')].p", book, [9]),
        seen('$.store.book[?(@.p > 8 && @.p < 12)].t', book, ['c']),
        seen('$.store.book[?(@.p > 11 || @.p < 9)].t', book, ['a', 'b']),
        seen("$.store.book[?(@.t in ['a','b'])].p", book, [8, 12]),
        seen('$.store.book[?(@.p > 100)]', book, []),
        seen('$.store.book[?(@.p != 8)].t', book, ['b', 'c']),
        seen(
          "$[?(@.s != '201')].n",
          [
            { n: 1, s: 201 },
            { n: 2, s: '201' },
            { n: 3, s: 500 },
          ],
          [3],
        ),
        seen(
          "$[?(@.s in ['201'])].n",
          [
            { n: 1, s: 201 },
            { n: 2, s: 20 },
          ],
          [1],
        ),
        seen(
          '$[?(@.s == 201)].n',
          [
            { n: 1, s: '201' },
            { n: 2, s: '201.0' },
            { n: 3, s: '' },
          ],
          [1],
        ),
        seen(
          "$[?(@.s == '')].n",
          [
            { n: 1, s: 0 },
            { n: 2, s: '' },
          ],
          [2],
        ),
      ],
    },
    {
      rule: 'functions at a path’s end',
      source: guide('Paths'),
      cases: [
        seen('$.l.length()', { l: [4, 5] }, 2),
        seen('$.o.length()', { o: { a: 1 } }, 1),
        {
          definition: shows({ 'r.$': '$.s.length()' }),
          input: { s: 'abc' },
          expect: { error: runtime },
        },
        seen('$.l.sum()', { l: [4, 5] }, 9),
        seen('$.l.min()', { l: [4, 5] }, 4),
        seen('$.l.max()', { l: [4, 5] }, 5),
        seen('$.l.avg()', { l: [4, 5] }, 4.5),
        seen('$.l.stddev()', { l: [2, 4] }, 1),
        seen('$.l.first()', { l: [4, 5] }, 4),
        seen('$.l.last()', { l: [4, 5] }, 5),
      ],
    },
    {
      rule: 'the context object stands under $$',
      source: guide('Context object'),
      cases: [
        {
          definition: shows({ 'e.$': '$$.Execution', 'm.$': '$$.StateMachine', 's.$': '$$.State' }),
          input: { a: 1 },
          expect: {
            includes: {
              e: {
                Input: { a: 1 },
                Name: expect.any(String),
                RoleArn: expect.any(String),
                StartTime: '2026-03-01T12:00:00.000Z',
                RedriveCount: 0,
              },
              m: { Name: 'm1' },
              s: { Name: 'P', EnteredTime: '2026-03-01T12:00:00.000Z' },
            },
          },
        },
        {
          definition: jsonpath({
            T: {
              ...lambda,
              Parameters: { FunctionName: 'f', Payload: { 'n.$': '$$.State.RetryCount' } },
              OutputPath: '$.Payload',
              ...end,
            },
          }),
          expect: { output: { n: 0 } },
        },
      ],
    },
    {
      rule: 'a task that is retried sees its RetryCount',
      source: guide('Context object'),
      cases: [
        {
          definition: jsonpath({
            T: {
              ...lambda,
              Parameters: { FunctionName: 'f', Payload: { 'n.$': '$$.State.RetryCount' } },
              Retry: [{ ErrorEquals: ['E'], IntervalSeconds: 1 }],
              ResultPath: null,
              ...end,
            },
          }),
          mocks: { f: [{ fails: 'E' }, { fails: 'E' }, { value: {} }] },
          expect: { calls: [{ n: 0 }, { n: 1 }, { n: 2 }], took: 3 },
        },
      ],
    },
  ],
};
