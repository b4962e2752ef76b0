import { expect, test } from 'vitest';
import { bench, lambdaTask, machine } from './harness.ts';

test('a Pass gives its Output and sets variables that later states see', async () => {
  const final = await bench().run(
    machine({
      One: {
        Type: 'Pass',
        Assign: { total: '{% $states.input.a + 1 %}' },
        Output: { kept: '{% $states.input.a %}' },
        Next: 'Two',
      },
      Two: { Type: 'Pass', Output: '{% [$total, $states.input.kept] %}', End: true },
    }),
    { a: 1 },
  );
  expect(final).toMatchObject({ status: 'SUCCEEDED', output: '[2,1]' });
});

test('Assign and Output both see the variables as they were', async () => {
  const final = await bench().run(
    machine({
      One: { Type: 'Pass', Assign: { n: 1 }, Next: 'Two' },
      Two: { Type: 'Pass', Assign: { n: 2 }, Output: '{% $n %}', End: true },
    }),
  );
  expect(final.output).toBe('1');
});

test('a Choice takes the first rule that holds, with its own Output and Assign', async () => {
  const definition = machine({
    Which: {
      Type: 'Choice',
      Choices: [
        { Condition: '{% $states.input.n > 10 %}', Next: 'Seen', Assign: { size: 'big' } },
        { Condition: '{% $states.input.n > 5 %}', Next: 'Seen', Assign: { size: 'middle' } },
      ],
      Assign: { size: 'small' },
      Default: 'Seen',
    },
    Seen: { Type: 'Succeed', Output: '{% $size %}' },
  });
  const one = bench();
  expect((await one.run(definition, { n: 11 })).output).toBe('"big"');
  expect((await one.run(definition, { n: 6 })).output).toBe('"middle"');
  expect((await one.run(definition, { n: 1 })).output).toBe('"small"');
});

test('a Choice without a match and a Default fails the execution', async () => {
  const final = await bench().run(
    machine({
      Which: { Type: 'Choice', Choices: [{ Condition: '{% false %}', Next: 'End' }] },
      End: { Type: 'Succeed' },
    }),
  );
  expect(final).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
});

test('a Wait passes when the clock has reached its time, not before', async () => {
  const { start, pass, engine } = bench();
  const arn = await start(
    machine({ W: { Type: 'Wait', Seconds: '{% $states.input.s %}', End: true } }),
    { s: 900 },
  );
  await pass(899);
  expect(engine.describeExecution(arn).status).toBe('RUNNING');
  await pass(1);
  expect(engine.describeExecution(arn)).toMatchObject({ status: 'SUCCEEDED', output: '{"s":900}' });
});

test('a Wait until a timestamp in the past passes at once', async () => {
  const { start, pass, engine } = bench();
  const arn = await start(
    machine({ W: { Type: 'Wait', Timestamp: '2020-01-01T00:00:00Z', End: true } }),
  );
  await pass(0);
  expect(engine.describeExecution(arn).status).toBe('SUCCEEDED');
});

test('a Fail ends the execution with its error and cause', async () => {
  const final = await bench().run(
    machine({ F: { Type: 'Fail', Error: "{% 'E' & 1 %}", Cause: 'because' } }),
  );
  expect(final).toMatchObject({ status: 'FAILED', error: 'E1', cause: 'because' });
});

test('a Parallel gives its branches’ outputs in their order', async () => {
  const final = await bench().run(
    machine({
      Both: {
        Type: 'Parallel',
        Branches: [
          {
            StartAt: 'A',
            States: { A: { Type: 'Pass', Next: 'A2' }, A2: { Type: 'Pass', Output: 1, End: true } },
          },
          {
            StartAt: 'B',
            States: { B: { Type: 'Pass', Output: '{% $states.input.x %}', End: true } },
          },
        ],
        Output: '{% $states.result %}',
        Next: 'After',
      },
      After: { Type: 'Succeed' },
    }),
    { x: 2 },
  );
  expect(final.output).toBe('[1,2]');
});

test('a failing branch fails the Parallel with its error, which Catch takes', async () => {
  const { run, clock } = bench();
  const final = await run(
    machine({
      Both: {
        Type: 'Parallel',
        Branches: [
          { StartAt: 'A', States: { A: { Type: 'Fail', Error: 'Broken', Cause: 'a' } } },
          { StartAt: 'B', States: { B: { Type: 'Wait', Seconds: 60, End: true } } },
        ],
        Catch: [{ ErrorEquals: ['Broken'], Next: 'Undo', Output: '{% $states.errorOutput %}' }],
        End: true,
      },
      Undo: { Type: 'Succeed' },
    }),
  );
  expect(final).toMatchObject({ status: 'SUCCEEDED', output: '{"Error":"Broken","Cause":"a"}' });
  expect(clock.pending).toBe(0);
});

test('a Map runs its items, at most MaxConcurrency at once, results in the items’ order', async () => {
  let now = 0;
  let most = 0;
  const { run } = bench({
    async invokeLambda(_name, payload) {
      now += 1;
      most = Math.max(most, now);
      await new Promise((resolve) => setImmediate(resolve));
      now -= 1;
      return { payload };
    },
  });
  const final = await run(
    machine({
      Each: {
        Type: 'Map',
        Items: '{% $states.input.list %}',
        ItemSelector: {
          v: '{% $states.context.Map.Item.Value %}',
          i: '{% $states.context.Map.Item.Index %}',
        },
        MaxConcurrency: 2,
        ItemProcessor: {
          StartAt: 'Work',
          States: { Work: { ...lambdaTask, Output: '{% $states.result.Payload %}' } },
        },
        End: true,
      },
    }),
    { list: ['a', 'b', 'c', 'd', 'e'] },
  );
  expect(most).toBe(2);
  expect(JSON.parse(final.output ?? '')).toEqual(
    ['a', 'b', 'c', 'd', 'e'].map((v, i) => ({ v, i })),
  );
});

test('a Map over nothing succeeds with nothing', async () => {
  const final = await bench().run(
    machine({
      Each: {
        Type: 'Map',
        Items: [],
        ItemProcessor: { StartAt: 'P', States: { P: { Type: 'Pass', End: true } } },
        End: true,
      },
    }),
  );
  expect(final.output).toBe('[]');
});

test('a nested Map and Parallel see outer variables; their own stay inside', async () => {
  const final = await bench().run(
    machine({
      Set: { Type: 'Pass', Assign: { outer: 10 }, Next: 'Each' },
      Each: {
        Type: 'Map',
        Items: [1, 2],
        ItemProcessor: {
          StartAt: 'Own',
          States: {
            Own: { Type: 'Pass', Assign: { own: '{% $states.input * $outer %}' }, Next: 'In' },
            In: {
              Type: 'Parallel',
              Branches: [
                {
                  StartAt: 'X',
                  States: { X: { Type: 'Pass', Output: '{% $own + 1 %}', End: true } },
                },
              ],
              End: true,
            },
          },
        },
        Output: { all: '{% $states.result %}', leaked: '{% $exists($own) %}' },
        End: true,
      },
    }),
  );
  expect(final.output).toBe('{"all":[[11],[21]],"leaked":false}');
});
