import { expect, test } from 'vitest';
import { began, bench } from './harness.ts';

function path(states: Record<string, object>): object {
  return { StartAt: Object.keys(states)[0], States: states };
}

async function passed(state: object, input: unknown): Promise<unknown> {
  const final = await bench().run(path({ P: { Type: 'Pass', End: true, ...state } }), input);
  expect(final).toMatchObject({ status: 'SUCCEEDED' });
  return JSON.parse(final.output ?? 'null');
}

test('InputPath, Parameters, ResultPath and OutputPath shape a Pass', async () => {
  expect(await passed({ InputPath: '$.a' }, { a: { b: 1 } })).toEqual({ b: 1 });
  expect(await passed({ InputPath: null }, { a: 1 })).toEqual({});
  expect(
    await passed({ Parameters: { 'x.$': '$.a', y: 2, z: [{ 'w.$': '$$.State.Name' }] } }, { a: 1 }),
  ).toEqual({
    x: 1,
    y: 2,
    z: [{ w: 'P' }],
  });
  expect(await passed({ Result: 5, ResultPath: '$.deep.er' }, { a: 1 })).toEqual({
    a: 1,
    deep: { er: 5 },
  });
  expect(await passed({ Result: 5, ResultPath: null }, { a: 1 })).toEqual({ a: 1 });
  expect(await passed({ Result: { r: 5 }, OutputPath: '$.r' }, {})).toBe(5);
  expect(await passed({ OutputPath: null }, { a: 1 })).toEqual({});
  // ResultPath works on the state's whole input, whatever InputPath left of it.
  expect(await passed({ InputPath: '$.a', ResultPath: '$.c' }, { a: 1, b: 2 })).toEqual({
    a: 1,
    b: 2,
    c: 1,
  });
});

test('paths take members, indexes, slices, wildcards, descents and filters', async () => {
  const store = {
    book: [
      { t: 'a', p: 5 },
      { t: 'b', p: 15, x: null },
      { t: 'c', p: 25 },
    ],
    'odd name': { k: 1 },
  };
  const read = async (at: string) => {
    const got = await passed({ Parameters: { 'v.$': at } }, store);
    return JSON.parse(JSON.stringify(got)).v;
  };
  expect(await read('$.book[0].t')).toBe('a');
  expect(await read('$.book[-1].t')).toBe('c');
  expect(await read("$['odd name'].k")).toBe(1);
  expect(await read('$.book[*].t')).toEqual(['a', 'b', 'c']);
  expect(await read('$.book[0:2].p')).toEqual([5, 15]);
  expect(await read('$.book[0,2].p')).toEqual([5, 25]);
  expect(await read('$..p')).toEqual([5, 15, 25]);
  expect(await read('$.book[?(@.p > 10 && @.t != "c")].t')).toEqual(['b']);
  expect(await read('$.book[?(@.x)].t')).toEqual(['b']);
  expect(await read("$.book[?(@.t == 'z')].t")).toEqual([]);
  expect(await read('$.book.length()')).toBe(3);
});

test('a path that finds nothing fails the execution, naming path, field and input', async () => {
  const final = await bench().run(
    path({ P: { Type: 'Pass', Parameters: { 'x.$': '$.nope' }, End: true } }),
    { a: 1 },
  );
  expect(final).toMatchObject({
    status: 'FAILED',
    error: 'States.Runtime',
    cause:
      "An error occurred while executing the state 'P' (entered at the event id #2). The JSONPath '$.nope' specified for the field 'x.$' could not be found in the input '{\"a\":1}'",
  });
});

test('a payload that is neither text nor JSON fails the execution before the task', async () => {
  const made = bench({ invokeLambda: async () => ({ payload: null }) });
  const final = await made.run(
    path({
      T: {
        Type: 'Task',
        Resource: 'arn:aws:states:::lambda:invoke',
        Parameters: { FunctionName: 'f', 'Payload.$': '$.a' },
        End: true,
      },
    }),
    { a: 1 },
  );
  expect(final).toMatchObject({
    error: 'States.Runtime',
    cause:
      'An error occurred while executing the state \'T\' (entered at the event id #2). The Parameters \'{"FunctionName":"f","Payload":1}\' could not be used to start the Task: [The value for the field \'Payload\' must be a STRING]',
  });
});

test('a task’s result goes through ResultSelector and ResultPath; Catch puts the error at its own', async () => {
  const made = bench({
    async invokeLambda(name, payload) {
      return name === 'bad'
        ? { payload: { errorType: 'Bad' }, functionError: 'Unhandled' }
        : { payload: { echo: payload } };
    },
  });
  const task = (name: string, more: object) =>
    path({
      T: {
        Type: 'Task',
        Resource: 'arn:aws:states:::lambda:invoke',
        Parameters: { FunctionName: name, Payload: { 'n.$': '$.a' } },
        End: true,
        ...more,
      },
      ...('Catch' in more ? { C: { Type: 'Succeed' } } : {}),
    });
  const good = await made.run(
    task('good', { ResultSelector: { 'got.$': '$.Payload.echo' }, ResultPath: '$.r' }),
    { a: 1 },
  );
  expect(JSON.parse(good.output ?? '')).toEqual({ a: 1, r: { got: { n: 1 } } });
  const caught = await made.run(
    task('bad', { Catch: [{ ErrorEquals: ['States.ALL'], Next: 'C', ResultPath: '$.error' }] }),
    { a: 1 },
  );
  expect(JSON.parse(caught.output ?? '')).toEqual({
    a: 1,
    error: { Error: 'Bad', Cause: '{"errorType":"Bad"}' },
  });
});

test('a Wait and a timeout take their seconds from a path', async () => {
  const { start, pass, engine } = bench({ invokeLambda: () => new Promise(() => undefined) });
  const waiting = await start(path({ W: { Type: 'Wait', SecondsPath: '$.s', End: true } }), {
    s: 5,
  });
  const until = await start(path({ W: { Type: 'Wait', TimestampPath: '$.at', End: true } }), {
    at: new Date(began + 7000).toISOString(),
  });
  await pass(5);
  expect(engine.describeExecution(waiting).status).toBe('SUCCEEDED');
  expect(engine.describeExecution(until).status).toBe('RUNNING');
  await pass(2);
  expect(engine.describeExecution(until).status).toBe('SUCCEEDED');
});

test('variables are assigned by paths and read by name', async () => {
  const final = await bench().run(
    path({
      A: { Type: 'Pass', Assign: { 'n.$': '$.a.b', fixed: 'f' }, Next: 'B' },
      B: {
        Type: 'Pass',
        Parameters: { 'x.$': '$n', 'y.$': "States.Format('{}-{}', $fixed, $n)" },
        End: true,
      },
    }),
    { a: { b: 3 } },
  );
  expect(JSON.parse(final.output ?? '')).toEqual({ x: 3, y: 'f-3' });
});

test('a Map selects its items by path, with its index and value from the context', async () => {
  const final = await bench().run(
    path({
      M: {
        Type: 'Map',
        ItemsPath: '$.list',
        ItemSelector: { 'i.$': '$$.Map.Item.Index', 'v.$': '$$.Map.Item.Value', 'all.$': '$.n' },
        ItemProcessor: { StartAt: 'P', States: { P: { Type: 'Pass', End: true } } },
        ResultPath: '$.out',
        End: true,
      },
    }),
    { list: ['x', 'y'], n: 9 },
  );
  expect(JSON.parse(final.output ?? '').out).toEqual([
    { i: 0, v: 'x', all: 9 },
    { i: 1, v: 'y', all: 9 },
  ]);
});

test('a JSONPath machine may have JSONata states', async () => {
  const final = await bench().run(
    path({
      A: {
        Type: 'Pass',
        QueryLanguage: 'JSONata',
        Output: { n: '{% $states.input.a + 1 %}' },
        Next: 'B',
      },
      B: { Type: 'Pass', OutputPath: '$.n', End: true },
    }),
    { a: 1 },
  );
  expect(final.output).toBe('2');
});

const operators: readonly (readonly [object, unknown, boolean])[] = [
  [{ StringEquals: 'a' }, 'a', true],
  [{ StringEquals: 'a' }, 1, false],
  [{ StringEqualsPath: '$.other' }, 'o', true],
  [{ StringLessThan: 'b' }, 'a', true],
  [{ StringGreaterThanEquals: 'b' }, 'b', true],
  [{ StringMatches: 'a*.log' }, 'axx.log', true],
  [{ StringMatches: 'a\\*' }, 'a*', true],
  [{ StringMatches: 'a\\*' }, 'ab', false],
  [{ NumericEquals: 1 }, 1, true],
  [{ NumericLessThanPath: '$.ten' }, 9, true],
  [{ NumericGreaterThan: 1 }, '2', false],
  [{ NumericLessThanEquals: 2 }, 2, true],
  [{ NumericGreaterThanEquals: 2 }, 1, false],
  [{ BooleanEquals: true }, true, true],
  [{ BooleanEquals: false }, true, false],
  [{ TimestampEquals: '2020-01-01T00:00:00Z' }, '2020-01-01T01:00:00+01:00', true],
  [{ TimestampLessThan: '2020-01-01T00:00:00Z' }, '2019-01-01T00:00:00Z', true],
  [{ TimestampGreaterThanEquals: '2020-01-01T00:00:00Z' }, '2019-01-01T00:00:00Z', false],
  [{ IsNull: true }, null, true],
  [{ IsNull: false }, 1, true],
  [{ IsPresent: true }, 1, true],
  [{ IsNumeric: true }, 1, true],
  [{ IsString: true }, 1, false],
  [{ IsBoolean: true }, false, true],
  [{ IsTimestamp: true }, '2020-01-01T00:00:00Z', true],
  [{ IsTimestamp: true }, '2020-01-01', false],
];

test('every operator of a Choice decides as documented', async () => {
  const { run } = bench();
  for (const [operator, v, expected] of operators) {
    const final = await run(
      path({
        C: { Type: 'Choice', Choices: [{ Variable: '$.v', ...operator, Next: 'Y' }], Default: 'N' },
        Y: { Type: 'Pass', Result: true, End: true },
        N: { Type: 'Pass', Result: false, End: true },
      }),
      { v, other: 'o', ten: 10 },
    );
    expect([operator, v, final.output]).toEqual([operator, v, String(expected)]);
  }
});

test('And, Or, Not and IsPresent combine; a missing variable fails', async () => {
  const choice = (rule: object) =>
    path({
      C: { Type: 'Choice', Choices: [{ ...rule, Next: 'Y' }], Default: 'N' },
      Y: { Type: 'Pass', Result: true, End: true },
      N: { Type: 'Pass', Result: false, End: true },
    });
  const { run } = bench();
  const one = { Variable: '$.v', NumericEquals: 1 };
  const absent = { Variable: '$.w', IsPresent: false };
  expect((await run(choice({ And: [one, absent] }), { v: 1 })).output).toBe('true');
  expect((await run(choice({ Or: [{ Not: one }, { Not: absent }] }), { v: 1 })).output).toBe(
    'false',
  );
  expect(await run(choice({ Variable: '$.w', NumericEquals: 1 }), { v: 1 })).toMatchObject({
    status: 'FAILED',
    error: 'States.Runtime',
    cause: expect.stringContaining(
      "Invalid path '$.w': The choice state's condition path references an invalid value.",
    ),
  });
});

const intrinsics: readonly (readonly [string, unknown])[] = [
  ["States.Format('Hi {}, {}', $.name, $.n)", 'Hi Ann, 3'],
  ["States.Format('\\{\\} \\'{}\\'', 1)", "{} '1'"],
  ['States.StringToJson($.json)', { a: [1] }],
  ['States.JsonToString($.list)', '[1,2,2,3]'],
  ["States.Array(1, 'a', $.n, null, true)", [1, 'a', 3, null, true]],
  ['States.ArrayPartition($.list, 3)', [[1, 2, 2], [3]]],
  ['States.ArrayContains($.list, 3)', true],
  ['States.ArrayRange(1, 9, 4)', [1, 5, 9]],
  ['States.ArrayRange(3, 1, -1)', [3, 2, 1]],
  ['States.ArrayGetItem($.list, 3)', 3],
  ['States.ArrayLength($.list)', 4],
  ['States.ArrayUnique($.list)', [1, 2, 3]],
  ["States.Base64Encode('Data to encode')", 'RGF0YSB0byBlbmNvZGU='],
  ["States.Base64Decode('RGF0YSB0byBlbmNvZGU=')", 'Data to encode'],
  ["States.Hash('input data', 'SHA-1')", 'aaff4a450a104cd177d28d18d74485e8cae074b7'],
  ['States.JsonMerge($.left, $.right, false)', { a: 2, b: 1 }],
  ['States.MathAdd(111, -1)', 110],
  ["States.StringSplit('This.is+a,test=string', '.+,=')", ['This', 'is', 'a', 'test', 'string']],
  ['States.ArrayLength(States.Array(States.MathAdd(1, 1), $.list[0]))', 2],
];

test('every intrinsic function gives what the documentation shows', async () => {
  const input = {
    name: 'Ann',
    n: 3,
    json: '{"a":[1]}',
    list: [1, 2, 2, 3],
    left: { a: 1, b: 1 },
    right: { a: 2 },
  };
  for (const [call, expected] of intrinsics)
    expect([call, await passed({ Parameters: { 'v.$': call } }, input)]).toEqual([
      call,
      { v: expected },
    ]);
  const uuid = await passed({ Parameters: { 'v.$': 'States.UUID()' } }, {});
  expect(uuid).toEqual({ v: expect.stringMatching(/^[0-9a-f-]{36}$/) });
  const random = await passed({ Parameters: { 'v.$': 'States.MathRandom(5, 7)' } }, {});
  expect([5, 6]).toContain(JSON.parse(JSON.stringify(random)).v);
});

test('an intrinsic that fails does so as States.IntrinsicFailure', async () => {
  const final = await bench().run(
    path({ P: { Type: 'Pass', Parameters: { 'v.$': 'States.ArrayGetItem($.l, 5)' }, End: true } }),
    { l: [1] },
  );
  expect(final).toMatchObject({ status: 'FAILED', error: 'States.IntrinsicFailure' });
});
