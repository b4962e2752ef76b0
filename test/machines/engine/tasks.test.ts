import { expect, test } from 'vitest';
import type { LambdaAnswer } from '../../../local/sfn/index.ts';
import { bench, lambdaTask, machine, tokenTask } from './harness.ts';

const echo = async (_name: string, payload: unknown) => ({ payload });
const broken = (errorType: string) => async () => ({
  payload: { errorMessage: 'no', errorType, trace: [] },
  functionError: 'Unhandled',
});

function named(name: string): Error {
  const error = new Error('slow down');
  error.name = name;
  return error;
}

test('lambda:invoke gives the payload with its frame; a function ARN gives the payload alone', async () => {
  const { run } = bench({ invokeLambda: echo });
  const framed = await run(machine({ T: lambdaTask }), { a: 1 });
  expect(JSON.parse(framed.output ?? '')).toMatchObject({
    ExecutedVersion: '$LATEST',
    Payload: { a: 1 },
    StatusCode: 200,
    SdkHttpMetadata: { HttpStatusCode: 200 },
  });
  const direct = await run(
    machine({
      T: {
        Type: 'Task',
        Resource: 'arn:aws:lambda:us-east-1:000000000000:function:f',
        Arguments: { b: '{% $states.input.a %}' },
        End: true,
      },
    }),
    { a: 1 },
  );
  expect(direct.output).toBe('{"b":1}');
});

test('a function error fails the task with its type and the payload as its cause', async () => {
  const final = await bench({ invokeLambda: broken('Odd') }).run(machine({ T: lambdaTask }));
  expect(final).toMatchObject({
    status: 'FAILED',
    error: 'Odd',
    cause: '{"errorMessage":"no","errorType":"Odd","trace":[]}',
  });
});

test('Retry waits its intervals with backoff, cap and per-retrier counts, then Catch takes over', async () => {
  const calls: number[] = [];
  const { start, pass, engine, clock } = bench({
    async invokeLambda() {
      calls.push(clock.now());
      throw named('Lambda.TooManyRequestsException');
    },
  });
  const t0 = clock.now();
  const arn = await start(
    machine({
      T: {
        ...lambdaTask,
        Retry: [
          { ErrorEquals: ['Other'], MaxAttempts: 9 },
          {
            ErrorEquals: ['Lambda.TooManyRequestsException'],
            IntervalSeconds: 2,
            BackoffRate: 3,
            MaxAttempts: 3,
            MaxDelaySeconds: 10,
          },
        ],
        Catch: [
          {
            ErrorEquals: ['States.ALL'],
            Next: 'Caught',
            Assign: { why: '{% $states.errorOutput.Error %}' },
          },
        ],
      },
      Caught: { Type: 'Succeed', Output: '{% $why %}' },
    }),
  );
  await pass(60);
  expect(calls.map((at) => (at - t0) / 1000)).toEqual([0, 2, 8, 18]);
  expect(engine.describeExecution(arn).output).toBe('"Lambda.TooManyRequestsException"');
});

test('full jitter draws the delay from nothing to the whole interval', async () => {
  const calls: number[] = [];
  const made = bench(
    {
      async invokeLambda() {
        calls.push(made.clock.now());
        throw named('Busy');
      },
    },
    { random: () => 0.25 },
  );
  const t0 = made.clock.now();
  await made.start(
    machine({
      T: {
        ...lambdaTask,
        Retry: [
          {
            ErrorEquals: ['States.ALL'],
            IntervalSeconds: 8,
            MaxAttempts: 2,
            JitterStrategy: 'FULL',
          },
        ],
      },
    }),
  );
  await made.pass(60);
  expect(calls.map((at) => at - t0)).toEqual([0, 2000, 6000]);
});

test('a task that answers too late fails with States.Timeout and its late answer changes nothing', async () => {
  const late: ((answer: LambdaAnswer) => void)[] = [];
  let aborted = false;
  const { start, clock, engine } = bench({
    invokeLambda(_name, _payload, { signal }) {
      signal.addEventListener('abort', () => {
        aborted = true;
      });
      return new Promise((resolve) => late.push(resolve));
    },
  });
  const arn = await start(
    machine({
      T: {
        ...lambdaTask,
        TimeoutSeconds: '{% $states.input.t %}',
        Catch: [{ ErrorEquals: ['States.Timeout'], Next: 'Late' }],
      },
      Late: { Type: 'Wait', Seconds: 5, Output: 'late', End: true },
    }),
    { t: 30 },
  );
  await clock.advance(30_000);
  expect(aborted).toBe(true);
  for (const answer of late) answer({ payload: 1 });
  await clock.advance(5_000);
  await engine.idle();
  expect(engine.describeExecution(arn)).toMatchObject({ status: 'SUCCEEDED', output: '"late"' });
});

async function waiting(task: object = tokenTask, more: Record<string, object> = {}) {
  const tokens: string[] = [];
  const made = bench({
    async invokeLambda(_name, payload) {
      const token = JSON.stringify(payload).match(/"token":"([^"]+)"/)?.[1];
      if (token !== undefined) tokens.push(token);
      return { payload: 'asked' };
    },
  });
  const arn = await made.start(machine({ T: task, ...more }));
  await made.engine.idle();
  return { ...made, arn, tokens };
}

test('a token’s answer is the task’s result, once', async () => {
  const { engine, arn, tokens } = await waiting();
  const token = tokens[0] ?? '';
  expect(token.length).toBeLessThan(2048);
  const final = engine.waitFor(arn);
  await engine.sendTaskSuccess(token, '{"paid":true}');
  expect(await final).toMatchObject({ status: 'SUCCEEDED', output: '{"paid":true}' });
  await expect(engine.sendTaskSuccess(token, '{}')).rejects.toMatchObject({ code: 'TaskTimedOut' });
});

test('of two answers at the same moment only the first counts', async () => {
  const { engine, arn, tokens } = await waiting();
  const token = tokens[0] ?? '';
  const both = await Promise.allSettled([
    engine.sendTaskSuccess(token, '1'),
    engine.sendTaskFailure(token, 'E'),
  ]);
  expect(both.map((one) => one.status)).toEqual(['fulfilled', 'rejected']);
  expect(await engine.waitFor(arn)).toMatchObject({ status: 'SUCCEEDED', output: '1' });
});

test('a failure sent to a token is the task’s error', async () => {
  const { engine, arn, tokens } = await waiting();
  await engine.sendTaskFailure(tokens[0] ?? '', 'Refused', 'why');
  expect(await engine.waitFor(arn)).toMatchObject({
    status: 'FAILED',
    error: 'Refused',
    cause: 'why',
  });
});

test('a forged token is refused', async () => {
  const { engine, tokens } = await waiting();
  await expect(engine.sendTaskSuccess('nonsense', '{}')).rejects.toMatchObject({
    code: 'InvalidToken',
  });
  await expect(engine.sendTaskSuccess(`${tokens[0]}x`, '{}')).rejects.toMatchObject({
    code: 'InvalidToken',
  });
});

test('heartbeats keep a token alive; without them the task times out', async () => {
  const { engine, arn, tokens, pass } = await waiting({
    ...tokenTask,
    HeartbeatSeconds: 10,
    TimeoutSeconds: 100,
  });
  await pass(9);
  engine.sendTaskHeartbeat(tokens[0] ?? '');
  await pass(9);
  expect(engine.describeExecution(arn).status).toBe('RUNNING');
  await pass(1);
  expect(engine.describeExecution(arn)).toMatchObject({
    status: 'FAILED',
    error: 'States.Timeout',
  });
});

test('Catch may name a missed heartbeat itself', async () => {
  const { engine, arn, pass } = await waiting(
    {
      ...tokenTask,
      HeartbeatSeconds: 10,
      Catch: [{ ErrorEquals: ['States.HeartbeatTimeout'], Next: 'Quiet' }],
    },
    { Quiet: { Type: 'Succeed', Output: 'quiet' } },
  );
  await pass(10);
  expect(engine.describeExecution(arn).output).toBe('"quiet"');
});

test('a retried wait has a new token and the old one is dead', async () => {
  const { engine, arn, tokens, pass } = await waiting({
    ...tokenTask,
    TimeoutSeconds: 10,
    Retry: [{ ErrorEquals: ['States.Timeout'], IntervalSeconds: 1, MaxAttempts: 1 }],
  });
  await pass(11);
  expect(tokens).toHaveLength(2);
  await expect(engine.sendTaskSuccess(tokens[0] ?? '', '{}')).rejects.toMatchObject({
    code: 'TaskTimedOut',
  });
  await engine.sendTaskSuccess(tokens[1] ?? '', '{}');
  expect((await engine.waitFor(arn)).status).toBe('SUCCEEDED');
});

test('an expression that gives nothing is a QueryEvaluationError, which Catch can take', async () => {
  const { run } = bench({ invokeLambda: echo });
  const bad = { ...lambdaTask, Output: '{% $states.result.nothing %}' };
  expect(await run(machine({ T: bad }))).toMatchObject({
    status: 'FAILED',
    error: 'States.QueryEvaluationError',
    cause:
      "An error occurred while executing the state 'T' (entered at the event id #2). The JSONata expression '$states.result.nothing' specified for the field 'Output' returned nothing (undefined).",
  });
  const caught = await run(
    machine({
      T: { ...bad, Catch: [{ ErrorEquals: ['States.ALL'], Next: 'C' }] },
      C: { Type: 'Succeed', Output: 'caught' },
    }),
  );
  expect(caught.output).toBe('"caught"');
});

test('other services are called by their key, and their errors carry the service’s name', async () => {
  const seen: unknown[] = [];
  const { run } = bench({
    call: {
      'sqs:sendMessage': async (input) => {
        seen.push(input);
        return { MessageId: 'm' };
      },
      'dynamodb:putItem': async () => {
        throw named('ConditionalCheckFailedException');
      },
    },
  });
  const sent = await run(
    machine({
      S: {
        Type: 'Task',
        Resource: 'arn:aws:states:::sqs:sendMessage',
        Arguments: { QueueUrl: 'q', MessageBody: { a: 1 } },
        End: true,
      },
    }),
  );
  expect(JSON.parse(sent.output ?? '')).toMatchObject({
    MessageId: 'm',
    SdkHttpMetadata: { HttpStatusCode: 200, HttpHeaders: { 'Content-Length': '17' } },
    SdkResponseMetadata: { RequestId: expect.any(String) },
  });
  expect(seen).toEqual([{ QueueUrl: 'q', MessageBody: '{"a":1}' }]);
  const put = await run(
    machine({
      P: {
        Type: 'Task',
        Resource: 'arn:aws:states:::aws-sdk:dynamodb:putItem',
        Arguments: {},
        End: true,
      },
    }),
  );
  expect(put).toMatchObject({
    status: 'FAILED',
    error: 'DynamoDb.ConditionalCheckFailedException',
    cause: expect.stringMatching(
      /^slow down \(Service: DynamoDb, Status Code: 400, Request ID: [\w-]+\)$/,
    ),
  });
});

test('putEvents with a refused entry fails the task', async () => {
  const { run } = bench({
    call: {
      'events:putEvents': async () => ({ FailedEntryCount: 1, Entries: [{ ErrorCode: 'X' }] }),
    },
  });
  const final = await run(
    machine({
      P: {
        Type: 'Task',
        Resource: 'arn:aws:states:::events:putEvents',
        Arguments: { Entries: [{ Detail: { a: 1 } }] },
        End: true,
      },
    }),
  );
  expect(final.error).toBe('EventBridge.FailedEntry');
});

test('startExecution starts another machine', async () => {
  const { engine, start, run } = bench();
  await start(machine({ W: { Type: 'Wait', Seconds: 5, End: true } }), {}, { machine: 'child' });
  const final = await run(
    machine({
      S: {
        Type: 'Task',
        Resource: 'arn:aws:states:::states:startExecution',
        Arguments: {
          StateMachineArn: engine.names.machine('child'),
          Name: 'one',
          Input: { a: '{% $states.input.a %}' },
        },
        End: true,
      },
    }),
    { a: 7 },
  );
  expect(final.status).toBe('SUCCEEDED');
  expect(engine.describeExecution(engine.names.execution('child', 'one'))).toMatchObject({
    input: '{"a":7}',
    status: 'RUNNING',
  });
});

const childOf = (name: string, action: string, arn: string, more: object = {}) =>
  machine({
    S: {
      Type: 'Task',
      Resource: `arn:aws:states:::states:${action}`,
      Arguments: { StateMachineArn: arn, Name: name, Input: { n: 1 } },
      End: true,
      ...more,
    },
  });

test('a path into the context that finds nothing shows the context', async () => {
  const { start, engine } = bench();
  const task = {
    Type: 'Task',
    Resource: 'arn:aws:states:::lambda:invoke',
    Parameters: { FunctionName: 'f', Payload: { 'token.$': '$$.Task.Token' } },
    End: true,
  };
  const arn = await start({ StartAt: 'T', States: { T: task } }, { a: 1 }, { name: 'one' });
  const { cause } = await engine.waitFor(arn);
  expect(cause).toBe(
    `An error occurred while executing the state 'T' (entered at the event id #2). The JSONPath '$$.Task.Token' specified for the field 'token.$' could not be found in the input '{"Execution":{"Id":"${arn}","Input":{"a":1},"StartTime":"2026-03-01T12:00:00.000Z","Name":"one","RoleArn":"arn:aws:iam::000000000000:role/machine","RedriveCount":0},"StateMachine":{"Id":"arn:aws:states:us-east-1:000000000000:stateMachine:m1","Name":"m1"},"State":{"Name":"T","EnteredTime":"2026-03-01T12:00:00.000Z","RetryCount":0}}'`,
  );
});

test('answers and their headers are written in the service’s orders', async () => {
  const { run } = bench({
    invokeLambda: async () => ({ payload: 1 }),
    call: { 'dynamodb:getItem': async () => ({ Item: {}, ConsumedCapacity: { b: 1, a: 2 } }) },
  });
  const invoked = (await run(machine({ T: lambdaTask }))).output ?? '';
  expect([...invoked.matchAll(/"([\w-]+)":\[/g)].map(([, name]) => name)).toEqual([
    'X-Amz-Executed-Version',
    'x-amzn-Remapped-Content-Length',
    'Connection',
    'x-amzn-RequestId',
    'Content-Length',
    'Date',
    'X-Amzn-Trace-Id',
    'Content-Type',
  ]);
  const got = await run(
    machine({
      T: {
        Type: 'Task',
        Resource: 'arn:aws:states:::dynamodb:getItem',
        Arguments: { TableName: 't', Key: {} },
        End: true,
      },
    }),
  );
  expect(got.output).toMatch(/^{"ConsumedCapacity":.*,"Item":.*,"SdkHttpMetadata":{"AllHttp/);
  expect(got.output).toMatch(
    /"HttpHeaders":{"Connection":.*,"Content-Length":.*,"Content-Type":.*,"Date":.*,"Server":.*,"x-amz-crc32":.*,"x-amzn-RequestId":/,
  );
});

test('startExecution.sync waits for the child and gives its output, as text or parsed', async () => {
  const { engine, start, pass } = bench();
  await start(machine({ W: { Type: 'Wait', Seconds: 5, End: true } }), {}, { machine: 'child' });
  const child = engine.names.machine('child');
  const one = await start(childOf('a', 'startExecution.sync', child));
  const two = await start(childOf('b', 'startExecution.sync:2', child));
  await pass(4);
  expect(engine.describeExecution(one).status).toBe('RUNNING');
  await pass(1);
  expect(JSON.parse(engine.describeExecution(one).output ?? '')).toMatchObject({
    Status: 'SUCCEEDED',
    Output: '{"n":1}',
    Name: 'a',
  });
  expect(JSON.parse(engine.describeExecution(two).output ?? '')).toMatchObject({
    Output: { n: 1 },
  });
  expect(engine.history(one).map((event) => event.type)).toEqual([
    'ExecutionStarted',
    'TaskStateEntered',
    'TaskScheduled',
    'TaskStarted',
    'TaskSubmitted',
    'TaskSucceeded',
    'TaskStateExited',
    'ExecutionSucceeded',
  ]);
});

test('a child that fails fails its .sync task; a task given up stops its child', async () => {
  const { engine, start, run, pass } = bench();
  await start(machine({ F: { Type: 'Fail', Error: 'Bad' } }), {}, { machine: 'bad' });
  const failed = await run(childOf('a', 'startExecution.sync', engine.names.machine('bad')));
  expect(failed).toMatchObject({ status: 'FAILED', error: 'States.TaskFailed' });
  expect(JSON.parse(failed.cause ?? '')).toMatchObject({ Status: 'FAILED', Error: 'Bad' });

  await start(machine({ W: { Type: 'Wait', Seconds: 50, End: true } }), {}, { machine: 'slow' });
  const parent = await start(
    childOf('b', 'startExecution.sync', engine.names.machine('slow'), { TimeoutSeconds: 5 }),
  );
  await pass(5);
  const stopped = engine.describeExecution(engine.names.execution('slow', 'b'));
  expect(stopped).toMatchObject({
    status: 'ABORTED',
    cause: `The Task state in AWS Step Functions execution [${parent}] which was managing this resource was aborted`,
  });
  expect(stopped.error).toBeUndefined();
});
