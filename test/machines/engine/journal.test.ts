import { appendFileSync, copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { turn, VirtualClock } from '../../../local/clock.ts';
import { EventLog } from '../../../local/sfn/event-log.ts';
import { createEngine, type Engine } from '../../../local/sfn/index.ts';
import { FileStore } from '../../../local/sfn/store/file.ts';
import { Journal } from '../../../local/sfn/store/journal.ts';
import { MemoryStore } from '../../../local/sfn/store/memory.ts';
import type { Change } from '../../../local/sfn/store/store.ts';
import { began, machine, role } from './harness.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'engine-'));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

const definition = machine({
  Say: { Type: 'Pass', Output: { tab: 'a\tb', line: 'a\nb', both: 'ä€\u2028' }, Next: 'Wait' },
  Wait: { Type: 'Wait', Seconds: 60, End: true },
});

function open(path: string): { readonly engine: Engine; pass(seconds: number): Promise<void> } {
  const clock = new VirtualClock({ stoppedAt: began });
  const engine = createEngine({ clock, store: { kind: 'file', path }, integrations: {} });
  return { engine, pass: (seconds) => clock.advance(seconds * 1000, () => engine.idle()) };
}

/** An engine whose execution waits, and which is as good as killed: nothing of it is used any more. */
async function waiting(path: string) {
  const { engine } = open(path);
  const { machine: made } = engine.createStateMachine({
    name: 'm',
    definition: JSON.stringify(definition),
    roleArn: role,
  });
  const { executionArn } = await engine.startExecution({ stateMachineArn: made.arn, name: 'e' });
  await engine.idle();
  return { engine, arn: executionArn };
}

/** The execution goes on from there to its end, every event once. */
async function endsWell(path: string, arn: string): Promise<void> {
  const again = open(path);
  await again.pass(60);
  const output = '{"tab":"a\\tb","line":"a\\nb","both":"ä€\u2028"}';
  expect(again.engine.describeExecution(arn)).toMatchObject({ status: 'SUCCEEDED', output });
  expect(again.engine.history(arn).map(({ id, type }) => `${id} ${type}`)).toEqual([
    '1 ExecutionStarted',
    '2 PassStateEntered',
    '3 PassStateExited',
    '4 WaitStateEntered',
    '5 WaitStateExited',
    '6 ExecutionSucceeded',
  ]);
  again.engine.close();
}

test('what stands in the journal alone is there after a kill, whatever characters it holds', async () => {
  const path = join(folder, 'engine.sqlite');
  const { arn } = await waiting(path);
  expect(readFileSync(`${path}-log`, 'utf8').split('\n').length).toBeGreaterThan(2);
  await endsWell(path, arn);
});

test('a line that was being written when the process was killed is as if it had not been begun', async () => {
  const path = join(folder, 'engine.sqlite');
  const { arn } = await waiting(path);
  appendFileSync(`${path}-log`, '1\t0\t\t{"status":"SUCC');
  await endsWell(path, arn);
});

test('killed after rows were written and before their journal was emptied, no event stands there twice', async () => {
  const path = join(folder, 'engine.sqlite');
  const { arn, engine } = await waiting(path);
  copyFileSync(`${path}-log`, join(folder, 'kept'));
  // Whoever lists executions has their rows written.
  expect(engine.listExecutions({ limit: 10 })).toHaveLength(1);
  expect(readFileSync(`${path}-log`, 'utf8').split('\n')).toHaveLength(2);
  copyFileSync(join(folder, 'kept'), `${path}-log`);
  await endsWell(path, arn);
});

test('an execution started after a kill gets a number that none in the journal has', async () => {
  const path = join(folder, 'engine.sqlite');
  const { arn } = await waiting(path);
  const { engine } = open(path);
  const { machineArn } = engine.describeExecution(arn);
  await engine.startExecution({ stateMachineArn: machineArn, name: 'another' });
  expect(engine.listExecutions({ limit: 10 })).toHaveLength(2);
  engine.close();
  await endsWell(path, arn);
});

/** An execution's first commit. */
function start(arn: string): Change {
  const events = new EventLog(began);
  events.add(1, 0, began, 'ExecutionStarted', { input: '{}' });
  return {
    execution: {
      ...{ arn, name: arn, machineArn: 'm', type: 'STANDARD', revisionId: 'r', input: '{}' },
      ...{ startDate: began, status: 'RUNNING', redriveCount: 0, lastEvent: 1, lastThread: 0 },
    },
    ...{ due: 0, events, threads: [], removed: [] },
  };
}

/** Half a line fits on the disk. */
function fillDisk(path: string) {
  return vi.spyOn(Journal.prototype, 'append').mockImplementation(() => {
    appendFileSync(`${path}-log`, '2\t0\t{"arn":');
    throw new Error('no space left');
  });
}

test('after a write that failed half-way nothing is written or told, and what was written before is there', () => {
  const path = join(folder, 'engine.sqlite');
  const store = new FileStore(path);
  store.commit([start('a')]);
  const full = fillDisk(path);
  expect(() => store.commit([start('b')])).toThrow('no space left');
  full.mockRestore();
  expect(() => store.commit([start('c')])).toThrow('nothing more is written');
  expect(() => store.executions({ limit: 9 })).toThrow('nothing more is written');
  store.close();
  const again = new FileStore(path);
  expect(again.executions({ limit: 9 }).map(({ arn }) => arn)).toEqual(['a']);
  expect(again.events('a', { limit: 9, reverse: false })).toHaveLength(1);
  again.close();
});

test('a journal that could not be begun anew takes no line that would be left aside', () => {
  const path = join(folder, 'engine.sqlite');
  const store = new FileStore(path);
  store.commit([start('a')]);
  const failing = vi.spyOn(Journal.prototype, 'begin').mockImplementation(() => {
    throw new Error('no space left');
  });
  expect(() => store.executions({ limit: 9 })).toThrow('no space left');
  failing.mockRestore();
  expect(() => store.commit([start('b')])).toThrow('nothing more is written');
  store.close();
  const again = new FileStore(path);
  expect(again.executions({ limit: 9 }).map(({ arn }) => arn)).toEqual(['a']);
  again.close();
});

test('rows that could not be written are written later, and nobody is told of half of them', () => {
  const path = join(folder, 'engine.sqlite');
  const store = new FileStore(path);
  store.commit([start('a'), start('b')]);
  const failing = vi.spyOn(Journal.prototype, 'begin');
  const db = new DatabaseSync(path);
  db.exec(
    `CREATE TRIGGER full BEFORE INSERT ON execution WHEN new.arn = 'b' BEGIN SELECT raise(ROLLBACK, 'full'); END`,
  );
  expect(() => store.executions({ limit: 9 })).toThrow('full');
  expect(failing).not.toHaveBeenCalled();
  expect(db.prepare('SELECT count(*) AS n FROM execution').get()).toEqual({ n: 0 });
  db.exec('DROP TRIGGER full');
  db.close();
  expect(store.executions({ limit: 9 }).map(({ arn }) => arn)).toEqual(['b', 'a']);
  expect(store.events('b', { limit: 9, reverse: false })).toHaveLength(1);
  store.close();
});

test('an engine whose store cannot be written to answers for nothing, and can be closed', async () => {
  const path = join(folder, 'engine.sqlite');
  const { engine, arn } = await waiting(path);
  const { machineArn } = engine.describeExecution(arn);
  const full = fillDisk(path);
  const told: string[] = [];
  void engine.startExecution({ stateMachineArn: machineArn, name: 'f' }).then(() => {
    told.push('started');
  });
  expect(() => engine.close()).toThrow('no space left');
  full.mockRestore();
  void engine.stop(arn).then(() => told.push('stopped'));
  await turn();
  await turn();
  engine.close();
  expect(told).toEqual([]);
  await endsWell(path, arn);
});

test('what goes on of an execution that is no more does not come into the journal', () => {
  const path = join(folder, 'engine.sqlite');
  const store = new FileStore(path);
  const begun = start('a');
  store.commit([begun]);
  store.forget('a');
  const journal = readFileSync(`${path}-log`, 'utf8');
  begun.events.clear();
  begun.events.add(2, 1, began, 'WaitStateEntered', { name: 'W', input: '{}' });
  expect(() => store.commit([begun])).toThrow('has been deleted');
  expect(readFileSync(`${path}-log`, 'utf8')).toBe(journal);
  store.close();
  new FileStore(path).close();
});

test('a store that somebody else has opened since is not written to', () => {
  const path = join(folder, 'engine.sqlite');
  const store = new FileStore(path);
  store.commit([start('a')]);
  const other = new FileStore(path);
  expect(() => store.executions({ limit: 9 })).toThrow('another process has opened the store');
  other.commit([start('b')]);
  expect(() => store.close()).toThrow('another process has opened the store');
  expect(other.executions({ limit: 9 }).map(({ arn }) => arn)).toEqual(['b', 'a']);
  other.close();
});

test('a page of a history is the same from either store, both ways, wherever its rows end', () => {
  const file = new FileStore(join(folder, 'engine.sqlite'));
  const memory = new MemoryStore();
  const change = start('a');
  let last = 1;
  for (let id = 2; id < 20; id += 1) {
    for (const store of [file, memory]) store.commit([change]);
    // Rows of one to three commits' events.
    if (id % 4 === 0 || id % 3 === 0) file.executions({ limit: 1 });
    change.events.clear();
    for (let one = 0; one < id % 3; one += 1) {
      last += 1;
      // The clock was set back meanwhile.
      change.events.add(last, last - 1, began - last, 'WaitStateEntered', { name: 'W' });
    }
  }
  for (const store of [file, memory]) store.commit([change]);
  expect(memory.events('a', { limit: 99, reverse: true })[0]?.id).toBe(last);
  for (const reverse of [false, true])
    for (let from = 0; from <= last + 2; from += 1)
      for (let limit = 1; limit < 7; limit += 1) {
        const page = { from, limit, reverse };
        const found = file.events('a', page);
        expect(found).toEqual(memory.events('a', page));
        const left = reverse ? Math.min(from - 1, last) : last - from;
        expect(found).toHaveLength(Math.max(0, Math.min(limit, left)));
      }
  file.close();
});
