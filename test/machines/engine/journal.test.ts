import { appendFileSync, copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { VirtualClock } from '../../../local/clock.ts';
import { createEngine, type Engine } from '../../../local/sfn/index.ts';
import { began, machine, role } from './harness.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'engine-'));
});
afterEach(() => {
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
