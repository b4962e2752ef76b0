import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { turn, VirtualClock } from '../../../local/clock.ts';
import { createEngine, type Integrations } from '../../../local/sfn/index.ts';
import { FileStore } from '../../../local/sfn/store/file.ts';
import { began, lambdaTask, machine, role, tokenTask } from './harness.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'engine-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function open(integrations: Integrations, clock = new VirtualClock({ stoppedAt: began })) {
  const path = join(folder, 'engine.sqlite');
  return createEngine({ clock, store: { kind: 'file', path }, integrations });
}

function create(engine: ReturnType<typeof open>, definition: object): string {
  return engine.createStateMachine({
    name: 'm',
    definition: JSON.stringify(definition),
    roleArn: role,
  }).machine.arn;
}

test('after a restart a wait ends at the time it was given before', async () => {
  const clock = new VirtualClock({ stoppedAt: began });
  const first = open({}, clock);
  const stateMachineArn = create(
    first,
    machine({ W: { Type: 'Wait', Seconds: 100, Next: 'E' }, E: { Type: 'Succeed' } }),
  );
  const { executionArn } = await first.startExecution({ stateMachineArn });
  await clock.advance(60_000, () => first.idle());
  first.close();

  const second = open({}, clock);
  await clock.advance(39_000, () => second.idle());
  expect(second.describeExecution(executionArn).status).toBe('RUNNING');
  await clock.advance(1_000, () => second.idle());
  expect(second.describeExecution(executionArn).status).toBe('SUCCEEDED');
  expect(second.history(executionArn).map((event) => event.type)).toEqual([
    'ExecutionStarted',
    'WaitStateEntered',
    'WaitStateExited',
    'SucceedStateEntered',
    'SucceedStateExited',
    'ExecutionSucceeded',
  ]);
  second.close();
});

test('a token given out before a restart is answered after it, and the task is not asked again', async () => {
  const asked: unknown[] = [];
  const integrations: Integrations = {
    async invokeLambda(_name, payload) {
      asked.push(payload);
      return { payload: null };
    },
  };
  const first = open(integrations);
  const stateMachineArn = create(first, machine({ T: tokenTask }));
  const { executionArn } = await first.startExecution({ stateMachineArn });
  await first.idle();
  first.close();

  const second = open(integrations);
  await second.idle();
  expect(asked).toHaveLength(1);
  const token = JSON.stringify(asked[0]).split('"')[3] ?? '';
  const final = second.waitFor(executionArn);
  await second.sendTaskSuccess(token, '{"ok":1}');
  expect(await final).toMatchObject({ status: 'SUCCEEDED', output: '{"ok":1}' });
  second.close();
});

test('a call in flight when the process ended is made again', async () => {
  const first = open({ invokeLambda: () => new Promise(() => undefined) });
  const stateMachineArn = create(first, machine({ T: lambdaTask }));
  const { executionArn } = await first.startExecution({ stateMachineArn });
  first.close();

  const second = open({ invokeLambda: async () => ({ payload: 'again' }) });
  expect((await second.waitFor(executionArn)).status).toBe('SUCCEEDED');
  expect(
    second.history(executionArn).filter((event) => event.type === 'TaskScheduled'),
  ).toHaveLength(1);
  second.close();
});

test('a .sync task goes on waiting for its child after a restart', async () => {
  const clock = new VirtualClock({ stoppedAt: began });
  const first = open({}, clock);
  const child = first.createStateMachine({
    name: 'child',
    definition: JSON.stringify(machine({ W: { Type: 'Wait', Seconds: 9, End: true } })),
    roleArn: role,
  }).machine.arn;
  const stateMachineArn = create(
    first,
    machine({
      S: {
        Type: 'Task',
        Resource: 'arn:aws:states:::states:startExecution.sync:2',
        Arguments: { StateMachineArn: child },
        Output: '{% $states.result.Status %}',
        End: true,
      },
    }),
  );
  const { executionArn } = await first.startExecution({ stateMachineArn });
  await first.idle();
  first.close();

  const second = open({}, clock);
  await clock.advance(9_000, () => second.idle());
  expect(second.describeExecution(executionArn).output).toBe('"SUCCEEDED"');
  expect(second.listExecutions({ machineArn: child, limit: 9 })).toHaveLength(1);
  second.close();
});

test('branches and iterations go on where each of them stood', async () => {
  const asked: string[] = [];
  const integrations: Integrations = {
    async invokeLambda(_name, payload) {
      asked.push(JSON.stringify(payload).split('"')[3] ?? '');
      return { payload: null };
    },
  };
  const first = open(integrations);
  const stateMachineArn = create(
    first,
    machine({
      Each: {
        Type: 'Map',
        Items: [1, 2, 3],
        MaxConcurrency: 2,
        ItemProcessor: { StartAt: 'T', States: { T: tokenTask } },
        End: true,
      },
    }),
  );
  const { executionArn } = await first.startExecution({ stateMachineArn });
  await first.idle();
  await first.sendTaskSuccess(asked[0] ?? '', '"a"');
  await first.idle();
  first.close();

  const second = open(integrations);
  await second.idle();
  expect(asked).toHaveLength(3);
  const final = second.waitFor(executionArn);
  await second.sendTaskSuccess(asked[2] ?? '', '"c"');
  await second.sendTaskSuccess(asked[1] ?? '', '"b"');
  expect((await final).output).toBe('["a","b","c"]');
  second.close();
});

test('killed at any moment, nothing is lost and no recorded task is done again', async () => {
  const path = join(folder, 'engine.sqlite');
  const log = join(folder, 'calls');
  let finished = false;
  // Each round is killed after a different amount of work; the last one runs to its end.
  for (const count of [3, 40, 1, 57, Number.POSITIVE_INFINITY]) {
    const recorded = recordedSteps(path);
    const before = calls(log).length;
    const child = spawn(
      process.execPath,
      [
        '--disable-warning=ExperimentalWarning',
        join(import.meta.dirname, 'crash-child.ts'),
        path,
        log,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    finished = await killedAfter(child, count);
    const now = recordedSteps(path);
    for (const call of calls(log).slice(before)) {
      expect(recorded).not.toContain(call);
      // No step begins before the one that led to it is written.
      const [name, at]: [string, number] = JSON.parse(call);
      if (at > 0) expect(now).toContain(JSON.stringify([name, at - 1]));
    }
  }
  expect(finished).toBe(true);
  const wanted = Array.from({ length: 20 }, (_, name) =>
    Array.from({ length: 10 }, (_, at) => JSON.stringify([`e${name}`, at])),
  ).flat();
  expect(new Set(calls(log))).toEqual(new Set(wanted));
  expect(recordedSteps(path).sort()).toEqual(wanted.sort());
}, 120_000);

function calls(log: string): string[] {
  return existsSync(log) ? readFileSync(log, 'utf8').split('\n').filter(Boolean) : [];
}

/** The steps whose success stands in the store's history. */
function recordedSteps(path: string): string[] {
  if (!existsSync(path)) return [];
  const store = new FileStore(path);
  const events = store
    .executions({ limit: 1000 })
    .flatMap(({ arn }) => store.events(arn, { limit: 1000, reverse: false }));
  store.close();
  return events
    .filter(({ type }) => type === 'TaskSucceeded')
    .map(({ details }) => JSON.stringify(JSON.parse(String(details?.['output'])).Payload));
}

/** Kills the child once it has made so many calls. @returns whether it came to its end instead */
async function killedAfter(child: ChildProcess, count: number): Promise<boolean> {
  let made = 0;
  child.stdout?.on('data', (dots: Buffer) => {
    made += dots.length;
    if (made >= count) child.kill('SIGKILL');
  });
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve));
  return code === 0;
}

test('what a start was given is still told after a restart', async () => {
  const first = open({});
  const stateMachineArn = create(first, machine({ S: { Type: 'Succeed' } }));
  const given = { name: 'n', input: '{"a":1}', traceHeader: 'Root=1' };
  const { executionArn } = await first.startExecution({ stateMachineArn, ...given });
  await first.idle();
  first.close();
  const second = open({});
  expect(second.describeExecution(executionArn)).toMatchObject(given);
  second.close();
});

const waits = machine({ W: { Type: 'Wait', Seconds: 50, End: true } });

test('a child is stopped whose parent is stopped before it has begun to wait for it', async () => {
  const engine = open({});
  const child = engine.createStateMachine({
    ...{ name: 'child', definition: JSON.stringify(waits), roleArn: role },
  }).machine.arn;
  const stateMachineArn = create(
    engine,
    machine({
      T: {
        ...{ Type: 'Task', Resource: 'arn:aws:states:::states:startExecution.sync', End: true },
        Arguments: { StateMachineArn: child, Name: 'c' },
      },
    }),
  );
  const { executionArn } = await engine.startExecution({ stateMachineArn });
  // The child's start is written in this turn, and that it was submitted only in the next.
  await turn();
  await engine.stop(executionArn);
  await engine.idle();
  expect(engine.history(executionArn).map(({ type }) => type)).toContain('TaskSubmitted');
  expect(engine.describeExecution(engine.names.execution('child', 'c')).status).toBe('ABORTED');
  engine.close();
});

test('who stops an execution that has just ended is answered, however many messages it was', async () => {
  const engine = open({});
  const wait = (_: unknown, at: number) => ({
    ...{ StartAt: `W${at}`, States: { [`W${at}`]: { Type: 'Wait', Seconds: 50, End: true } } },
  });
  const fail = { StartAt: 'F', States: { F: { Type: 'Fail', Error: 'Bad' } } };
  for (let before = 58; before < 64; before += 1) {
    const Branches = [...Array.from({ length: before }, wait), fail];
    const { machine: made } = engine.createStateMachine({
      ...{ name: `m${before}`, roleArn: role },
      definition: JSON.stringify(machine({ P: { Type: 'Parallel', Branches, End: true } })),
    });
    const started = engine.startExecution({ stateMachineArn: made.arn, name: 'e' });
    const stopped = engine.stop(engine.names.execution(`m${before}`, 'e'));
    expect(await stopped).toBe(began);
    await started;
  }
  engine.close();
});

test('an execution is redriven from its end, also where that was not written yet', async () => {
  const engine = open({});
  const stateMachineArn = create(engine, machine({ F: { Type: 'Fail', Error: 'Bad' } }));
  const started = engine.startExecution({ stateMachineArn, name: 'e' });
  const arn = engine.names.execution('m', 'e');
  await engine.redrive(arn);
  await started;
  await engine.idle();
  expect(engine.describeExecution(arn)).toMatchObject({ status: 'FAILED', redriveCount: 1 });
  expect(engine.history(arn).map(({ type }) => type)).toEqual([
    ...['ExecutionStarted', 'FailStateEntered', 'ExecutionFailed'],
    ...['ExecutionRedriven', 'ExecutionFailed'],
  ]);
  engine.close();
});

test('a .sync task whose child is no more fails, and the engine goes on', async () => {
  const first = open({});
  const child = first.createStateMachine({
    ...{ name: 'child', definition: JSON.stringify(waits), roleArn: role },
  }).machine.arn;
  const sync = 'arn:aws:states:::states:startExecution.sync';
  const task = { Type: 'Task', Resource: sync, Arguments: { StateMachineArn: child, Name: 'c' } };
  const stateMachineArn = create(first, machine({ T: { ...task, End: true } }));
  const { executionArn } = await first.startExecution({ stateMachineArn });
  await first.idle();
  first.close();
  const store = new FileStore(join(folder, 'engine.sqlite'));
  store.forget(first.names.execution('child', 'c'));
  store.close();

  const second = open({});
  await second.idle();
  expect(second.describeExecution(executionArn).status).toBe('FAILED');
  second.close();
});
