import { expect, test } from 'vitest';
import { bench, machine, role } from './harness.ts';

const give = (value: unknown) =>
  JSON.stringify(machine({ P: { Type: 'Pass', Output: value, End: true } }));

function published(random?: () => number) {
  const made = bench({}, random === undefined ? {} : { random });
  const { engine } = made;
  const arn = engine.createStateMachine({ name: 'm', definition: give(1), roleArn: role }).machine
    .arn;
  const one = engine.versions.publish(arn);
  engine.updateStateMachine({ stateMachineArn: arn, definition: give(2) });
  const two = engine.versions.publish(arn);
  const output = async (stateMachineArn: string) => {
    const { executionArn } = await engine.startExecution({ stateMachineArn });
    return (await engine.waitFor(executionArn)).output;
  };
  return { ...made, arn, one, two, output };
}

test('a version keeps its definition; publishing the same revision again gives the same version', async () => {
  const { engine, arn, one, two, output } = published();
  expect([one.arn, two.arn]).toEqual([`${arn}:1`, `${arn}:2`]);
  expect(engine.versions.publish(arn)).toEqual(two);
  expect([await output(one.arn), await output(two.arn), await output(arn)]).toEqual([
    '1',
    '2',
    '2',
  ]);
  expect(() => engine.versions.publish(arn, undefined, 'other')).toThrow(
    expect.objectContaining({ code: 'ConflictException' }),
  );
});

test('an alias leads to its versions by weight, and an execution remembers which', async () => {
  const draws = [0.1, 0.95];
  const { engine, one, two, arn } = published(() => draws.shift() ?? 0);
  const alias = engine.versions.createAlias({
    name: 'live',
    routing: [
      { versionArn: one.arn, weight: 90 },
      { versionArn: two.arn, weight: 10 },
    ],
  });
  expect(alias.arn).toBe(`${arn}:live`);
  const started = [];
  for (const name of ['a', 'b'])
    started.push(await engine.startExecution({ stateMachineArn: alias.arn, name }));
  const records = started.map(({ executionArn }) => engine.describeExecution(executionArn));
  expect(records.map((record) => record.versionArn)).toEqual([one.arn, two.arn]);
  expect(records.map((record) => record.aliasArn)).toEqual([alias.arn, alias.arn]);
});

test('a deploy that moves the alias changes nothing for executions that already wait', async () => {
  const { engine, pass } = bench();
  const slow = (value: unknown) =>
    JSON.stringify(
      machine({
        W: { Type: 'Wait', Seconds: 9, Next: 'P' },
        P: { Type: 'Pass', Output: value, End: true },
      }),
    );
  const { machine: made } = engine.createStateMachine({
    name: 'm',
    definition: slow('old'),
    roleArn: role,
  });
  const route = (versionArn: string) => [{ versionArn, weight: 100 }];
  const alias = engine.versions.createAlias({
    name: 'live',
    routing: route(engine.versions.publish(made.arn).arn),
  });
  const { executionArn } = await engine.startExecution({ stateMachineArn: alias.arn });
  engine.updateStateMachine({ stateMachineArn: made.arn, definition: slow('new') });
  engine.versions.updateAlias(alias.arn, { routing: route(engine.versions.publish(made.arn).arn) });
  await pass(9);
  expect(engine.describeExecution(executionArn).output).toBe('"old"');
});

test('a version an alias leads to cannot be deleted, nor an alias be made that does not add up', () => {
  const { engine, one, two } = published();
  const create = (routing: { versionArn: string; weight: number }[]) =>
    engine.versions.createAlias({ name: 'live', routing });
  expect(() => create([{ versionArn: one.arn, weight: 50 }])).toThrow(
    'Sum of routing configuration weights must equal 100. Received: [50]',
  );
  expect(() => create([{ versionArn: `${one.arn}9`, weight: 100 }])).toThrow(/does not exist/);
  const alias = create([{ versionArn: one.arn, weight: 100 }]);
  expect(() => engine.versions.remove(one.arn)).toThrow(
    expect.objectContaining({ code: 'ConflictException' }),
  );
  engine.versions.remove(two.arn);
  engine.versions.removeAlias(alias.arn);
  engine.versions.remove(one.arn);
});

test('once there are versions, a qualifier that names none is unknown', async () => {
  const { engine, arn } = published();
  await expect(engine.startExecution({ stateMachineArn: `${arn}:7` })).rejects.toMatchObject({
    code: 'StateMachineDoesNotExist',
  });
});

test('executions are listed by the version or alias they were started through', async () => {
  const { engine, one, two, arn } = published();
  const alias = engine.versions.createAlias({
    name: 'live',
    routing: [{ versionArn: one.arn, weight: 100 }],
  });
  for (const [name, stateMachineArn] of Object.entries({ a: arn, b: two.arn, c: alias.arn }))
    await engine.startExecution({ stateMachineArn, name });
  const names = (filter: object) =>
    engine
      .listExecutions({ machineArn: arn, limit: 9, ...filter })
      .map((one) => one.name)
      .sort();
  expect(names({})).toEqual(['a', 'b', 'c']);
  expect(names({ versionArn: two.arn })).toEqual(['b']);
  expect(names({ aliasArn: alias.arn })).toEqual(['c']);
});
