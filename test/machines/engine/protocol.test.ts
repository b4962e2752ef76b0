import {
  CreateStateMachineAliasCommand,
  CreateStateMachineCommand,
  DeleteStateMachineCommand,
  DescribeExecutionCommand,
  DescribeStateMachineAliasCommand,
  DescribeStateMachineCommand,
  DescribeStateMachineForExecutionCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  ListStateMachinesCommand,
  ListStateMachineVersionsCommand,
  ListTagsForResourceCommand,
  PublishStateMachineVersionCommand,
  RedriveExecutionCommand,
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
  StartSyncExecutionCommand,
  StopExecutionCommand,
  TagResourceCommand,
  UpdateStateMachineCommand,
  ValidateStateMachineDefinitionCommand,
} from '@aws-sdk/client-sfn';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Integrations, serve } from '../../../local/sfn/index.ts';
import { began, bench, lambdaTask, machine, role, tokenTask } from './harness.ts';

let stops: (() => Promise<void> | void)[] = [];
beforeEach(() => {
  stops = [];
});
afterEach(async () => {
  for (const stop of stops) await stop();
});

async function wire(integrations: Integrations = {}) {
  const made = bench(integrations);
  const served = await serve(made.engine);
  const client = new SFNClient({
    endpoint: served.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    disableHostPrefix: true,
    maxAttempts: 1,
  });
  stops.push(
    () => client.destroy(),
    () => served.close(),
  );
  const create = async (
    definition: object,
    name = 'm',
    type: 'STANDARD' | 'EXPRESS' = 'STANDARD',
  ) =>
    (
      await client.send(
        new CreateStateMachineCommand({
          name,
          definition: JSON.stringify(definition),
          roleArn: role,
          type,
        }),
      )
    ).stateMachineArn ?? '';
  return { ...made, client, create, url: served.url };
}

const passOn = machine({ P: { Type: 'Pass', End: true } });
const asking = (tokens: string[]): Integrations => ({
  async invokeLambda(_name, payload) {
    tokens.push(JSON.stringify(payload).split('"')[3] ?? '');
    return { payload: null };
  },
});

test('a machine is created, described, listed, updated and deleted', async () => {
  const { client, create } = await wire();
  const stateMachineArn = await create(passOn);
  expect(stateMachineArn).toBe('arn:aws:states:us-east-1:000000000000:stateMachine:m');
  expect(await create(passOn)).toBe(stateMachineArn);
  await expect(create(machine({ Q: { Type: 'Succeed' } }))).rejects.toMatchObject({
    name: 'StateMachineAlreadyExists',
  });
  const described = await client.send(new DescribeStateMachineCommand({ stateMachineArn }));
  expect(described).toMatchObject({
    name: 'm',
    status: 'ACTIVE',
    type: 'STANDARD',
    roleArn: role,
    definition: JSON.stringify(passOn),
    creationDate: new Date(began),
  });
  await client.send(
    new UpdateStateMachineCommand({
      stateMachineArn,
      definition: JSON.stringify(machine({ Q: { Type: 'Succeed' } })),
    }),
  );
  const updated = await client.send(new DescribeStateMachineCommand({ stateMachineArn }));
  expect(updated.definition).toContain('"Q"');
  expect((await client.send(new ListStateMachinesCommand({}))).stateMachines).toHaveLength(1);
  await client.send(new DeleteStateMachineCommand({ stateMachineArn }));
  await expect(
    client.send(new DescribeStateMachineCommand({ stateMachineArn })),
  ).rejects.toMatchObject({
    name: 'StateMachineDoesNotExist',
  });
});

test('a definition that does not hold is refused, naming the place', async () => {
  const { client, create } = await wire();
  await expect(create(machine({ P: { Type: 'Pass', Nxt: 'Q', End: true } }))).rejects.toMatchObject(
    {
      name: 'InvalidDefinition',
      message: expect.stringContaining('Nxt'),
    },
  );
  await expect(create(machine({ P: { Type: 'Pass', Next: 'Q' } }))).rejects.toThrow(/Q/);
  await expect(create(machine({ P: { Type: 'Odd', End: true } }))).rejects.toThrow(
    '/States/P/Type',
  );
  await expect(
    create(machine({ P: { Type: 'Task', Resource: 'arn:aws:states:::nothing:here', End: true } })),
  ).rejects.toThrow(/nothing:here/);
  for (const expression of ['a ?: b', 'a ?? b'])
    await expect(
      create(machine({ P: { Type: 'Pass', Output: `{% ${expression} %}`, End: true } })),
    ).rejects.toThrow(/JSONATA/);
  const verdict = await client.send(
    new ValidateStateMachineDefinitionCommand({ definition: '{"StartAt":"X","States":{}}' }),
  );
  expect(verdict.result).toBe('FAIL');
});

test('a start by name is answered again while it runs with the same input, and refused otherwise', async () => {
  const { client, create, pass } = await wire();
  const stateMachineArn = await create(machine({ W: { Type: 'Wait', Seconds: 10, End: true } }));
  const start = (input: string) =>
    client.send(new StartExecutionCommand({ stateMachineArn, name: 'one', input }));
  const first = await start('{"a":1}');
  await pass(5);
  expect(await start('{"a":1}')).toMatchObject({
    executionArn: first.executionArn,
    startDate: first.startDate,
  });
  await expect(start('{"a":2}')).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
  await pass(5);
  await expect(start('{"a":1}')).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
  await pass(90 * 24 * 3600);
  expect((await start('{"a":1}')).executionArn).toBe(first.executionArn);
});

test('what cannot be started is refused by its own error', async () => {
  const { client, create } = await wire();
  const stateMachineArn = await create(passOn);
  const start = (request: { stateMachineArn: string; name?: string; input?: string }) =>
    client.send(new StartExecutionCommand(request));
  await expect(start({ stateMachineArn: `${stateMachineArn}x` })).rejects.toMatchObject({
    name: 'StateMachineDoesNotExist',
  });
  await expect(start({ stateMachineArn: 'nonsense' })).rejects.toMatchObject({
    name: 'InvalidArn',
  });
  await expect(start({ stateMachineArn, name: 'a b' })).rejects.toMatchObject({
    name: 'InvalidName',
  });
  await expect(start({ stateMachineArn, input: '{' })).rejects.toMatchObject({
    name: 'InvalidExecutionInput',
  });
  await expect(
    client.send(
      new DescribeExecutionCommand({
        executionArn: 'arn:aws:states:us-east-1:000000000000:execution:m:no',
      }),
    ),
  ).rejects.toMatchObject({ name: 'ExecutionDoesNotExist' });
});

test('an Express machine is run synchronously, with its output or its error', async () => {
  const { client, create } = await wire({
    invokeLambda: async (_name, payload) => ({ payload }),
  });
  const stateMachineArn = await create(
    machine({ T: { ...lambdaTask, Output: '{% $states.result.Payload %}' } }),
    'quick',
    'EXPRESS',
  );
  const good = await client.send(
    new StartSyncExecutionCommand({ stateMachineArn, name: 'n', input: '{"a":1}' }),
  );
  expect(good).toMatchObject({ status: 'SUCCEEDED', output: '{"a":1}', name: 'n' });
  expect(good.executionArn).toContain(':express:quick:n:');
  const failing = await create(machine({ F: { Type: 'Fail', Error: 'No' } }), 'bad', 'EXPRESS');
  expect(
    await client.send(new StartSyncExecutionCommand({ stateMachineArn: failing })),
  ).toMatchObject({ status: 'FAILED', error: 'No' });
  const standard = await create(passOn);
  await expect(
    client.send(new StartSyncExecutionCommand({ stateMachineArn: standard })),
  ).rejects.toMatchObject({ name: 'StateMachineTypeNotSupported' });
});

test('a token is answered, kept alive and refused over the wire', async () => {
  const tokens: string[] = [];
  const { client, create, engine } = await wire(asking(tokens));
  const stateMachineArn = await create(machine({ T: { ...tokenTask, HeartbeatSeconds: 10 } }));
  const started = await client.send(new StartExecutionCommand({ stateMachineArn }));
  await engine.idle();
  const taskToken = tokens[0] ?? '';
  await client.send(new SendTaskHeartbeatCommand({ taskToken }));
  await client.send(new SendTaskSuccessCommand({ taskToken, output: '{"x":1}' }));
  expect(
    await client.send(new DescribeExecutionCommand({ executionArn: started.executionArn })),
  ).toMatchObject({ status: 'SUCCEEDED', output: '{"x":1}' });
  await expect(
    client.send(new SendTaskFailureCommand({ taskToken, error: 'late' })),
  ).rejects.toMatchObject({ name: 'TaskTimedOut' });
  await expect(
    client.send(new SendTaskSuccessCommand({ taskToken: 'x', output: '{}' })),
  ).rejects.toMatchObject({ name: 'InvalidToken' });
});

test('the history is given in pages, forwards and backwards', async () => {
  const { client, create, engine } = await wire();
  const stateMachineArn = await create(
    machine({ A: { Type: 'Pass', Next: 'B' }, B: { Type: 'Pass', Output: 1, End: true } }),
  );
  const { executionArn } = await client.send(
    new StartExecutionCommand({ stateMachineArn, input: '{"a":1}' }),
  );
  await engine.idle();
  const all = await client.send(new GetExecutionHistoryCommand({ executionArn }));
  expect(all.events?.map((event) => [event.id, event.previousEventId, event.type])).toEqual([
    [1, 0, 'ExecutionStarted'],
    [2, 0, 'PassStateEntered'],
    [3, 2, 'PassStateExited'],
    [4, 3, 'PassStateEntered'],
    [5, 4, 'PassStateExited'],
    [6, 5, 'ExecutionSucceeded'],
  ]);
  expect(all.events?.[1]?.stateEnteredEventDetails).toEqual({
    name: 'A',
    input: '{"a":1}',
    inputDetails: { truncated: false },
  });
  const pages: (number | undefined)[][] = [];
  let nextToken: string | undefined;
  do {
    const page = await client.send(
      new GetExecutionHistoryCommand({
        executionArn,
        maxResults: 4,
        reverseOrder: true,
        nextToken,
      }),
    );
    pages.push((page.events ?? []).map((event) => event.id));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  expect(pages).toEqual([
    [6, 5, 4, 3],
    [2, 1],
  ]);
});

test('executions are listed newest first, by status and in pages', async () => {
  const { client, create, pass } = await wire();
  const stateMachineArn = await create(machine({ W: { Type: 'Wait', Seconds: 100, End: true } }));
  for (const name of ['a', 'b', 'c']) {
    await client.send(new StartExecutionCommand({ stateMachineArn, name }));
    await pass(40);
  }
  const list = (extra: object) =>
    client.send(new ListExecutionsCommand({ stateMachineArn, ...extra }));
  const first = await list({ maxResults: 2 });
  expect(first.executions?.map((one) => one.name)).toEqual(['c', 'b']);
  const second = await list({ maxResults: 2, nextToken: first.nextToken });
  expect(second.executions?.map((one) => one.name)).toEqual(['a']);
  expect((await list({ statusFilter: 'SUCCEEDED' })).executions?.map((one) => one.name)).toEqual([
    'a',
  ]);
});

test('a running execution is stopped; one that failed is redriven at its failed state', async () => {
  let fails = true;
  const calls: string[] = [];
  const { client, create, engine } = await wire({
    async invokeLambda(name) {
      calls.push(name);
      if (fails && name === 'two')
        return { payload: { errorType: 'E' }, functionError: 'Unhandled' };
      return { payload: 1 };
    },
  });
  const step = (name: string) => ({ ...lambdaTask, Arguments: { FunctionName: name } });
  const { End: _end, ...one } = step('one');
  const stateMachineArn = await create(machine({ One: { ...one, Next: 'Two' }, Two: step('two') }));
  const { executionArn } = await client.send(new StartExecutionCommand({ stateMachineArn }));
  await engine.idle();
  expect(await client.send(new DescribeExecutionCommand({ executionArn }))).toMatchObject({
    status: 'FAILED',
    error: 'E',
    redriveStatus: 'REDRIVABLE',
  });
  fails = false;
  await client.send(new RedriveExecutionCommand({ executionArn }));
  await engine.idle();
  expect(await client.send(new DescribeExecutionCommand({ executionArn }))).toMatchObject({
    status: 'SUCCEEDED',
    redriveCount: 1,
  });
  expect(calls).toEqual(['one', 'two', 'two']);
  expect(
    await client.send(new DescribeStateMachineForExecutionCommand({ executionArn })),
  ).toMatchObject({ stateMachineArn });
  await expect(client.send(new RedriveExecutionCommand({ executionArn }))).rejects.toMatchObject({
    name: 'ExecutionNotRedrivable',
  });

  const waiting = await create(machine({ W: { Type: 'Wait', Seconds: 9, End: true } }), 'w');
  const running = await client.send(new StartExecutionCommand({ stateMachineArn: waiting }));
  await client.send(
    new StopExecutionCommand({ executionArn: running.executionArn, error: 'Stop', cause: 'me' }),
  );
  expect(
    await client.send(new DescribeExecutionCommand({ executionArn: running.executionArn })),
  ).toMatchObject({ status: 'ABORTED', error: 'Stop', cause: 'me' });
});

test('the API’s faults are told in AWS’s words', async () => {
  const { client, create } = await wire();
  const express = await create(passOn, 'quick', 'EXPRESS');
  const fault = async (send: Promise<unknown>) => {
    const error = await send.then(
      () => new Error('answered'),
      (thrown: unknown) => thrown,
    );
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  };
  expect(await fault(client.send(new ListExecutionsCommand({ stateMachineArn: express })))).toBe(
    'StateMachineTypeNotSupported: This operation is not supported by this type of state machine',
  );
  const { executionArn } = await client.send(
    new StartExecutionCommand({ stateMachineArn: express }),
  );
  expect(await fault(client.send(new DescribeExecutionCommand({ executionArn })))).toBe(
    "InvalidArn: Invalid Arn: 'Resource type not valid in this context: express'",
  );
  expect(await fault(client.send(new DescribeExecutionCommand({ executionArn: 'odd' })))).toBe(
    "InvalidArn: Invalid Arn: 'Invalid ARN prefix: odd'",
  );
  expect(await fault(client.send(new ListStateMachinesCommand({ maxResults: 1001 })))).toBe(
    "ValidationException: 1 validation error detected: Value '1001' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 1000",
  );
  expect(
    await fault(client.send(new StartExecutionCommand({ stateMachineArn: express, input: '' }))),
  ).toBe(
    "InvalidExecutionInput: Invalid State Machine Execution Input: 'Invalid execution input.'",
  );
});

test('versions, aliases and tags go over the wire', async () => {
  const { client, create } = await wire();
  const stateMachineArn = await create(passOn);
  const version = await client.send(new PublishStateMachineVersionCommand({ stateMachineArn }));
  const { stateMachineVersionArn } = version;
  const alias = await client.send(
    new CreateStateMachineAliasCommand({
      name: 'live',
      routingConfiguration: [{ stateMachineVersionArn, weight: 100 }],
    }),
  );
  const { stateMachineAliasArn } = alias;
  expect(
    await client.send(new DescribeStateMachineAliasCommand({ stateMachineAliasArn })),
  ).toMatchObject({
    name: 'live',
    routingConfiguration: [{ stateMachineVersionArn, weight: 100 }],
  });
  const started = await client.send(
    new StartExecutionCommand({ stateMachineArn: stateMachineAliasArn }),
  );
  expect(
    await client.send(new DescribeExecutionCommand({ executionArn: started.executionArn })),
  ).toMatchObject({ stateMachineAliasArn, stateMachineVersionArn });
  const { stateMachineVersions } = await client.send(
    new ListStateMachineVersionsCommand({ stateMachineArn }),
  );
  expect(stateMachineVersions).toHaveLength(1);
  await client.send(
    new TagResourceCommand({ resourceArn: stateMachineArn, tags: [{ key: 'a', value: '1' }] }),
  );
  expect(
    (await client.send(new ListTagsForResourceCommand({ resourceArn: stateMachineArn }))).tags,
  ).toEqual([{ key: 'a', value: '1' }]);
});

test('a redrive does the failed iterations again and no finished one', async () => {
  let broken = true;
  const calls: unknown[] = [];
  const { client, create, engine } = await wire({
    async invokeLambda(_name, payload) {
      calls.push(payload);
      if (broken && payload === '2')
        return { payload: { errorType: 'E' }, functionError: 'Handled' };
      return { payload };
    },
  });
  const stateMachineArn = await create(
    machine({
      M: {
        Type: 'Map',
        Items: ['1', '2', '3'],
        MaxConcurrency: 1,
        ItemProcessor: {
          StartAt: 'T',
          States: { T: { ...lambdaTask, Output: '{% $states.result.Payload %}' } },
        },
        End: true,
      },
    }),
  );
  const { executionArn } = await client.send(new StartExecutionCommand({ stateMachineArn }));
  await engine.idle();
  broken = false;
  await client.send(new RedriveExecutionCommand({ executionArn }));
  await engine.idle();
  expect(await client.send(new DescribeExecutionCommand({ executionArn }))).toMatchObject({
    status: 'SUCCEEDED',
    output: '["1","2","3"]',
  });
  expect(calls).toEqual(['1', '2', '2', '3']);
});

test('an execution that failed more than 14 days ago cannot be redriven', async () => {
  const { client, create, engine, pass } = await wire();
  const stateMachineArn = await create(machine({ F: { Type: 'Fail' } }));
  const { executionArn } = await client.send(new StartExecutionCommand({ stateMachineArn }));
  await engine.idle();
  await pass(14 * 24 * 3600 + 1);
  await expect(client.send(new RedriveExecutionCommand({ executionArn }))).rejects.toMatchObject({
    name: 'ExecutionNotRedrivable',
  });
});
