import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { turn, VirtualClock } from '../../../local/clock.ts';
import { createEngine, type EngineOptions } from '../../../local/sfn/index.ts';
import { began, machine, role, tokenTask } from './harness.ts';

const day = 24 * 3600 * 1000;
let folder = '';
let clock = new VirtualClock({ stoppedAt: began });
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'engine-'));
  clock = new VirtualClock({ stoppedAt: began });
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

const path = (): string => join(folder, 'engine.sqlite');

function open(options: Partial<EngineOptions> = {}) {
  const engine = createEngine({
    clock,
    store: { kind: 'file', path: path() },
    integrations: {},
    ...options,
  });
  return Object.assign(engine, {
    pass: (ms: number) => clock.advance(ms, () => engine.idle()),
    make: (definition: object) =>
      engine.createStateMachine({
        name: 'm',
        definition: JSON.stringify(definition),
        roleArn: role,
      }).machine.arn,
  });
}

/** As many turns as a commit and what follows from it take. */
async function turns(): Promise<void> {
  for (let left = 5; left > 0; left -= 1) await turn();
}

const passes = machine({ P: { Type: 'Pass', End: true } });

/** Starts as many and leaves them to themselves until nothing goes on. */
async function startMany(engine: ReturnType<typeof open>, definition: object, count: number) {
  const stateMachineArn = engine.make(definition);
  const started = await Promise.all(
    Array.from({ length: count }, (_, at) =>
      engine.startExecution({ stateMachineArn, name: `e${at}`, input: JSON.stringify({ at }) }),
    ),
  );
  await engine.idle();
  return started.map(({ executionArn }) => executionArn);
}

test('executions that only wait are in the store alone, and share one timer', async () => {
  const engine = open({
    resident: 2,
    integrations: { invokeLambda: async () => ({ payload: null }) },
  });
  const arns = await startMany(engine, machine({ T: tokenTask }), 20);
  expect(engine.inMemory).toBe(2);
  // One for those that sleep; each of the two in memory has its own.
  expect(clock.pending).toBe(3);
  expect(engine.describeExecution(arns[0] ?? '').status).toBe('RUNNING');
  engine.close();
});

test('one that has left the memory is answered, kept alive, stopped and timed out as ever', async () => {
  const tokens: string[] = [];
  const engine = open({
    resident: 0,
    integrations: {
      async invokeLambda(_name, payload) {
        tokens.push(JSON.stringify(payload).split('"')[3] ?? '');
        return { payload: null };
      },
    },
  });
  const task = { ...tokenTask, HeartbeatSeconds: 100, TimeoutSeconds: 1000 };
  const arns = await startMany(engine, machine({ T: task }), 4);
  expect(engine.inMemory).toBe(0);
  await engine.pass(60_000);
  engine.sendTaskHeartbeat(tokens[0] ?? '');
  engine.sendTaskHeartbeat(tokens[1] ?? '');
  await engine.stop(arns[2] ?? '', 'Enough');
  await engine.pass(60_000);
  const answered = engine.waitFor(arns[0] ?? '');
  await engine.sendTaskSuccess(tokens[0] ?? '', '"done"');
  expect(await answered).toMatchObject({ status: 'SUCCEEDED', output: '"done"' });
  const ends = arns.map((arn) => engine.describeExecution(arn));
  expect(ends.map(({ status }) => status)).toEqual(['SUCCEEDED', 'RUNNING', 'ABORTED', 'FAILED']);
  expect(ends[3]).toMatchObject({ error: 'States.Timeout', stopDate: began + 100_000 });
  expect(engine.inMemory).toBe(0);
  engine.close();
});

test('one asked for while another takes its place is in memory or is not, and never half', async () => {
  const engine = open({ resident: 1 });
  const stateMachineArn = engine.make(machine({ W: { Type: 'Wait', Seconds: 60, End: true } }));
  const start = (name: string) => engine.startExecution({ stateMachineArn, name });
  await start('one');
  await Promise.all([start('two'), start('one')]);
  await engine.idle();
  expect(engine.inMemory).toBe(1);
  await engine.pass(60_000);
  for (const { status, lastEvent } of engine.listExecutions({ limit: 9 }))
    expect({ status, lastEvent }).toEqual({ status: 'SUCCEEDED', lastEvent: 4 });
  engine.close();
});

test('each wakes at its own time, and many that wake at once all get their turn', async () => {
  const engine = open({ resident: 0 });
  const wait = { Type: 'Wait', Seconds: '{% $states.input.at < 1100 ? 60 : $states.input.at %}' };
  const arns = await startMany(engine, machine({ W: { ...wait, End: true } }), 1303);
  expect(engine.inMemory).toBe(0);
  await engine.pass(60_000);
  const ended = () => arns.map((arn) => engine.describeExecution(arn).stopDate);
  expect(ended().filter((at) => at === began + 60_000)).toHaveLength(1100);
  await engine.pass(2 * 3600_000);
  const late = ended().slice(1100);
  expect(late).toEqual(late.map((_, at) => began + (1100 + at) * 1000));
  engine.close();
});

test('an answer that comes after its task was given up changes nothing of one that has left the memory', async () => {
  const engine = open({
    resident: 0,
    integrations: {
      // Deaf to its signal, as a function is that runs on.
      invokeLambda: () =>
        new Promise((answer) => clock.after(30_000, () => answer({ payload: 'late' }))),
    },
  });
  const stateMachineArn = engine.make(
    machine({
      T: {
        ...{ Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', TimeoutSeconds: 1 },
        ...{
          Arguments: { FunctionName: 'f' },
          Catch: [{ ErrorEquals: ['States.ALL'], Next: 'W' }],
        },
        End: true,
      },
      W: { Type: 'Wait', Seconds: 60, Output: 'waited', End: true },
    }),
  );
  const { executionArn } = await engine.startExecution({ stateMachineArn });
  // Not `idle`: the call is under way all the time.
  for (let seconds = 0; seconds < 61; seconds += 1) await clock.advance(1000, turns);
  expect(engine.describeExecution(executionArn)).toMatchObject({
    ...{ status: 'SUCCEEDED', output: '"waited"', stopDate: began + 61_000 },
  });
  engine.close();
});

test('a time that passed while the process was down is made up for at once', async () => {
  const first = open();
  const [arn = ''] = await startMany(
    first,
    machine({ W: { Type: 'Wait', Seconds: 60, End: true } }),
    1,
  );
  first.close();
  await clock.advance(day);
  const second = open();
  await second.pass(0);
  expect(second.describeExecution(arn)).toMatchObject({
    status: 'SUCCEEDED',
    stopDate: began + day,
  });
  second.close();
});

/** What opening the engine reads of the tables that grow: rows given, and the plan of each statement. */
function readsOf(start: () => void): { rows: number; plans: string[] } {
  const statements = new Set<string>();
  let rows = 0;
  const prepare = DatabaseSync.prototype.prepare;
  vi.spyOn(DatabaseSync.prototype, 'prepare').mockImplementation(function (
    this: DatabaseSync,
    sql: string,
  ) {
    const statement = prepare.call(this, sql);
    if (!/\b(execution|history|thread|taken)\b/.test(sql) || !sql.startsWith('SELECT'))
      return statement;
    statements.add(sql);
    const { all } = statement;
    vi.spyOn(statement, 'all').mockImplementation((...values) => {
      const found = all.apply(statement, values);
      rows += found.length;
      return found;
    });
    return statement;
  });
  start();
  vi.restoreAllMocks();
  const db = new DatabaseSync(path());
  const plans = [...statements].flatMap((sql) =>
    db
      .prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .all()
      .map((row) => String(row['detail'])),
  );
  db.close();
  return { rows, plans };
}

test('starting up reads no more when there is more finished history', async () => {
  const waiting = machine({ W: { Type: 'Wait', Seconds: 60, End: true } });
  const first = open();
  await startMany(first, passes, 300);
  first.createStateMachine({ name: 'w', definition: JSON.stringify(waiting), roleArn: role });
  const { executionArn } = await first.startExecution({
    stateMachineArn: first.names.machine('w'),
  });
  await first.idle();
  first.close();
  const reads = readsOf(() => open().close());
  expect(reads.rows).toBe(0);
  expect(reads.plans.length).toBeGreaterThan(2);
  for (const plan of reads.plans) expect(plan).toMatch(/^SEARCH /);
  expect(executionArn).not.toBe('');
});

test('what has finished is deleted after its time, in batches; its name stays taken for 90 days', async () => {
  const engine = open({ keepFinished: 7 * day });
  const arns = await startMany(engine, passes, 450);
  await engine.pass(3 * day);
  const late = await engine.startExecution({
    stateMachineArn: engine.names.machine('m'),
    name: 'late',
  });
  await engine.pass(4 * day);
  expect(engine.history(arns[0] ?? '')).toHaveLength(4);
  await engine.pass(2 * 3600_000);
  for (const arn of arns)
    expect(() => engine.describeExecution(arn)).toThrow('Execution Does Not Exist');
  expect(engine.describeExecution(late.executionArn).status).toBe('SUCCEEDED');

  const again = () =>
    engine.startExecution({ stateMachineArn: engine.names.machine('m'), name: 'e7' });
  await expect(again()).rejects.toMatchObject({ code: 'ExecutionAlreadyExists' });
  await engine.pass(83 * day);
  expect((await again()).startDate).toBe(clock.now());
  await engine.pass(8 * day);
  engine.close();
  const db = new DatabaseSync(path());
  for (const table of ['execution', 'history', 'thread', 'taken'])
    expect(db.prepare(`SELECT count(*) AS n FROM ${table}`).get()).toEqual({
      n: table === 'taken' ? 1 : 0,
    });
  db.close();
});

test('left to itself, history is kept for 90 days; what still runs is kept for ever', async () => {
  const engine = open();
  const [arn = ''] = await startMany(engine, passes, 1);
  const forever = machine({ W: { Type: 'Wait', Seconds: 200 * 24 * 3600, End: true } });
  engine.createStateMachine({ name: 'w', definition: JSON.stringify(forever), roleArn: role });
  const waits = await engine.startExecution({ stateMachineArn: engine.names.machine('w') });
  await engine.pass(89 * day);
  expect(engine.history(arn)).toHaveLength(4);
  await engine.pass(2 * day);
  expect(() => engine.history(arn)).toThrow('Execution Does Not Exist');
  expect(engine.history(waits.executionArn)).toHaveLength(2);
  engine.close();
});

test('in memory, only as many finished executions are remembered as were asked for', async () => {
  const engine = open({ store: { kind: 'memory', keep: 2 } });
  const arns = await startMany(engine, passes, 4);
  const forever = machine({ W: { Type: 'Wait', Seconds: 9, End: true } });
  engine.createStateMachine({ name: 'w', definition: JSON.stringify(forever), roleArn: role });
  const waits = await engine.startExecution({ stateMachineArn: engine.names.machine('w') });
  await engine.startExecution({ stateMachineArn: engine.names.machine('m') });
  const known = engine.listExecutions({ limit: 9 }).map(({ arn }) => arn);
  expect(known).toHaveLength(3);
  expect(known).toContain(waits.executionArn);
  for (const arn of arns.slice(0, 3)) expect(known).not.toContain(arn);
  engine.close();
});

test('a file of the first form is brought to this one, with what ran and what had finished', async () => {
  const definition = machine({ W: { Type: 'Wait', Seconds: 60, End: true } });
  const first = open();
  const [arn = ''] = await startMany(first, definition, 1);
  const thread = { execution: 1, id: 1 };
  const was = first.history(arn);
  first.close();
  const db = new DatabaseSync(path());
  db.exec(`
    CREATE TABLE old AS SELECT key, arn, machine, status, started,
      json_patch(json_patch(fixed, state), '{"lastEvent":2}') AS body FROM execution;
    DROP TABLE execution;
    ALTER TABLE old RENAME TO execution;
    CREATE INDEX execution_by_machine ON execution (machine, started, arn);
    CREATE INDEX execution_running ON execution (status) WHERE status = 'RUNNING';
    CREATE TABLE event (execution INTEGER, id INTEGER, body TEXT);
    DROP TABLE history;
    DROP TABLE taken;
    INSERT INTO execution SELECT 2, arn || '-old', machine, 'SUCCEEDED', started, json_set(body,
      '$.arn', arn || '-old', '$.status', 'SUCCEEDED', '$.stopDate', started, '$.output', '1') FROM execution;
    PRAGMA user_version = 0;`);
  const add = db.prepare('INSERT INTO event VALUES (1, ?, ?)');
  for (const event of was) add.run(event.id, JSON.stringify(event));
  expect(db.prepare('SELECT execution, id FROM thread').get()).toEqual(thread);
  db.close();
  const second = open();
  await second.pass(60_000);
  expect(second.describeExecution(arn)).toMatchObject({ status: 'SUCCEEDED', lastEvent: 4 });
  expect(second.history(arn).slice(0, 2)).toEqual(was);
  expect(second.history(arn).map(({ id }) => id)).toEqual([1, 2, 3, 4]);
  const finished = { status: 'SUCCEEDED', output: '1', stopDate: began };
  expect(second.describeExecution(`${arn}-old`)).toMatchObject(finished);
  await second.pass(91 * day);
  expect(() => second.describeExecution(`${arn}-old`)).toThrow('Does Not Exist');
  second.close();
  new DatabaseSync(path()).exec('PRAGMA user_version = 99');
  expect(() => open()).toThrow('written by a later engine');
});
