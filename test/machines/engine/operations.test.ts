import {
  ConflictException,
  CreateStateMachineAliasCommand,
  CreateStateMachineCommand,
  DeleteStateMachineAliasCommand,
  DeleteStateMachineCommand,
  DeleteStateMachineVersionCommand,
  DescribeExecutionCommand,
  DescribeStateMachineAliasCommand,
  DescribeStateMachineCommand,
  DescribeStateMachineForExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  ExecutionNotRedrivable,
  GetExecutionHistoryCommand,
  InvalidArn,
  InvalidDefinition,
  InvalidExecutionInput,
  InvalidName,
  InvalidOutput,
  InvalidToken,
  ListExecutionsCommand,
  ListStateMachineAliasesCommand,
  ListStateMachinesCommand,
  ListStateMachineVersionsCommand,
  ListTagsForResourceCommand,
  MissingRequiredParameter,
  PublishStateMachineVersionCommand,
  RedriveExecutionCommand,
  ResourceNotFound,
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
  StartSyncExecutionCommand,
  StateMachineAlreadyExists,
  StateMachineDoesNotExist,
  StateMachineTypeNotSupported,
  StopExecutionCommand,
  TagResourceCommand,
  TaskTimedOut,
  TestStateCommand,
  TooManyTags,
  UntagResourceCommand,
  UpdateStateMachineAliasCommand,
  UpdateStateMachineCommand,
  ValidateStateMachineDefinitionCommand,
  ValidationException,
} from '@aws-sdk/client-sfn';
import { afterEach, expect, test } from 'vitest';
import { serve } from '../../../local/sfn/index.ts';
import { bench, lambdaTask, machine, role, tokenTask } from './harness.ts';

// Every operation by the SDK's own client: the errors are the SDK's own classes only if name and shape fit.

const stops: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

const tokens: string[] = [];

async function wire() {
  const made = bench({
    async invokeLambda(_name, payload) {
      tokens.push(/"token":"([^"]+)"/.exec(JSON.stringify(payload))?.[1] ?? '');
      return { payload: {} };
    },
  });
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
    name: string,
    definition: object,
    type: 'STANDARD' | 'EXPRESS' = 'STANDARD',
  ) => {
    const made = await client.send(
      new CreateStateMachineCommand({
        name,
        definition: JSON.stringify(definition),
        roleArn: role,
        type,
      }),
    );
    return made.stateMachineArn ?? '';
  };
  return { ...made, client, create };
}

const passing = machine({ P: { Type: 'Pass', End: true } });
const waiting = machine({ W: { Type: 'Wait', Seconds: 60, End: true } });
const base = 'arn:aws:states:us-east-1:000000000000';

test('machines: create, describe, list, update, delete and what each refuses', async () => {
  const { client, create } = await wire();
  const stateMachineArn = await create('m', passing);
  // The same again is the same machine, whatever role and tags it comes with.
  const again = await client.send(
    new CreateStateMachineCommand({
      name: 'm',
      definition: JSON.stringify(passing),
      roleArn: `${role}2`,
      tags: [{ key: 'a', value: 'b' }],
    }),
  );
  expect(again.stateMachineArn).toBe(stateMachineArn);
  await expect(create('m', waiting)).rejects.toBeInstanceOf(StateMachineAlreadyExists);
  await expect(create('bad name', passing)).rejects.toBeInstanceOf(InvalidName);
  await expect(create('x', {})).rejects.toBeInstanceOf(InvalidDefinition);
  await expect(
    client.send(new CreateStateMachineCommand({ name: 'x', definition: '{}', roleArn: 'r' })),
  ).rejects.toBeInstanceOf(InvalidArn);
  await expect(
    client.send(new DescribeStateMachineCommand({ stateMachineArn: 'nonsense' })),
  ).rejects.toBeInstanceOf(InvalidArn);
  await expect(
    client.send(new UpdateStateMachineCommand({ stateMachineArn })),
  ).rejects.toBeInstanceOf(MissingRequiredParameter);
  const updated = await client.send(
    new UpdateStateMachineCommand({ stateMachineArn, definition: JSON.stringify(waiting) }),
  );
  expect(updated.updateDate).toBeInstanceOf(Date);
  expect(updated.$metadata.requestId).toMatch(/^[\da-f-]{36}$/);
  const { revisionId } = await client.send(new DescribeStateMachineCommand({ stateMachineArn }));
  expect(updated.revisionId).toBe(revisionId);
  expect((await client.send(new ListStateMachinesCommand({}))).stateMachines).toHaveLength(1);
  await client.send(new DeleteStateMachineCommand({ stateMachineArn }));
  for (const send of [
    () => client.send(new DescribeStateMachineCommand({ stateMachineArn })),
    () => client.send(new UpdateStateMachineCommand({ stateMachineArn, roleArn: role })),
    () => client.send(new StartExecutionCommand({ stateMachineArn })),
    () => client.send(new ListExecutionsCommand({ stateMachineArn })),
    () => client.send(new PublishStateMachineVersionCommand({ stateMachineArn })),
  ])
    await expect(send()).rejects.toBeInstanceOf(StateMachineDoesNotExist);
});

test('a machine’s description says which states read which variables', async () => {
  const { client, create } = await wire();
  const stateMachineArn = await create(
    'm',
    machine({
      A: { Type: 'Pass', Assign: { x: 1 }, Next: 'B' },
      B: {
        Type: 'Pass',
        Output: '{% ($own := 2; $x + $own + $sum([1]) & "$text") %}',
        Next: 'C',
      },
      C: { Type: 'Pass', End: true },
    }),
  );
  const { variableReferences } = await client.send(
    new DescribeStateMachineCommand({ stateMachineArn }),
  );
  expect(variableReferences).toEqual({ B: ['x'] });
});

test('a definition is validated with every fault, their codes and places', async () => {
  const { client } = await wire();
  const verdict = await client.send(
    new ValidateStateMachineDefinitionCommand({
      definition: JSON.stringify({
        StartAt: 'A',
        States: { A: { Type: 'Pass', Next: 'X' }, B: { Type: 'Pass', End: true } },
      }),
    }),
  );
  expect(verdict).toMatchObject({ result: 'FAIL', truncated: false });
  expect(verdict.diagnostics).toEqual([
    {
      severity: 'ERROR',
      code: 'MISSING_TRANSITION_TARGET',
      message: "Missing 'Next' target: X",
      location: '/States/A/Next',
    },
    {
      severity: 'ERROR',
      code: 'MISSING_TRANSITION_TARGET',
      message: 'State "B" is not reachable.',
      location: '/States/B',
    },
  ]);
  const loop = await client.send(
    new ValidateStateMachineDefinitionCommand({
      definition: '{"StartAt":"A","States":{"A":{"Type":"Pass","Next":"A"}}}',
    }),
  );
  expect(loop.diagnostics).toEqual([
    { severity: 'ERROR', code: 'MISSING_END_STATE', message: 'Workflow has no terminal state' },
  ]);
});

test('versions and aliases: publish, list, route, change, delete and what each refuses', async () => {
  const { client, create } = await wire();
  const stateMachineArn = await create('m', passing);
  const one = await client.send(new PublishStateMachineVersionCommand({ stateMachineArn }));
  expect(one.stateMachineVersionArn).toBe(`${stateMachineArn}:1`);
  await expect(
    client.send(new PublishStateMachineVersionCommand({ stateMachineArn, revisionId: 'other' })),
  ).rejects.toBeInstanceOf(ConflictException);
  const routing = (weight: number) => [
    { stateMachineVersionArn: one.stateMachineVersionArn, weight },
  ];
  const { stateMachineAliasArn } = await client.send(
    new CreateStateMachineAliasCommand({ name: 'live', routingConfiguration: routing(100) }),
  );
  await expect(
    client.send(
      new CreateStateMachineAliasCommand({ name: 'half', routingConfiguration: routing(50) }),
    ),
  ).rejects.toBeInstanceOf(ValidationException);
  await client.send(new UpdateStateMachineAliasCommand({ stateMachineAliasArn, description: 'd' }));
  expect(
    await client.send(new DescribeStateMachineAliasCommand({ stateMachineAliasArn })),
  ).toMatchObject({ name: 'live', description: 'd', routingConfiguration: routing(100) });
  const { stateMachineAliases } = await client.send(
    new ListStateMachineAliasesCommand({ stateMachineArn }),
  );
  expect(stateMachineAliases).toHaveLength(1);
  await expect(
    client.send(
      new DeleteStateMachineVersionCommand({
        stateMachineVersionArn: one.stateMachineVersionArn,
      }),
    ),
  ).rejects.toBeInstanceOf(ConflictException);
  await client.send(new DeleteStateMachineAliasCommand({ stateMachineAliasArn }));
  await expect(
    client.send(new DescribeStateMachineAliasCommand({ stateMachineAliasArn })),
  ).rejects.toBeInstanceOf(ResourceNotFound);
  await client.send(
    new DeleteStateMachineVersionCommand({ stateMachineVersionArn: one.stateMachineVersionArn }),
  );
  const { stateMachineVersions } = await client.send(
    new ListStateMachineVersionsCommand({ stateMachineArn }),
  );
  expect(stateMachineVersions).toEqual([]);
});

test('executions: start, describe, list, stop, redrive, history and what each refuses', async () => {
  const { client, create, engine, pass } = await wire();
  const stateMachineArn = await create('m', waiting);
  const start = (name: string, input?: string) =>
    client.send(
      new StartExecutionCommand({
        stateMachineArn,
        name,
        ...(input === undefined ? {} : { input }),
      }),
    );
  const { executionArn } = await start('one');
  expect((await start('one')).executionArn).toBe(executionArn);
  await expect(start('one', '{"a":1}')).rejects.toBeInstanceOf(ExecutionAlreadyExists);
  await expect(start('two', 'no json')).rejects.toBeInstanceOf(InvalidExecutionInput);
  await expect(start('a:b')).rejects.toBeInstanceOf(InvalidName);
  const missing = `${base}:execution:m:none`;
  for (const send of [
    () => client.send(new DescribeExecutionCommand({ executionArn: missing })),
    () => client.send(new DescribeStateMachineForExecutionCommand({ executionArn: missing })),
    () => client.send(new GetExecutionHistoryCommand({ executionArn: missing })),
    () => client.send(new StopExecutionCommand({ executionArn: missing })),
    () => client.send(new RedriveExecutionCommand({ executionArn: missing })),
  ])
    await expect(send()).rejects.toBeInstanceOf(ExecutionDoesNotExist);
  await expect(client.send(new RedriveExecutionCommand({ executionArn }))).rejects.toBeInstanceOf(
    ExecutionNotRedrivable,
  );
  const running = await client.send(
    new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING' }),
  );
  expect(running.executions?.map((one) => one.name)).toEqual(['one']);
  const { stopDate } = await client.send(
    new StopExecutionCommand({ executionArn, error: 'E', cause: 'C' }),
  );
  expect(stopDate).toBeInstanceOf(Date);
  const history = await client.send(
    new GetExecutionHistoryCommand({ executionArn, reverseOrder: true, maxResults: 1 }),
  );
  expect(history.events?.[0]).toMatchObject({
    type: 'ExecutionAborted',
    executionAbortedEventDetails: { error: 'E', cause: 'C' },
  });
  expect(history.nextToken).toBeDefined();
  await client.send(new RedriveExecutionCommand({ executionArn }));
  await pass(60);
  await engine.idle();
  expect(await client.send(new DescribeExecutionCommand({ executionArn }))).toMatchObject({
    status: 'SUCCEEDED',
    redriveCount: 1,
    redriveStatus: 'NOT_REDRIVABLE',
  });
});

test('an Express machine is run synchronously, and has no list of executions', async () => {
  const { client, create } = await wire();
  const stateMachineArn = await create('x', passing, 'EXPRESS');
  const run = await client.send(
    new StartSyncExecutionCommand({ stateMachineArn, input: '{"a":1}', traceHeader: 't' }),
  );
  expect(run).toMatchObject({ status: 'SUCCEEDED', output: '{"a":1}', traceHeader: 't' });
  expect(run.billingDetails?.billedMemoryUsedInMB).toBe(64);
  const standard = await create('s', passing);
  for (const send of [
    () => client.send(new ListExecutionsCommand({ stateMachineArn })),
    () => client.send(new StartSyncExecutionCommand({ stateMachineArn: standard })),
  ])
    await expect(send()).rejects.toBeInstanceOf(StateMachineTypeNotSupported);
});

test('task tokens: success, failure, heartbeat and what each refuses', async () => {
  const { client, create, engine } = await wire();
  const stateMachineArn = await create('m', machine({ T: tokenTask }));
  const { executionArn } = await client.send(new StartExecutionCommand({ stateMachineArn }));
  await engine.idle();
  const taskToken = tokens.at(-1) ?? '';
  await client.send(new SendTaskHeartbeatCommand({ taskToken }));
  await expect(
    client.send(new SendTaskSuccessCommand({ taskToken, output: '{' })),
  ).rejects.toBeInstanceOf(InvalidOutput);
  await client.send(new SendTaskSuccessCommand({ taskToken, output: '1' }));
  expect((await engine.waitFor(executionArn ?? '')).output).toBe('1');
  for (const send of [
    () => client.send(new SendTaskSuccessCommand({ taskToken, output: '1' })),
    () => client.send(new SendTaskFailureCommand({ taskToken })),
    () => client.send(new SendTaskHeartbeatCommand({ taskToken })),
  ])
    await expect(send()).rejects.toBeInstanceOf(TaskTimedOut);
  await expect(
    client.send(new SendTaskFailureCommand({ taskToken: 'forged' })),
  ).rejects.toBeInstanceOf(InvalidToken);
});

test('tags: set, list, take away and what each refuses', async () => {
  const { client, create } = await wire();
  const resourceArn = await create('m', machine({ T: lambdaTask }));
  await client.send(new TagResourceCommand({ resourceArn, tags: [{ key: 'a', value: '1' }] }));
  await client.send(new TagResourceCommand({ resourceArn, tags: [{ key: 'b', value: '2' }] }));
  await client.send(new UntagResourceCommand({ resourceArn, tagKeys: ['a'] }));
  expect((await client.send(new ListTagsForResourceCommand({ resourceArn }))).tags).toEqual([
    { key: 'b', value: '2' },
  ]);
  const many = Array.from({ length: 51 }, (_, n) => ({ key: `k${n}`, value: 'v' }));
  await expect(
    client.send(new TagResourceCommand({ resourceArn, tags: many })),
  ).rejects.toBeInstanceOf(TooManyTags);
  await expect(
    client.send(new TagResourceCommand({ resourceArn: `${resourceArn}x`, tags: [] })),
  ).rejects.toBeInstanceOf(ResourceNotFound);
});

test('a state is tried by itself', async () => {
  const { client } = await wire();
  const tried = await client.send(
    new TestStateCommand({
      definition: JSON.stringify({ ...lambdaTask, QueryLanguage: 'JSONata' }),
      mock: { errorOutput: { error: 'E', cause: 'C' } },
      inspectionLevel: 'DEBUG',
    }),
  );
  expect(tried).toMatchObject({ status: 'FAILED', error: 'E', cause: 'C' });
  expect(tried.inspectionData?.afterArguments).toBe('{"FunctionName":"work","Payload":{}}');
});

test('what is left for later is refused by name', async () => {
  const { client } = await wire();
  const { CreateActivityCommand, ListMapRunsCommand } = await import('@aws-sdk/client-sfn');
  await expect(client.send(new CreateActivityCommand({ name: 'a' }))).rejects.toThrow(
    'activities are not available here',
  );
  await expect(
    client.send(new ListMapRunsCommand({ executionArn: `${base}:execution:m:e` })),
  ).rejects.toThrow('distributed Maps are not available here');
});
