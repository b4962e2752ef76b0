import { expect, test } from 'vitest';
import { bench, lambdaTask, machine, tokenTask } from './harness.ts';
import { branches, events, shape } from './history-lines.ts';

test('a Lambda task by service and by its own ARN', async () => {
  const made = bench({ invokeLambda: async () => ({ payload: { ok: true } }) });
  const served = await events(made, machine({ T: { ...lambdaTask, TimeoutSeconds: 5 } }), { a: 1 });
  expect(shape(served)).toEqual([
    ['ExecutionStarted', 0],
    ['TaskStateEntered', 0],
    ['TaskScheduled', 2],
    ['TaskStarted', 3],
    ['TaskSucceeded', 4],
    ['TaskStateExited', 5],
    ['ExecutionSucceeded', 6],
  ]);
  expect(served[2]?.details).toEqual({
    resourceType: 'lambda',
    resource: 'invoke',
    region: 'us-east-1',
    parameters: '{"FunctionName":"work","Payload":{"a":1}}',
    timeoutInSeconds: 5,
  });
  expect(served[3]?.details).toEqual({ resourceType: 'lambda', resource: 'invoke' });
  const arn = 'arn:aws:lambda:us-east-1:000000000000:function:f';
  const direct = await events(
    made,
    machine({ T: { Type: 'Task', Resource: arn, Arguments: { a: 1 }, End: true } }),
  );
  expect(shape(direct)).toEqual([
    ['ExecutionStarted', 0],
    ['TaskStateEntered', 0],
    ['LambdaFunctionScheduled', 2],
    ['LambdaFunctionStarted', 3],
    ['LambdaFunctionSucceeded', 4],
    ['TaskStateExited', 5],
    ['ExecutionSucceeded', 6],
  ]);
  expect(direct[2]?.details).toEqual({
    resource: arn,
    input: '{"a":1}',
    inputDetails: { truncated: false },
  });
  expect(direct[3]?.details).toBeUndefined();
});

test('a task that is retried schedules again; what Assign set stands in the exit', async () => {
  let calls = 0;
  const made = bench({
    async invokeLambda() {
      calls += 1;
      return calls === 1
        ? { payload: { errorType: 'Once' }, functionError: 'Unhandled' }
        : { payload: 7 };
    },
  });
  const history = await events(
    made,
    machine({
      T: {
        ...lambdaTask,
        Retry: [{ ErrorEquals: ['Once'], IntervalSeconds: 1 }],
        Assign: { n: '{% $states.result.Payload %}' },
        Output: {},
      },
    }),
  );
  expect(shape(history)).toEqual([
    ['ExecutionStarted', 0],
    ['TaskStateEntered', 0],
    ['TaskScheduled', 2],
    ['TaskStarted', 3],
    ['TaskFailed', 4],
    ['TaskScheduled', 5],
    ['TaskStarted', 6],
    ['TaskSucceeded', 7],
    ['TaskStateExited', 8],
    ['ExecutionSucceeded', 9],
  ]);
  expect(history[4]?.details).toEqual({
    resourceType: 'lambda',
    resource: 'invoke',
    error: 'Once',
    cause: '{"errorType":"Once"}',
  });
  expect(history[8]?.details).toEqual({
    name: 'T',
    output: '{}',
    outputDetails: { truncated: false },
    assignedVariables: { n: '7' },
    assignedVariablesDetails: { truncated: false },
  });
});

test('a token wait is submitted, then times out', async () => {
  const made = bench({ invokeLambda: async () => ({ payload: null }) });
  const history = await events(made, machine({ T: { ...tokenTask, TimeoutSeconds: 5 } }));
  expect(shape(history)).toEqual([
    ['ExecutionStarted', 0],
    ['TaskStateEntered', 0],
    ['TaskScheduled', 2],
    ['TaskStarted', 3],
    ['TaskSubmitted', 4],
    ['TaskTimedOut', 5],
    ['ExecutionFailed', 6],
  ]);
  expect(history[5]?.details).toEqual({
    resourceType: 'lambda',
    resource: 'invoke.waitForTaskToken',
    error: 'States.Timeout',
  });
  expect(history[6]?.details).toEqual({ error: 'States.Timeout' });
});

test('an execution that exceeds its time is TIMED_OUT, with its error only in the history', async () => {
  const made = bench();
  const arn = await made.start(
    machine({ W: { Type: 'Wait', Seconds: 100, End: true } }, { TimeoutSeconds: 5 }),
  );
  await made.pass(5);
  const record = made.engine.describeExecution(arn);
  expect(record.status).toBe('TIMED_OUT');
  expect(record.error).toBeUndefined();
  const last = made.engine.history(arn).at(-1);
  expect(last).toMatchObject({
    type: 'ExecutionTimedOut',
    previousEventId: 0,
    details: { error: 'States.Timeout' },
  });
});

test('an execution ends at 25,000 events', async () => {
  const made = bench();
  const arn = await made.start(
    machine({
      A: { Type: 'Pass', Next: 'B' },
      B: { Type: 'Choice', Choices: [{ Condition: '{% false %}', Next: 'Z' }], Default: 'A' },
      Z: { Type: 'Succeed' },
    }),
  );
  const final = await made.engine.waitFor(arn);
  expect(final).toMatchObject({
    status: 'FAILED',
    cause: 'The execution reached the maximum number of history events (25000).',
  });
  expect(made.engine.history(arn)).toHaveLength(25_000);
});

test('an output over 256 KiB fails with States.DataLimitExceeded, which a Catch has to name', async () => {
  const made = bench({ invokeLambda: async () => ({ payload: 'x'.repeat(300_000) }) });
  const final = await made.run(
    machine({
      T: {
        ...lambdaTask,
        Retry: [{ ErrorEquals: ['States.ALL'] }],
        Catch: [
          { ErrorEquals: ['States.DataLimitExceeded'], Next: 'C' },
          { ErrorEquals: ['States.ALL'], Next: 'Other' },
        ],
      },
      C: { Type: 'Succeed', Output: '{% $states.input.Cause %}' },
      Other: { Type: 'Fail', Error: 'Other' },
    }),
  );
  expect(final.output).toBe(
    '"The state/task \'lambda\' returned a result with a size exceeding the maximum number of bytes service limit."',
  );
});

test('the input is shown as it was sent until a state makes something else of it', async () => {
  const { engine } = bench();
  const { machine: made } = engine.createStateMachine({
    name: 'm',
    roleArn: 'arn:aws:iam::000000000000:role/r',
    definition: JSON.stringify({
      StartAt: 'P',
      States: {
        P: { Type: 'Parallel', Branches: branches({ A: { Type: 'Pass', End: true } }), End: true },
      },
    }),
  });
  const input = '[[1, 2], [3]]';
  const { executionArn } = await engine.startExecution({ stateMachineArn: made.arn, input });
  await engine.waitFor(executionArn);
  const shown = engine.history(executionArn).flatMap((event) => event.details?.['input'] ?? []);
  expect(shown).toEqual([input, input, input]);
});
