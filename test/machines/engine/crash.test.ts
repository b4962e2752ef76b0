import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { turn, VirtualClock } from '../../../local/clock.ts';
import { createEngine, type Engine } from '../../../local/sfn/index.ts';
import { FileStore } from '../../../local/sfn/store/file.ts';
import { began, machine, role } from './harness.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'engine-'));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

const task = (key: string, more: object = { End: true }) => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Arguments: {
    FunctionName: 'f',
    Payload: { key, retry: '{% $states.context.State.RetryCount %}' },
  },
  Output: '{% $states.result.Payload.key %}',
  ...more,
});

/** Everything an execution can be in the middle of. */
const definition = machine({
  Both: {
    Type: 'Parallel',
    Branches: [
      {
        StartAt: 'First',
        States: {
          First: task('first', { Next: 'Between' }),
          Between: { Type: 'Wait', Seconds: 5, Next: 'Second' },
          Second: task('second'),
        },
      },
      {
        StartAt: 'Flaky',
        States: {
          Flaky: task('flaky', {
            Retry: [{ ErrorEquals: ['Busy'], IntervalSeconds: 2, MaxAttempts: 3 }],
            End: true,
          }),
        },
      },
    ],
    Assign: { both: '{% $states.result %}' },
    Next: 'Each',
  },
  Each: {
    Type: 'Map',
    Items: ['x', 'y', 'z'],
    MaxConcurrency: 2,
    ItemProcessor: {
      StartAt: 'One',
      States: { One: task('{% $states.context.Map.Item.Value %}') },
    },
    Assign: { each: '{% $states.result %}' },
    Next: 'Ask',
  },
  Ask: {
    Type: 'Task',
    Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
    Arguments: { FunctionName: 'f', Payload: { token: '{% $states.context.Task.Token %}' } },
    Next: 'Pause',
  },
  Pause: { Type: 'Wait', Seconds: 10, Next: 'Last' },
  Last: task('last', {
    Output: '{% {"both": $both, "each": $each, "paid": $states.input} %}',
    End: true,
  }),
});

/** What the outside has seen; it outlives the engine. */
interface World {
  readonly calls: string[];
  readonly tokens: string[];
}

/** Copies a store as it would stand there if its process was killed now. */
function leave(path: string, copy: string): void {
  const db = new DatabaseSync(path);
  db.prepare('VACUUM INTO ?').run(copy);
  db.close();
  copyFileSync(`${path}-log`, `${copy}-log`);
}

function open(path: string, world: World, at: number) {
  const clock = new VirtualClock({ stoppedAt: at });
  const engine = createEngine({
    clock,
    // Some commits stand in the journal alone, some have just been written as rows.
    store: { kind: 'file', path, journalLimit: 5000 },
    resident: 0,
    integrations: {
      async invokeLambda(_name, payload) {
        const { key, retry, token } = Object(payload);
        if (token !== undefined) world.tokens.push(token);
        world.calls.push(key === 'flaky' ? `flaky ${retry}` : (key ?? 'ask'));
        // Answers come one by one, so that each is written by itself.
        for (let turns = 2 * world.calls.length; turns > 0; turns -= 1) await turn();
        if (key === 'flaky' && retry < 2)
          return { payload: { errorType: 'Busy' }, functionError: 'Unhandled' };
        return { payload: { key } };
      },
    },
  });
  return { clock, engine };
}

/** Lets time pass and answers tokens until the execution has ended. */
async function finish({ clock, engine }: ReturnType<typeof open>, arn: string, world: World) {
  await engine.idle();
  while (engine.describeExecution(arn).status === 'RUNNING') {
    const ends = clock.now() + 60_000;
    // A token that was answered before says so; nobody else may answer it.
    for (const token of world.tokens)
      await engine.sendTaskSuccess(token, '"paid"').catch((thrown: unknown) => {
        expect(thrown).toMatchObject({ code: 'TaskTimedOut' });
      });
    await engine.idle();
    if (engine.describeExecution(arn).status !== 'RUNNING') break;
    const next = clock.next ?? ends;
    expect(next).toBeLessThan(ends);
    await clock.advance(Math.max(0, next - clock.now()), () => engine.idle());
  }
  return engine.describeExecution(arn);
}

/** The calls whose answer stands in the history, good or bad. */
function recorded(engine: Engine, arn: string): string[] {
  let retries = 0;
  return engine.history(arn).flatMap(({ type, details }) => {
    if (type === 'TaskSubmitted') return ['ask'];
    if (type === 'TaskFailed') {
      retries += 1;
      return [`flaky ${retries - 1}`];
    }
    if (type !== 'TaskSucceeded') return [];
    const key: unknown = JSON.parse(String(details?.['output'])).Payload?.key;
    return typeof key === 'string' ? [key === 'flaky' ? `flaky ${retries}` : key] : [];
  });
}

interface Snapshot {
  readonly path: string;
  readonly at: number;
  readonly world: World;
}

test('killed after any commit, an execution ends the same and repeats no task whose result was recorded', async () => {
  const path = join(folder, 'engine.sqlite');
  const world: World = { calls: [], tokens: [] };
  const live = open(path, world, began);
  const snapshots: Snapshot[] = [];
  const commit = FileStore.prototype.commit;
  // What a process killed right here would leave: written, and none of what follows from it done.
  const spy = vi.spyOn(FileStore.prototype, 'commit').mockImplementation(function (
    this: FileStore,
    changes,
  ) {
    commit.call(this, changes);
    const copy = join(folder, `killed-${snapshots.length}.sqlite`);
    leave(path, copy);
    const seen = { calls: [...world.calls], tokens: [...world.tokens] };
    snapshots.push({ path: copy, at: live.clock.now(), world: seen });
  });
  const stateMachineArn = live.engine.createStateMachine({
    name: 'm',
    definition: JSON.stringify(definition),
    roleArn: role,
  }).machine.arn;
  const { executionArn } = await live.engine.startExecution({ stateMachineArn, name: 'e' });
  const wanted = await finish(live, executionArn, world);
  expect(wanted).toMatchObject({
    status: 'SUCCEEDED',
    output: '{"both":["second","flaky"],"each":["x","y","z"],"paid":"paid"}',
  });
  const types = live.engine.history(executionArn).map(({ type }) => type);
  live.engine.close();
  spy.mockRestore();
  const every = ['first', 'second', 'flaky 0', 'flaky 1', 'flaky 2', 'x', 'y', 'z', 'ask', 'last'];
  expect([...world.calls].sort()).toEqual([...every].sort());
  // One for the start, for each answer, for the token's, for each time that came.
  expect(snapshots.length).toBeGreaterThanOrEqual(1 + every.length + 1 + 4);

  for (const { path: copy, at, world: seen } of snapshots) {
    const before = seen.calls.length;
    const again = open(copy, seen, at);
    const answered = recorded(again.engine, executionArn);
    const ended = await finish(again, executionArn, seen);
    expect(ended).toMatchObject({ status: 'SUCCEEDED', output: wanted.output });
    const repeated = seen.calls.slice(before);
    for (const call of answered) expect(repeated).not.toContain(call);
    const history = again.engine.history(executionArn);
    expect(history.map(({ id }) => id)).toEqual(history.map((_, index) => index + 1));
    expect(history.map(({ type }) => type).sort()).toEqual([...types].sort());
    again.engine.close();
  }
}, 120_000);

test('nothing is called before what led to it is written', async () => {
  const path = join(folder, 'engine.sqlite');
  const world: World = { calls: [], tokens: [] };
  const live = open(path, world, began);
  const lacking: string[] = [];
  const started = (copy: string): number => {
    leave(path, copy);
    const store = new FileStore(copy);
    const [execution] = store.executions({ limit: 1 });
    const events = store.events(execution?.arn ?? '', { limit: 1000, reverse: false });
    store.close();
    return events.filter(({ type }) => type === 'TaskStarted').length;
  };
  world.calls.push = (...calls: string[]) => {
    const length = Array.prototype.push.apply(world.calls, calls);
    if (started(join(folder, `called-${length}.sqlite`)) < length) lacking.push(...calls);
    return length;
  };
  const stateMachineArn = live.engine.createStateMachine({
    name: 'm',
    definition: JSON.stringify(definition),
    roleArn: role,
  }).machine.arn;
  const { executionArn } = await live.engine.startExecution({ stateMachineArn, name: 'e' });
  await finish(live, executionArn, world);
  expect(world.calls).toHaveLength(10);
  expect(lacking).toEqual([]);
  live.engine.close();
});

test('killed after its child has ended and before its start was noted, a task starts no other and does not fail', async () => {
  const path = join(folder, 'engine.sqlite');
  const live = open(path, { calls: [], tokens: [] }, began);
  const make = (name: string, states: Record<string, object>) =>
    live.engine.createStateMachine({
      ...{ name, definition: JSON.stringify(machine(states)), roleArn: role },
    }).machine.arn;
  const child = make('child', { P: { Type: 'Pass', End: true } });
  const sync = 'arn:aws:states:::states:startExecution.sync';
  const stateMachineArn = make('parent', {
    T: { Type: 'Task', Resource: sync, Arguments: { StateMachineArn: child }, End: true },
  });
  const copies: string[] = [];
  const commit = FileStore.prototype.commit;
  const spy = vi.spyOn(FileStore.prototype, 'commit').mockImplementation(function (
    this: FileStore,
    changes,
  ) {
    commit.call(this, changes);
    const copy = join(folder, `killed-${copies.length}.sqlite`);
    leave(path, copy);
    copies.push(copy);
  });
  const { executionArn } = await live.engine.startExecution({ stateMachineArn, name: 'e' });
  await live.engine.waitFor(executionArn);
  live.engine.close();
  spy.mockRestore();
  expect(copies.length).toBeGreaterThanOrEqual(4);
  for (const copy of copies) {
    const { engine } = open(copy, { calls: [], tokens: [] }, began);
    await engine.idle();
    expect(engine.describeExecution(executionArn).status).toBe('SUCCEEDED');
    expect(engine.listExecutions({ machineArn: child, limit: 9 })).toHaveLength(1);
    engine.close();
  }
});
