import { expect, test } from 'vitest';
import { bench, machine, tokenTask } from './harness.ts';
import { events, failing, lines, map, shape, undefinedOutput } from './history-lines.ts';

test('a Map’s iterations one by one, each following the last state event before it', async () => {
  const history = await events(
    bench(),
    machine({ M: map({ I: { Type: 'Pass', End: true } }, { MaxConcurrency: 1 }) }),
    { items: [1, 2] },
  );
  expect(shape(history)).toEqual([
    ['ExecutionStarted', 0],
    ['MapStateEntered', 0],
    ['MapStateStarted', 2],
    ['MapIterationStarted', 3],
    ['PassStateEntered', 4],
    ['PassStateExited', 5],
    ['MapIterationSucceeded', 6],
    ['MapIterationStarted', 6],
    ['PassStateEntered', 8],
    ['PassStateExited', 9],
    ['MapIterationSucceeded', 10],
    ['MapStateSucceeded', 11],
    ['MapStateExited', 11],
    ['ExecutionSucceeded', 13],
  ]);
  expect(history[2]?.details).toEqual({ length: 2 });
  expect(history[7]?.details).toEqual({ name: 'M', index: 1 });
});

test('a Map over nothing', async () => {
  const definition = machine({ M: map({ I: { Type: 'Pass', End: true } }) });
  expect(await lines(bench(), definition, { items: [] })).toEqual([
    ['ExecutionStarted', 0],
    ['MapStateEntered', 0],
    ['MapStateStarted', 2],
    ['MapStateSucceeded', 3],
    ['MapStateExited', 3],
    ['ExecutionSucceeded', 5],
  ]);
});

test('a failed iteration, retried once, then caught', async () => {
  const definition = machine({
    M: map(failing, {
      Retry: [{ ErrorEquals: ['States.ALL'], MaxAttempts: 1 }],
      Catch: [{ ErrorEquals: ['MyError'], Next: 'C' }],
    }),
    C: { Type: 'Succeed' },
  });
  expect((await lines(bench(), definition, { items: [1] })).slice(3, 12)).toEqual([
    ['MapIterationStarted', 3],
    ['FailStateEntered', 4],
    ['MapIterationFailed', 5],
    ['MapStateStarted', 5],
    ['MapIterationStarted', 7],
    ['FailStateEntered', 8],
    ['MapIterationFailed', 9],
    ['MapStateFailed', 9],
    ['MapStateExited', 11],
  ]);
});

test('iterations are all started before their tasks, and those beside a failed one are cut off after it', async () => {
  const tokens: string[] = [];
  const made = bench({
    async invokeLambda(_name, payload) {
      tokens.push(JSON.stringify(payload).split('"')[3] ?? '');
      return { payload: null };
    },
  });
  const arn = await made.start(machine({ M: map({ T: tokenTask }) }), { items: [1, 2] });
  await made.engine.idle();
  await made.engine.sendTaskFailure(tokens[0] ?? '', 'E');
  expect(shape(made.engine.history(arn)).slice(2)).toEqual([
    ['MapStateStarted', 2],
    ['MapIterationStarted', 3],
    ['MapIterationStarted', 3],
    ['TaskStateEntered', 4],
    ['TaskScheduled', 6],
    ['TaskStateEntered', 5],
    ['TaskScheduled', 8],
    ['TaskStarted', 7],
    ['TaskStarted', 9],
    ['TaskSubmitted', 10],
    ['TaskSubmitted', 11],
    ['TaskFailed', 12],
    ['MapIterationFailed', 14],
    ['TaskStateAborted', 14],
    ['MapIterationAborted', 14],
    ['TaskStateAborted', 14],
    ['MapStateFailed', 14],
    ['ExecutionFailed', 19],
  ]);
});

test('a Map tolerates as many failures as it says', async () => {
  const some = (count: number) =>
    machine({
      M: map(
        {
          C: {
            Type: 'Choice',
            Choices: [{ Condition: '{% $states.input = 2 %}', Next: 'Boom' }],
            Default: 'Ok',
          },
          Ok: { Type: 'Succeed' },
          ...failing,
        },
        { ToleratedFailureCount: count },
      ),
    });
  const made = bench();
  expect(await made.run(some(1), { items: [1, 2, 3] })).toMatchObject({ status: 'SUCCEEDED' });
  expect(await made.run(some(0), { items: [1, 2, 3] })).toMatchObject({
    status: 'FAILED',
    error: 'States.ExceedToleratedFailureThreshold',
  });
  const negative = await made.run(
    machine({
      M: map({ Ok: { Type: 'Succeed' } }, { ToleratedFailureCount: '{% $states.input.count %}' }),
    }),
    { items: [1], count: -1 },
  );
  expect(negative.cause).toContain('ToleratedFailureCount cannot be negative.');
});

test('an expression that gives nothing leaves EvaluationFailed in the iteration and in the Map’s own fields', async () => {
  const inside = await events(
    bench(),
    machine({ M: map({ Undef: undefinedOutput }, { MaxConcurrency: 1 }) }),
    { items: [{}, {}] },
  );
  expect(shape(inside).slice(3)).toEqual([
    ['MapIterationStarted', 3],
    ['PassStateEntered', 4],
    ['EvaluationFailed', 5],
    ['MapIterationFailed', 6],
    ['MapStateFailed', 6],
    ['ExecutionFailed', 8],
  ]);
  expect(inside[5]?.details).toEqual({
    error: 'States.QueryEvaluationError',
    cause:
      "An error occurred while executing the state 'Undef' (entered at the event id #5). The JSONata expression '$states.input.missing' specified for the field 'Output/v' returned nothing (undefined).",
    location: 'Output/v',
    state: 'Undef',
  });
  const own = await lines(bench(), machine({ M: map({ I: { Type: 'Pass', End: true } }) }));
  expect(own).toEqual([
    ['ExecutionStarted', 0],
    ['MapStateEntered', 0],
    ['EvaluationFailed', 2],
    ['MapStateFailed', 3],
    ['ExecutionFailed', 4],
  ]);
});
