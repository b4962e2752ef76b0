import { expect, test } from 'vitest';
import * as z from 'zod';
import { asking } from './asking.ts';
import { began, machine, role } from './harness.ts';

const passing = machine({ P: { Type: 'Pass', Output: { v: 1 }, End: true } });
const failing = machine({ F: { Type: 'Fail', Error: 'E', Cause: 'C' } });
const definition = JSON.stringify(passing);
const text = z.string();

test('a machine’s description has every field, with the defaults of what was not given', async () => {
  const { ask, create } = await asking();
  const stateMachineArn = await create('m', passing);
  expect(await ask('DescribeStateMachine', { stateMachineArn })).toEqual({
    stateMachineArn,
    name: 'm',
    status: 'ACTIVE',
    definition,
    roleArn: role,
    type: 'STANDARD',
    creationDate: began / 1000,
    loggingConfiguration: { level: 'OFF', includeExecutionData: false },
    tracingConfiguration: { enabled: false },
    encryptionConfiguration: { type: 'AWS_OWNED_KEY' },
  });
});

test('METADATA_ONLY leaves out definition and data', async () => {
  const { ask, create, engine } = await asking();
  const stateMachineArn = await create('m', passing);
  const { executionArn } = await ask('StartExecution', { stateMachineArn });
  await engine.idle();
  const includedData = 'METADATA_ONLY';
  const machineOnly = await ask('DescribeStateMachine', { stateMachineArn, includedData });
  expect(machineOnly['definition']).toBe('{}');
  const forExecution = await ask('DescribeStateMachineForExecution', {
    executionArn,
    includedData,
  });
  expect(forExecution['definition']).toBe('{}');
  const execution = await ask('DescribeExecution', { executionArn, includedData });
  expect(execution['status']).toBe('SUCCEEDED');
  for (const field of ['input', 'output', 'inputDetails', 'outputDetails'])
    expect(execution).not.toHaveProperty(field);
  const quick = await create('x', passing, { type: 'EXPRESS' });
  const sync = await ask('StartSyncExecution', { stateMachineArn: quick, includedData });
  expect(sync['status']).toBe('SUCCEEDED');
  expect(sync).not.toHaveProperty('output');
});

test('an execution’s description says what came of it and whether it can be redriven', async () => {
  const { ask, create, engine } = await asking();
  const stateMachineArn = await create('m', failing);
  const traceHeader = 'Root=1-2-3';
  const { executionArn } = await ask('StartExecution', { stateMachineArn, name: 'e', traceHeader });
  await engine.idle();
  expect(await ask('DescribeExecution', { executionArn })).toEqual({
    executionArn,
    stateMachineArn,
    name: 'e',
    status: 'FAILED',
    startDate: began / 1000,
    stopDate: began / 1000,
    input: '{}',
    inputDetails: { included: true },
    error: 'E',
    cause: 'C',
    traceHeader,
    redriveCount: 0,
    redriveStatus: 'REDRIVABLE',
  });
});

test('a revision’s settings stay with its executions when the machine’s are changed', async () => {
  const { ask, create, engine } = await asking();
  const destinations = [{ cloudWatchLogsLogGroup: { logGroupArn: 'arn:aws:logs:a:b:c:*' } }];
  const stateMachineArn = await create('m', passing, {
    loggingConfiguration: { level: 'ALL', destinations },
  });
  const { executionArn } = await ask('StartExecution', { stateMachineArn });
  await engine.idle();
  await ask('UpdateStateMachine', { stateMachineArn, tracingConfiguration: { enabled: true } });
  const logged = { level: 'ALL', includeExecutionData: false, destinations };
  expect(await ask('DescribeStateMachine', { stateMachineArn })).toMatchObject({
    loggingConfiguration: logged,
    tracingConfiguration: { enabled: true },
  });
  expect(await ask('DescribeStateMachineForExecution', { executionArn })).toMatchObject({
    loggingConfiguration: logged,
    tracingConfiguration: { enabled: false },
  });
});

test('an update that changes nothing makes no revision, and publishing it no version', async () => {
  const { ask, create } = await asking();
  const stateMachineArn = await create('m', passing);
  const change = (more: object) =>
    ask('UpdateStateMachine', { stateMachineArn, publish: true, ...more });
  // Other white space is the same definition.
  const same = await change({ definition: JSON.stringify(passing, null, 2), roleArn: role });
  expect(same).toEqual({
    updateDate: began / 1000,
    stateMachineVersionArn: `${stateMachineArn}:1`,
  });
  const other = await change({ definition: JSON.stringify(failing), versionDescription: 'two' });
  expect(other['stateMachineVersionArn']).toBe(`${stateMachineArn}:2`);
  const again = await change({ definition: JSON.stringify(failing) });
  expect(again).toEqual(other);
  const version = await ask('DescribeStateMachine', { stateMachineArn: `${stateMachineArn}:2` });
  expect(version).toMatchObject({
    description: 'two',
    revisionId: text.parse(other['revisionId']),
  });
});

test('the first revision is published as INITIAL, and as nothing else once there is another', async () => {
  const { ask, create } = await asking();
  const stateMachineArn = await create('m', passing);
  const publish = () =>
    ask('PublishStateMachineVersion', { stateMachineArn, revisionId: 'INITIAL' });
  expect(await publish()).toEqual({
    stateMachineVersionArn: `${stateMachineArn}:1`,
    creationDate: began / 1000,
  });
  await ask('UpdateStateMachine', { stateMachineArn, definition: JSON.stringify(failing) });
  expect(await publish()).toMatchObject({ __type: 'ConflictException' });
});

test('creating with settings that are the defaults is creating without them', async () => {
  const { create } = await asking();
  const arn = await create('m', passing);
  const tracingConfiguration = { enabled: false };
  expect(await create('m', passing, { tracingConfiguration })).toBe(arn);
});

test('aliases are listed newest first, and by the version they lead to', async () => {
  const { ask, create, pass } = await asking();
  const stateMachineArn = await create('m', passing, { publish: true });
  await ask('UpdateStateMachine', {
    ...{ stateMachineArn, publish: true },
    definition: JSON.stringify(failing),
  });
  for (const [name, version] of [
    ['b', 1],
    ['a', 2],
    ['c', 2],
  ] as const) {
    await ask('CreateStateMachineAlias', {
      name,
      routingConfiguration: [
        { stateMachineVersionArn: `${stateMachineArn}:${version}`, weight: 100 },
      ],
    });
    await pass(1);
  }
  const list = async (arn: string) => {
    const answer = await ask('ListStateMachineAliases', { stateMachineArn: arn });
    const aliases = z.array(z.object({ stateMachineAliasArn: text }));
    return aliases
      .parse(answer['stateMachineAliases'])
      .map((one) => one.stateMachineAliasArn.split(':').at(-1));
  };
  expect(await list(stateMachineArn)).toEqual(['c', 'a', 'b']);
  expect(await list(`${stateMachineArn}:2`)).toEqual(['c', 'a']);
});

test('a redrive sent twice with one token redrives once', async () => {
  const { ask, create, engine, pass } = await asking();
  const stateMachineArn = await create('m', failing);
  const { executionArn } = await ask('StartExecution', { stateMachineArn });
  await engine.idle();
  const redrive = () => ask('RedriveExecution', { executionArn, clientToken: 't' });
  const first = await redrive();
  await engine.idle();
  await pass(60);
  expect(await redrive()).toEqual(first);
  expect(await ask('DescribeExecution', { executionArn })).toMatchObject({ redriveCount: 1 });
  await pass(15 * 60);
  await redrive();
  await engine.idle();
  expect(await ask('DescribeExecution', { executionArn })).toMatchObject({ redriveCount: 2 });
});

test('what a definition hardly means is warned of, where that is asked for, and does not fail it', async () => {
  const { ask } = await asking();
  const states = {
    A: {
      Type: 'Pass',
      Parameters: { a: '$.a', 'b.$': '$.b', c: [{ d: "States.Format('x')" }], e: '$5' },
      Next: 'B',
    },
    B: { Type: 'Pass', Result: { 'r.$': 1 }, Next: 'C' },
    C: {
      Type: 'Choice',
      Choices: [
        { And: [{ Variable: '$.a', StringEquals: '$.b' }], Next: 'F' },
        { Variable: '$.a', StringEqualsPath: '$.b', Next: 'F' },
      ],
    },
    F: { Type: 'Fail', Cause: '$.c' },
  };
  const validate = (more: object) =>
    ask('ValidateStateMachineDefinition', {
      definition: JSON.stringify({ StartAt: 'A', States: states }),
      ...more,
    });
  expect(await validate({})).toEqual({ result: 'OK', diagnostics: [], truncated: false });
  const warning = (code: string, location: string) => ({
    ...{ severity: 'WARNING', code, location },
    message: expect.any(String),
  });
  const warnings = [
    warning('NO_DOLLAR', '/States/A/Parameters/a'),
    warning('NO_DOLLAR', '/States/A/Parameters/c[0]/d'),
    warning('PASS_RESULT_IS_STATIC', '/States/B/Result'),
    warning('NO_PATH', '/States/C/Choices[0]/And[0]/StringEquals'),
    warning('NO_PATH', '/States/F/Cause'),
  ];
  expect(await validate({ severity: 'WARNING' })).toEqual({
    result: 'OK',
    diagnostics: warnings,
    truncated: false,
  });
  expect(await validate({ severity: 'WARNING', maxResults: 2 })).toEqual({
    result: 'OK',
    diagnostics: warnings.slice(0, 2),
    truncated: true,
  });
});

test('deleting by a version’s ARN deletes the version, not its machine', async () => {
  const { ask, create } = await asking();
  const stateMachineArn = await create('m', passing, { publish: true });
  const gone = { stateMachineArn: `${stateMachineArn}:1` };
  expect(await ask('DeleteStateMachine', gone)).toEqual({});
  const listed = await ask('ListStateMachineVersions', { stateMachineArn });
  expect(listed).toEqual({ stateMachineVersions: [] });
  expect(await ask('DescribeStateMachine', { stateMachineArn })).toMatchObject({ name: 'm' });
});
