import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { error, testMachine } from '../../../local/sfn/testing/index.ts';
import { lambdaTask, machine, tokenTask } from './harness.ts';

const root = join(import.meta.dirname, '../../..');

test('README’s example is the test that runs', () => {
  const example = readFileSync(join(import.meta.dirname, 'example.test.ts'), 'utf8');
  const readme = readFileSync(join(root, 'local/sfn/README.md'), 'utf8');
  expect(readme).toContain(`\`\`\`ts\n${example}\`\`\``);
});

test('a mock is a value, a function of the input, or a list of either', async () => {
  const task = { ...lambdaTask, Output: '{% $states.result.Payload %}' };
  const states = {
    A: { ...task, End: undefined, Next: 'B' },
    B: { ...task, End: undefined, Next: 'C' },
    C: { ...task, Retry: [{ ErrorEquals: ['Odd'] }] },
  };
  const run = await testMachine(
    { definition: machine(states) },
    {
      input: { n: 1 },
      mocks: {
        A: { n: 2 },
        B: (input: unknown) => ({ of: input }),
        C: [
          () => {
            throw error('Odd', 'once');
          },
          (input: unknown) => ({ got: input }),
        ],
      },
    },
  );
  await run.finish();
  expect(run).toMatchObject({ status: 'SUCCEEDED', output: { got: { of: { n: 2 } } } });
  expect(run.calls('C')).toEqual([{ of: { n: 2 } }, { of: { n: 2 } }]);
  expect(run.path).toEqual(['A', 'B', 'C']);
});

test('what the test forgot is the test’s fault, whatever the machine catches', async () => {
  const caught = { ...lambdaTask, Catch: [{ ErrorEquals: ['States.ALL'], Next: 'E' }] };
  const definition = machine({ T: caught, E: { Type: 'Succeed' } });
  await expect(testMachine({ definition })).rejects.toThrow('no mock for the state');
  const again = machine({
    T: { ...lambdaTask, End: undefined, Output: {}, Next: 'U' },
    U: { Type: 'Choice', Choices: [{ Condition: '{% true %}', Next: 'T' }], Default: 'E' },
    E: { Type: 'Succeed' },
  });
  await expect(testMachine({ definition: again }, { mocks: { T: [1, 2] } })).rejects.toThrow(
    "'T' was called 3 times and has 2 answers",
  );
});

test('tokens are answered by their state’s name, oldest first, or by a mock', async () => {
  const each = {
    Type: 'Map',
    Items: [1, 2],
    ItemProcessor: { StartAt: 'Ask', States: { Ask: tokenTask } },
    Next: 'Sign',
  };
  const sign = { ...tokenTask, Output: '{% [$states.input, $states.result] %}' };
  const run = await testMachine(
    { definition: machine({ Each: each, Sign: sign }) },
    { mocks: { Sign: ['signed'] } },
  );
  expect(run.waiting).toEqual(['Ask', 'Ask']);
  await run.answer('Ask', 'a');
  await run.answer('Ask', 'b');
  expect(run.output).toEqual(['a', 'b', 'signed']);
  await expect(run.answer('Ask', 'c')).rejects.toThrow("'Ask' waits for no token");
});

test('an error may answer a token; heartbeats keep it, and time ends it', async () => {
  const definition = machine({ T: { ...tokenTask, HeartbeatSeconds: 10 } });
  const failed = await testMachine({ definition });
  await failed.answer('T', error('Refused', 'no funds'));
  expect(failed).toMatchObject({ status: 'FAILED', error: 'Refused', cause: 'no funds' });
  const kept = await testMachine({ definition });
  await kept.pass(9);
  kept.heartbeat('T');
  await kept.pass(9);
  expect(kept.status).toBe('RUNNING');
  await kept.finish();
  expect(kept).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
  const stopped = await testMachine({ definition });
  expect((await stopped.stop('Enough')).status).toBe('ABORTED');
});

test('services and child executions are mocked by the state’s name too', async () => {
  const states = {
    Send: {
      Type: 'Task',
      Resource: 'arn:aws:states:::sqs:sendMessage',
      Arguments: { QueueUrl: 'q', MessageBody: 'b' },
      Output: '{% $states.result.MessageId %}',
      Next: 'Child',
    },
    Child: {
      Type: 'Task',
      Resource: 'arn:aws:states:::states:startExecution.sync:2',
      Arguments: { StateMachineArn: 'arn:aws:states:us-east-1:000000000000:stateMachine:child' },
      Output: '{% [$states.input, $states.result.Output.x] %}',
      End: true,
    },
  };
  const run = await testMachine(
    { definition: machine(states) },
    { mocks: { Send: { MessageId: 'm' }, Child: { Status: 'SUCCEEDED', Output: { x: 1 } } } },
  );
  expect(run).toMatchObject({ status: 'SUCCEEDED', output: ['m', 1] });
  expect(run.calls('Send')).toEqual([{ QueueUrl: 'q', MessageBody: 'b' }]);
});

test('a template’s machine is found by its name or id, and its references are filled in', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'template-'));
  const template = join(folder, 'T.template.json');
  const one = (definition: unknown, more: object = {}) => ({
    Type: 'AWS::StepFunctions::StateMachine',
    Properties: { DefinitionString: definition, ...more },
  });
  const text = JSON.stringify({
    StartAt: 'P',
    States: { P: { Type: 'Pass', Result: ['FN', 'ACCOUNT', 'QUEUE'], End: true } },
  });
  const sub = ['AWS::Region', 'Fn1.Arn'].map((name) => `$\{${name}}`).join('-');
  const [before = '', between = '', last = '', rest = ''] = text.split(/FN|ACCOUNT|QUEUE/);
  const parts = [
    ...[before, { 'Fn::GetAtt': ['Fn1', 'Arn'] }, between, { Ref: 'AWS::AccountId' }],
    ...[last, { 'Fn::Sub': sub }, rest],
  ];
  writeFileSync(
    template,
    JSON.stringify({
      Resources: {
        Fn1: { Type: 'AWS::Lambda::Function' },
        FirstABC: one({ 'Fn::Join': ['', parts] }),
        SecondABC: one(text, { StateMachineName: 'two', StateMachineType: 'EXPRESS' }),
      },
    }),
  );
  const arn = 'arn:aws:lambda:us-east-1:000000000000:function:Fn1';
  const first = await testMachine({ template, machine: 'First' });
  expect(first.output).toEqual([arn, '000000000000', `us-east-1-${arn}`]);
  const second = await testMachine({ template, machine: 'two' });
  expect(second.output).toEqual(['FN', 'ACCOUNT', 'QUEUE']);
  await expect(testMachine({ template })).rejects.toThrow('of: FirstABC, SecondABC');
  rmSync(folder, { recursive: true, force: true });
});
