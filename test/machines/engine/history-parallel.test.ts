import { expect, test } from 'vitest';
import { bench, lambdaTask, machine } from './harness.ts';
import { branches, events, failing, lines, shape } from './history-lines.ts';

test('a Parallel’s branches follow its start, and it goes on from the last of their events', async () => {
  const one = { Type: 'Pass', End: true };
  const got = await lines(
    bench(),
    machine({
      P: { Type: 'Parallel', Branches: branches({ A: one }, { B: one }), Next: 'After' },
      After: { Type: 'Succeed' },
    }),
  );
  expect(got).toEqual([
    ['ExecutionStarted', 0],
    ['ParallelStateEntered', 0],
    ['ParallelStateStarted', 2],
    ['PassStateEntered', 3],
    ['PassStateExited', 4],
    ['PassStateEntered', 3],
    ['PassStateExited', 6],
    ['ParallelStateSucceeded', 7],
    ['ParallelStateExited', 7],
    ['SucceedStateEntered', 9],
    ['SucceedStateExited', 10],
    ['ExecutionSucceeded', 11],
  ]);
});

test('a branch that fails fails the Parallel; a retry starts it again without recording that', async () => {
  const definition = machine({
    P: {
      Type: 'Parallel',
      Branches: branches(failing),
      Retry: [{ ErrorEquals: ['States.ALL'], MaxAttempts: 1 }],
      End: true,
    },
  });
  const history = await events(bench(), definition);
  expect(shape(history)).toEqual([
    ['ExecutionStarted', 0],
    ['ParallelStateEntered', 0],
    ['ParallelStateStarted', 2],
    ['FailStateEntered', 3],
    ['ParallelStateStarted', 4],
    ['FailStateEntered', 5],
    ['ParallelStateFailed', 6],
    ['ExecutionFailed', 7],
  ]);
  expect(history[6]?.details).toBeUndefined();
  expect(history[7]?.details).toEqual({ error: 'MyError', cause: 'my cause' });
});

test('siblings of a failed branch are recorded as aborted', async () => {
  const got = await lines(
    bench(),
    machine({
      P: {
        Type: 'Parallel',
        Branches: branches({ W: { Type: 'Wait', Seconds: 5, End: true } }, failing),
        End: true,
      },
    }),
  );
  expect(got.slice(3)).toEqual([
    ['WaitStateEntered', 3],
    ['FailStateEntered', 3],
    ['WaitStateAborted', 5],
    ['ParallelStateFailed', 5],
    ['ExecutionFailed', 7],
  ]);
});

test('a task whose failure ends its branch is aborted beside the chain', async () => {
  const made = bench({
    invokeLambda: async () => ({ payload: { errorType: 'E' }, functionError: 'Unhandled' }),
  });
  const got = await lines(
    made,
    machine({
      P: {
        Type: 'Parallel',
        Branches: branches({ T: lambdaTask }),
        Catch: [{ ErrorEquals: ['States.ALL'], Next: 'C' }],
        End: true,
      },
      C: { Type: 'Pass', End: true },
    }),
  );
  expect(got).toEqual([
    ['ExecutionStarted', 0],
    ['ParallelStateEntered', 0],
    ['ParallelStateStarted', 2],
    ['TaskStateEntered', 3],
    ['TaskScheduled', 4],
    ['TaskStarted', 5],
    ['TaskFailed', 6],
    ['TaskStateAborted', 7],
    ['ParallelStateFailed', 7],
    ['ParallelStateExited', 9],
    ['PassStateEntered', 10],
    ['PassStateExited', 11],
    ['ExecutionSucceeded', 12],
  ]);
});

test('a Catch whose own Output fails records the state as failed twice', async () => {
  const history = await events(
    bench(),
    machine({
      P: {
        Type: 'Parallel',
        Branches: branches(failing),
        Catch: [
          { ErrorEquals: ['Other'], Next: 'D' },
          { ErrorEquals: ['States.ALL'], Output: { v: '{% $states.input.missing %}' }, Next: 'D' },
        ],
        End: true,
      },
      D: { Type: 'Pass', End: true },
    }),
  );
  expect(shape(history).slice(3)).toEqual([
    ['FailStateEntered', 3],
    ['ParallelStateFailed', 4],
    ['EvaluationFailed', 4],
    ['ParallelStateFailed', 6],
    ['ExecutionFailed', 7],
  ]);
  expect(history[5]?.details?.['location']).toBe('Catch[1]/Output/v');
});

test('a runtime error ends the execution from inside a branch; nothing retries or catches it', async () => {
  const definition = {
    StartAt: 'P',
    States: {
      P: {
        Type: 'Parallel',
        Branches: branches({ Fast: { Type: 'Pass', Parameters: { 'm.$': '$.nope' }, End: true } }),
        Retry: [{ ErrorEquals: ['States.ALL'] }],
        Catch: [{ ErrorEquals: ['States.ALL'], Next: 'C' }],
        End: true,
      },
      C: { Type: 'Succeed' },
    },
  };
  expect(await lines(bench(), definition)).toEqual([
    ['ExecutionStarted', 0],
    ['ParallelStateEntered', 0],
    ['ParallelStateStarted', 2],
    ['PassStateEntered', 3],
    ['ExecutionFailed', 4],
  ]);
});
