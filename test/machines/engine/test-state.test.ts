import { expect, test } from 'vitest';
import type { Integrations } from '../../../local/sfn/index.ts';
import { asking, type Body } from './asking.ts';

const lambda = { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke' };
const json = (value: unknown) => JSON.stringify(value);
const mocked = { mock: { result: '{}' } };

async function trying(
  state: object,
  more: object = {},
  integrations: Integrations = {},
): Promise<Body> {
  const { ask } = await asking(integrations);
  return ask('TestState', { definition: json(state), ...more });
}

const tried: readonly (readonly [string, object, object, Body])[] = [
  [
    'a Pass, with what becomes of its data',
    {
      Type: 'Pass',
      InputPath: '$.a',
      Parameters: { 'p.$': '$.b' },
      ResultPath: '$.r',
      OutputPath: '$.r',
      Assign: { 'v.$': '$.p' },
      Next: 'N',
    },
    { input: json({ a: { b: 1 } }), inspectionLevel: 'DEBUG', variables: json({ w: 2 }) },
    {
      status: 'SUCCEEDED',
      output: json({ p: 1 }),
      nextState: 'N',
      inspectionData: {
        input: json({ a: { b: 1 } }),
        afterInputPath: json({ b: 1 }),
        afterParameters: json({ p: 1 }),
        result: json({ p: 1 }),
        afterResultPath: json({ a: { b: 1 }, r: { p: 1 } }),
        variables: json({ w: 2, v: 1 }),
      },
    },
  ],
  [
    'the last state, which leads nowhere, and no more than that is asked for',
    { Type: 'Pass', QueryLanguage: 'JSONata', Output: '{% $w + $states.input %}', End: true },
    { input: '1', variables: json({ w: 2 }) },
    { status: 'SUCCEEDED', output: '3' },
  ],
  [
    'a Choice, by its rule',
    {
      Type: 'Choice',
      Choices: [{ Variable: '$.a', NumericEquals: 1, Next: 'One' }],
      Default: 'Other',
    },
    { input: json({ a: 1 }) },
    { status: 'SUCCEEDED', output: json({ a: 1 }), nextState: 'One' },
  ],
  [
    'a Wait, without its time',
    { Type: 'Wait', Seconds: 99_999_999, Next: 'N' },
    {},
    { status: 'SUCCEEDED', output: '{}', nextState: 'N' },
  ],
  [
    'a Fail',
    { Type: 'Fail', ErrorPath: '$.e', Cause: 'C' },
    { input: json({ e: 'E' }) },
    { status: 'FAILED', error: 'E', cause: 'C' },
  ],
  [
    'a path that finds nothing',
    { Type: 'Pass', InputPath: '$.a', Parameters: { 'p.$': '$.no' }, End: true },
    { input: json({ a: {} }), inspectionLevel: 'DEBUG' },
    {
      status: 'FAILED',
      error: 'States.Runtime',
      cause:
        "An error occurred while executing the state 'StateName' (entered at the event id #2). The JSONPath '$.no' specified for the field 'p.$' could not be found in the input '{}'",
      inspectionData: { input: json({ a: {} }), afterInputPath: '{}' },
    },
  ],
  [
    'a Task whose result is mocked',
    {
      ...lambda,
      Parameters: { FunctionName: 'f', 'Payload.$': '$' },
      ResultSelector: { 'p.$': '$.Payload' },
      ResultPath: '$.r',
      Next: 'N',
    },
    { mock: { result: json({ Payload: 7, StatusCode: 200 }) }, inspectionLevel: 'TRACE' },
    {
      status: 'SUCCEEDED',
      output: json({ r: { p: 7 } }),
      nextState: 'N',
      inspectionData: {
        input: '{}',
        afterInputPath: '{}',
        afterParameters: json({ FunctionName: 'f', Payload: {} }),
        result: json({ Payload: 7, StatusCode: 200 }),
        afterResultSelector: json({ p: 7 }),
        afterResultPath: json({ r: { p: 7 } }),
      },
    },
  ],
  [
    'a mocked error that a retrier takes',
    {
      ...lambda,
      Parameters: { FunctionName: 'f' },
      Retry: [{ ErrorEquals: ['E'], IntervalSeconds: 3, BackoffRate: 2, MaxAttempts: 2 }],
      Catch: [{ ErrorEquals: ['States.ALL'], Next: 'C' }],
      Next: 'N',
    },
    {
      mock: { errorOutput: { error: 'E', cause: 'c' } },
      stateConfiguration: { retrierRetryCount: 1 },
      inspectionLevel: 'DEBUG',
    },
    {
      status: 'RETRIABLE',
      error: 'E',
      cause: 'c',
      inspectionData: {
        input: '{}',
        afterInputPath: '{}',
        afterParameters: json({ FunctionName: 'f' }),
        errorDetails: { retryIndex: 0, retryBackoffIntervalSeconds: 6 },
      },
    },
  ],
  [
    'a mocked error that a catcher takes once its retrier has none left',
    {
      ...lambda,
      Parameters: { FunctionName: 'f' },
      Retry: [{ ErrorEquals: ['E'], MaxAttempts: 1 }],
      Catch: [{ ErrorEquals: ['E'], ResultPath: '$.error', Next: 'C' }],
      Next: 'N',
    },
    {
      mock: { errorOutput: { error: 'E', cause: 'c' } },
      stateConfiguration: { retrierRetryCount: 1 },
    },
    {
      status: 'CAUGHT_ERROR',
      error: 'E',
      cause: 'c',
      output: json({ error: { Error: 'E', Cause: 'c' } }),
      nextState: 'C',
    },
  ],
  [
    'a parameter that is missing its value, which no catcher takes',
    {
      ...lambda,
      Parameters: { FunctionName: 'f', 'Payload.$': '$.no' },
      Catch: [{ ErrorEquals: ['States.ALL'], Next: 'C' }],
      Next: 'N',
    },
    mocked,
    {
      status: 'FAILED',
      error: 'States.Runtime',
      cause:
        "An error occurred while executing the state 'StateName' (entered at the event id #2). The JSONPath '$.no' specified for the field 'Payload.$' could not be found in the input '{}'",
    },
  ],
  [
    'a parameter the integration does not know',
    { ...lambda, Parameters: { FunctionName: 'f', Odd: 1 }, Next: 'N' },
    mocked,
    {
      status: 'FAILED',
      error: 'States.Runtime',
      cause: expect.stringContaining('could not be used to start the Task: ['),
    },
  ],
  [
    'a Map whose result is mocked, with what its iterations would be given',
    {
      Type: 'Map',
      ItemsPath: '$.a',
      ItemSelector: { 'i.$': '$$.Map.Item.Index', 'v.$': '$$.Map.Item.Value' },
      ItemProcessor: { StartAt: 'P', States: { P: { Type: 'Pass', End: true } } },
      End: true,
    },
    { input: json({ a: ['x'] }), mock: { result: '[1]' }, inspectionLevel: 'DEBUG' },
    {
      status: 'SUCCEEDED',
      output: '[1]',
      inspectionData: {
        input: json({ a: ['x'] }),
        afterInputPath: json({ a: ['x'] }),
        afterItemsPath: json(['x']),
        afterItemSelector: json([{ i: 0, v: 'x' }]),
        result: '[1]',
        afterResultPath: '[1]',
      },
    },
  ],
  [
    'a state out of its machine, with a context of its own',
    {
      QueryLanguage: 'JSONata',
      StartAt: 'Q',
      States: {
        Q: {
          Type: 'Parallel',
          Branches: [
            {
              StartAt: 'T',
              States: {
                T: {
                  ...lambda,
                  Arguments: { FunctionName: '{% $states.context.Execution.Name %}' },
                  End: true,
                },
              },
            },
          ],
          End: true,
        },
      },
    },
    {
      stateName: 'T',
      mock: { result: '1' },
      context: json({ Execution: { Name: 'n' } }),
      inspectionLevel: 'DEBUG',
    },
    {
      status: 'SUCCEEDED',
      output: '1',
      inspectionData: { input: '{}', afterArguments: json({ FunctionName: 'n' }), result: '1' },
    },
  ],
];

test.each(tried)('tried by itself: %s', async (_what, state, more, wanted) => {
  expect(await trying(state, more)).toEqual(wanted);
});

test('a Task without a mock is called', async () => {
  const asked: unknown[] = [];
  const integrations: Integrations = {
    async invokeLambda(name, payload) {
      asked.push([name, payload]);
      if (name === 'bad') return { payload: { errorType: 'E' }, functionError: 'Unhandled' };
      return { payload: 5 };
    },
  };
  const task = (FunctionName: string) => ({
    ...{ ...lambda, QueryLanguage: 'JSONata', End: true },
    Arguments: { FunctionName, Payload: '{% $states.input %}' },
    Output: '{% $states.result.Payload %}',
  });
  const input = json({ a: 1 });
  expect(await trying(task('good'), { input }, integrations)).toEqual({
    status: 'SUCCEEDED',
    output: '5',
  });
  expect(await trying(task('bad'), { input }, integrations)).toMatchObject({
    status: 'FAILED',
    error: 'E',
  });
  expect(asked).toEqual([
    ['good', { a: 1 }],
    ['bad', { a: 1 }],
  ]);
});

test('a function that never answers ends the test of its state after five minutes', async () => {
  const { ask, clock } = await asking({ invokeLambda: () => new Promise(() => undefined) });
  let called = false;
  const state = { ...lambda, Parameters: { FunctionName: 'f' }, End: true };
  const answer = ask('TestState', { definition: json(state) }).finally(() => {
    called = true;
  });
  while (clock.next === undefined) await new Promise((next) => setImmediate(next));
  expect(called).toBe(false);
  await clock.advance(300_000, async () => undefined);
  expect(await answer).toEqual({ status: 'FAILED', error: 'States.Timeout' });
});

const task = { ...lambda, Parameters: { FunctionName: 'f' }, End: true };
const inner = { StartAt: 'P', States: { P: { Type: 'Pass', End: true } } };
const refused: readonly (readonly [string, object, object, string, string])[] = [
  [
    'a mock of a Pass',
    { Type: 'Pass', End: true },
    mocked,
    'ValidationException',
    "State type 'Pass' is not supported when a mock is specified",
  ],
  [
    'a Map without a mock',
    { Type: 'Map', ItemProcessor: inner, End: true },
    {},
    'InvalidDefinition',
    'TestState API does not support Map or Parallel states.',
  ],
  [
    'a mock of a result and an error',
    task,
    { mock: { result: '1', errorOutput: { error: 'E' } } },
    'ValidationException',
    'A test mock should have only one of the following fields: [result, errorOutput].',
  ],
  [
    'a mock that is no JSON',
    task,
    { mock: { result: '{' } },
    'ValidationException',
    'Mocked result must be valid JSON',
  ],
  [
    'secrets of a mock',
    task,
    { ...mocked, revealSecrets: true },
    'ValidationException',
    'RevealSecrets',
  ],
  ['a context without a mock', task, { context: '{}' }, 'ValidationException', 'context'],
  [
    'variables that are no object',
    task,
    { ...mocked, variables: '[]' },
    'ValidationException',
    'Variables must be a valid JSON object',
  ],
  [
    'an input that is no JSON',
    task,
    { ...mocked, input: '{' },
    'InvalidExecutionInput',
    'Unexpected end-of-input',
  ],
  [
    'a name no state has',
    inner,
    { stateName: 'X' },
    'ValidationException',
    'State not found in definition',
  ],
  [
    'a state that is none',
    { Type: 'Pass', Retry: [], End: true },
    {},
    'InvalidDefinition',
    "Field 'Retry' is not supported at /'",
  ],
  [
    'a token nobody would answer',
    { ...task, Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken' },
    {},
    'ValidationException',
    'A mock is required',
  ],
];

test.each(refused)('not tried: %s', async (_what, state, more, type, message) => {
  expect(await trying(state, more)).toMatchObject({
    __type: type,
    message: expect.stringContaining(message),
  });
});
