import { expect, test } from 'vitest';
import type { HistoryEvent } from '../../../local/sfn/index.ts';
import { type Bench, bench, lambdaTask, machine, tokenTask } from './harness.ts';

// The shapes and the chains of previousEventId are those of recordings of the real service.

type Line = readonly [string, number];

async function lines(made: Bench, definition: object, input: unknown = {}): Promise<Line[]> {
  return shape(await events(made, definition, input));
}

async function events(made: Bench, definition: object, input: unknown = {}) {
  const arn = await made.start(definition, input);
  await made.pass(10);
  return made.engine.history(arn);
}

function shape(history: readonly HistoryEvent[]): Line[] {
  expect(history.map((event) => event.id)).toEqual(history.map((_, at) => at + 1));
  return history.map((event) => [event.type, event.previousEventId]);
}

const failing = { Boom: { Type: 'Fail', Error: 'MyError', Cause: 'my cause' } };
const undefinedOutput = { Type: 'Pass', Output: { v: '{% $states.input.missing %}' }, End: true };

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

const branches = (...all: object[]) =>
  all.map((states) => ({ StartAt: Object.keys(states)[0], States: states }));

test('a Parallel’s branches follow its start, and it goes on from the last of their events', async () => {
  const one = { Type: 'Pass', End: true };
  const got = await lines(
    bench(),
    machine({
      P: { Type: 'Parallel', Branches: branches({ A: one }, { B: one }), Next: 'After' },
      After: { Type: 'Succeed' },
    }),
  );
  expect(got).toEqual([
    ['ExecutionStarted', 0],
    ['ParallelStateEntered', 0],
    ['ParallelStateStarted', 2],
    ['PassStateEntered', 3],
    ['PassStateExited', 4],
    ['PassStateEntered', 3],
    ['PassStateExited', 6],
    ['ParallelStateSucceeded', 7],
    ['ParallelStateExited', 7],
    ['SucceedStateEntered', 9],
    ['SucceedStateExited', 10],
    ['ExecutionSucceeded', 11],
  ]);
});

test('a branch that fails fails the Parallel; a retry starts it again without recording that', async () => {
  const definition = machine({
    P: {
      Type: 'Parallel',
      Branches: branches(failing),
      Retry: [{ ErrorEquals: ['States.ALL'], MaxAttempts: 1 }],
      End: true,
    },
  });
  const history = await events(bench(), definition);
  expect(shape(history)).toEqual([
    ['ExecutionStarted', 0],
    ['ParallelStateEntered', 0],
    ['ParallelStateStarted', 2],
    ['FailStateEntered', 3],
    ['ParallelStateStarted', 4],
    ['FailStateEntered', 5],
    ['ParallelStateFailed', 6],
    ['ExecutionFailed', 7],
  ]);
  expect(history[6]?.details).toBeUndefined();
  expect(history[7]?.details).toEqual({ error: 'MyError', cause: 'my cause' });
});

test('siblings of a failed branch are recorded as aborted', async () => {
  const got = await lines(
    bench(),
    machine({
      P: {
        Type: 'Parallel',
        Branches: branches({ W: { Type: 'Wait', Seconds: 5, End: true } }, failing),
        End: true,
      },
    }),
  );
  expect(got.slice(3)).toEqual([
    ['WaitStateEntered', 3],
    ['FailStateEntered', 3],
    ['WaitStateAborted', 5],
    ['ParallelStateFailed', 5],
    ['ExecutionFailed', 7],
  ]);
});

test('a task whose failure ends its branch is aborted beside the chain', async () => {
  const made = bench({
    invokeLambda: async () => ({ payload: { errorType: 'E' }, functionError: 'Unhandled' }),
  });
  const got = await lines(
    made,
    machine({
      P: {
        Type: 'Parallel',
        Branches: branches({ T: lambdaTask }),
        Catch: [{ ErrorEquals: ['States.ALL'], Next: 'C' }],
        End: true,
      },
      C: { Type: 'Pass', End: true },
    }),
  );
  expect(got).toEqual([
    ['ExecutionStarted', 0],
    ['ParallelStateEntered', 0],
    ['ParallelStateStarted', 2],
    ['TaskStateEntered', 3],
    ['TaskScheduled', 4],
    ['TaskStarted', 5],
    ['TaskFailed', 6],
    ['TaskStateAborted', 7],
    ['ParallelStateFailed', 7],
    ['ParallelStateExited', 9],
    ['PassStateEntered', 10],
    ['PassStateExited', 11],
    ['ExecutionSucceeded', 12],
  ]);
});

const map = (states: object, extra: object = {}) => ({
  Type: 'Map',
  Items: '{% $states.input.items %}',
  ItemProcessor: { StartAt: Object.keys(states)[0], States: states },
  End: true,
  ...extra,
});

test('a Map’s iterations one by one, each following the last state event before it', async () => {
  const history = await events(
    bench(),
    machine({ M: map({ I: { Type: 'Pass', End: true } }, { MaxConcurrency: 1 }) }),
    { items: [1, 2] },
  );
  expect(shape(history)).toEqual([
    ['ExecutionStarted', 0],
    ['MapStateEntered', 0],
    ['MapStateStarted', 2],
    ['MapIterationStarted', 3],
    ['PassStateEntered', 4],
    ['PassStateExited', 5],
    ['MapIterationSucceeded', 6],
    ['MapIterationStarted', 6],
    ['PassStateEntered', 8],
    ['PassStateExited', 9],
    ['MapIterationSucceeded', 10],
    ['MapStateSucceeded', 11],
    ['MapStateExited', 11],
    ['ExecutionSucceeded', 13],
  ]);
  expect(history[2]?.details).toEqual({ length: 2 });
  expect(history[7]?.details).toEqual({ name: 'M', index: 1 });
});

test('a Map over nothing', async () => {
  const definition = machine({ M: map({ I: { Type: 'Pass', End: true } }) });
  expect(await lines(bench(), definition, { items: [] })).toEqual([
    ['ExecutionStarted', 0],
    ['MapStateEntered', 0],
    ['MapStateStarted', 2],
    ['MapStateSucceeded', 3],
    ['MapStateExited', 3],
    ['ExecutionSucceeded', 5],
  ]);
});

test('a failed iteration, retried once, then caught', async () => {
  const definition = machine({
    M: map(failing, {
      Retry: [{ ErrorEquals: ['States.ALL'], MaxAttempts: 1 }],
      Catch: [{ ErrorEquals: ['MyError'], Next: 'C' }],
    }),
    C: { Type: 'Succeed' },
  });
  expect((await lines(bench(), definition, { items: [1] })).slice(3, 12)).toEqual([
    ['MapIterationStarted', 3],
    ['FailStateEntered', 4],
    ['MapIterationFailed', 5],
    ['MapStateStarted', 5],
    ['MapIterationStarted', 7],
    ['FailStateEntered', 8],
    ['MapIterationFailed', 9],
    ['MapStateFailed', 9],
    ['MapStateExited', 11],
  ]);
});

test('iterations are all started before their tasks, and those beside a failed one are cut off after it', async () => {
  const tokens: string[] = [];
  const made = bench({
    async invokeLambda(_name, payload) {
      tokens.push(JSON.stringify(payload).split('"')[3] ?? '');
      return { payload: null };
    },
  });
  const arn = await made.start(machine({ M: map({ T: tokenTask }) }), { items: [1, 2] });
  await made.engine.idle();
  await made.engine.sendTaskFailure(tokens[0] ?? '', 'E');
  expect(shape(made.engine.history(arn)).slice(2)).toEqual([
    ['MapStateStarted', 2],
    ['MapIterationStarted', 3],
    ['MapIterationStarted', 3],
    ['TaskStateEntered', 4],
    ['TaskScheduled', 6],
    ['TaskStateEntered', 5],
    ['TaskScheduled', 8],
    ['TaskStarted', 7],
    ['TaskStarted', 9],
    ['TaskSubmitted', 10],
    ['TaskSubmitted', 11],
    ['TaskFailed', 12],
    ['MapIterationFailed', 14],
    ['TaskStateAborted', 14],
    ['MapIterationAborted', 14],
    ['TaskStateAborted', 14],
    ['MapStateFailed', 14],
    ['ExecutionFailed', 19],
  ]);
});

test('a Map tolerates as many failures as it says', async () => {
  const some = (count: number) =>
    machine({
      M: map(
        {
          C: {
            Type: 'Choice',
            Choices: [{ Condition: '{% $states.input = 2 %}', Next: 'Boom' }],
            Default: 'Ok',
          },
          Ok: { Type: 'Succeed' },
          ...failing,
        },
        { ToleratedFailureCount: count },
      ),
    });
  const made = bench();
  expect(await made.run(some(1), { items: [1, 2, 3] })).toMatchObject({ status: 'SUCCEEDED' });
  expect(await made.run(some(0), { items: [1, 2, 3] })).toMatchObject({
    status: 'FAILED',
    error: 'States.ExceedToleratedFailureThreshold',
  });
  const negative = await made.run(
    machine({
      M: map({ Ok: { Type: 'Succeed' } }, { ToleratedFailureCount: '{% $states.input.count %}' }),
    }),
    { items: [1], count: -1 },
  );
  expect(negative.cause).toContain('ToleratedFailureCount cannot be negative.');
});

test('an expression that gives nothing leaves EvaluationFailed in the iteration and in the Map’s own fields', async () => {
  const inside = await events(
    bench(),
    machine({ M: map({ Undef: undefinedOutput }, { MaxConcurrency: 1 }) }),
    { items: [{}, {}] },
  );
  expect(shape(inside).slice(3)).toEqual([
    ['MapIterationStarted', 3],
    ['PassStateEntered', 4],
    ['EvaluationFailed', 5],
    ['MapIterationFailed', 6],
    ['MapStateFailed', 6],
    ['ExecutionFailed', 8],
  ]);
  expect(inside[5]?.details).toEqual({
    error: 'States.QueryEvaluationError',
    cause:
      "An error occurred while executing the state 'Undef' (entered at the event id #5). The JSONata expression '$states.input.missing' specified for the field 'Output/v' returned nothing (undefined).",
    location: 'Output/v',
    state: 'Undef',
  });
  const own = await lines(bench(), machine({ M: map({ I: { Type: 'Pass', End: true } }) }));
  expect(own).toEqual([
    ['ExecutionStarted', 0],
    ['MapStateEntered', 0],
    ['EvaluationFailed', 2],
    ['MapStateFailed', 3],
    ['ExecutionFailed', 4],
  ]);
});

test('a Catch whose own Output fails records the state as failed twice', async () => {
  const history = await events(
    bench(),
    machine({
      P: {
        Type: 'Parallel',
        Branches: branches(failing),
        Catch: [
          { ErrorEquals: ['Other'], Next: 'D' },
          { ErrorEquals: ['States.ALL'], Output: { v: '{% $states.input.missing %}' }, Next: 'D' },
        ],
        End: true,
      },
      D: { Type: 'Pass', End: true },
    }),
  );
  expect(shape(history).slice(3)).toEqual([
    ['FailStateEntered', 3],
    ['ParallelStateFailed', 4],
    ['EvaluationFailed', 4],
    ['ParallelStateFailed', 6],
    ['ExecutionFailed', 7],
  ]);
  expect(history[5]?.details?.['location']).toBe('Catch[1]/Output/v');
});

test('a runtime error ends the execution from inside a branch; nothing retries or catches it', async () => {
  const definition = {
    StartAt: 'P',
    States: {
      P: {
        Type: 'Parallel',
        Branches: branches({ Fast: { Type: 'Pass', Parameters: { 'm.$': '$.nope' }, End: true } }),
        Retry: [{ ErrorEquals: ['States.ALL'] }],
        Catch: [{ ErrorEquals: ['States.ALL'], Next: 'C' }],
        End: true,
      },
      C: { Type: 'Succeed' },
    },
  };
  expect(await lines(bench(), definition)).toEqual([
    ['ExecutionStarted', 0],
    ['ParallelStateEntered', 0],
    ['ParallelStateStarted', 2],
    ['PassStateEntered', 3],
    ['ExecutionFailed', 4],
  ]);
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

test('an output over 256 KiB fails with States.DataLimitExceeded, which Catch can take', async () => {
  const made = bench({ invokeLambda: async () => ({ payload: 'x'.repeat(300_000) }) });
  const final = await made.run(
    machine({
      T: { ...lambdaTask, Catch: [{ ErrorEquals: ['States.ALL'], Next: 'C' }] },
      C: { Type: 'Succeed', Output: '{% $states.input.Cause %}' },
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
