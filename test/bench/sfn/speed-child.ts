// Started by speed.ts: one engine with one subject. For each message it runs all executions once, and answers with
// the processor time that took, in microseconds.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { StateMachine } from 'aws-local-stepfunctions';
import { VirtualClock } from '../../../local/clock.ts';
import { createEngine, type EngineOptions } from '../../../local/sfn/index.ts';
import { increment, type Subject, subjects } from './machines.ts';

/** Runs one execution and answers when it has ended well. */
type One = () => Promise<void>;

const { values } = parseArgs({
  options: { engine: { type: 'string', default: '' }, subject: { type: 'string', default: '' } },
});

function subjectOf(name: string): Subject {
  const subject = subjects.find((one) => one.name === name);
  if (subject === undefined) throw new Error(`no subject ${name}`);
  return subject;
}

function ours(subject: Subject, store: EngineOptions['store']): One {
  const engine = createEngine({
    clock: new VirtualClock(),
    store,
    integrations: { invokeLambda: async (_name, payload) => ({ payload: increment(payload) }) },
  });
  const { machine } = engine.createStateMachine({
    name: 'subject',
    definition: JSON.stringify(subject.definition),
    roleArn: 'arn:aws:iam::000000000000:role/machine',
  });
  const input = JSON.stringify(subject.input);
  return async () => {
    const { executionArn } = await engine.startExecution({ stateMachineArn: machine.arn, input });
    const { status } = await engine.waitFor(executionArn);
    if (status !== 'SUCCEEDED') throw new Error(`${subject.name}: ${status}`);
  };
}

function theirs(subject: Subject): One {
  const machine = new StateMachine(subject.definition);
  const taskResourceLocalHandlers = Object.fromEntries(
    Object.entries(subject.definition.States)
      .filter(([, state]) => state.Type === 'Task')
      .map(([name]) => [name, async (input: unknown) => ({ ...increment(input) })]),
  );
  const input = JSON.stringify(subject.input);
  return async () => {
    await machine.run(JSON.parse(input), { overrides: { taskResourceLocalHandlers } }).result;
  };
}

function oneOf(engine: string, subject: Subject): One {
  if (engine === 'aws-local-stepfunctions') return theirs(subject);
  // The other engine forgets an execution when it has ended.
  if (engine === 'memory') return ours(subject, { kind: 'memory', keep: 100 });
  const folder = mkdtempSync(join(tmpdir(), 'bench-sfn-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return ours(subject, { kind: 'file', path: join(folder, 'engine.sqlite') });
}

const subject = subjectOf(values.subject);
const one = oneOf(values.engine, subject);
process.on('message', () => {
  const before = process.cpuUsage();
  void Promise.all(Array.from({ length: subject.executions }, one)).then(() => {
    const { user, system } = process.cpuUsage(before);
    process.send?.(user + system);
  });
});
process.on('disconnect', () => process.exit());
process.send?.(0);
