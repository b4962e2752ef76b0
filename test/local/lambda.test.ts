import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Functions } from '../../local/lambda/functions.ts';
import type { FunctionSpec } from '../../local/lambda/spec.ts';

let directory: string;
let functions: Functions;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'kassa-lambda-'));
});
afterEach(async () => {
  await functions.close();
  rmSync(directory, { recursive: true, force: true });
});

const clock = new SharedArrayBuffer(16);
new Float64Array(clock)[1] = Number.NaN;

/** Functions of the given sources; each is invoked under its key. */
function make(
  sources: Record<string, string>,
  options: { perFunction?: number; total?: number; spec?: Partial<FunctionSpec> } = {},
): void {
  functions = new Functions({ clock, stateDir: directory, ...options });
  for (const [name, source] of Object.entries(sources)) {
    const file = join(directory, `${name}.mjs`);
    writeFileSync(file, source);
    functions.define({
      name,
      arn: `arn:aws:lambda:eu-central-1:000000000000:function:${name}`,
      file,
      exported: 'handler',
      environment: { WHO: name },
      timeoutSeconds: 10,
      memoryMb: 128,
      ...options.spec,
    });
  }
}

/** Answers how many events the same worker runs at the same moment, at most. */
const overlapping = `let now = 0, most = 0;
  export const handler = async () => {
    now += 1; most = Math.max(most, now);
    await new Promise((resolve) => setTimeout(resolve, 60));
    now -= 1; return most;
  };`;

test('a worker runs one event at a time, and the pool keeps to its limit', async () => {
  make({ slow: overlapping }, { perFunction: 2 });
  const answers = await Promise.all(Array.from({ length: 8 }, () => functions.invoke('slow', {})));
  expect(answers.map(({ payload }) => payload)).toEqual(Array(8).fill(1));
  expect(functions.workerCount).toBe(2);
});

test('reserved concurrency is an upper bound, and zero refuses', async () => {
  make({ slow: overlapping }, { spec: { reserved: 1 } });
  await Promise.all(Array.from({ length: 4 }, () => functions.invoke('slow', {})));
  expect(functions.workerCount).toBe(1);
  await functions.close();
  make({ off: overlapping }, { spec: { reserved: 0 } });
  expect(() => functions.invoke('off', {})).toThrow('Rate Exceeded.');
});

test('a function gets its first worker when all are taken by one that waits for it', async () => {
  make({ outer: overlapping, inner: 'export const handler = async () => "inner";' }, { total: 1 });
  const outer = functions.invoke('outer', {});
  const inner = await functions.invoke('inner', {});
  expect(inner.payload).toBe('inner');
  await outer;
});

test('environments are kept apart, also when a function writes to its own', async () => {
  const source =
    'export const handler = async () => { process.env.WHO += "!"; return process.env.WHO; };';
  make({ a: source, b: source });
  expect((await functions.invoke('a', {})).payload).toBe('a!');
  expect((await functions.invoke('b', {})).payload).toBe('b!');
});

test('a module that does not load answers its error, each time', async () => {
  make({ broken: 'throw new RangeError("no configuration");' });
  for (const _ of [1, 2]) {
    const { payload, functionError } = await functions.invoke('broken', {});
    expect(functionError).toBe('Unhandled');
    expect(payload).toMatchObject({ errorType: 'RangeError', errorMessage: 'no configuration' });
  }
});

test('payloads over six megabytes are refused on the way in and on the way out', async () => {
  make({ echo: 'export const handler = async ({ size }) => "x".repeat(size);' });
  expect(() => functions.invoke('echo', 'x'.repeat(6 * 1024 * 1024))).toThrow('must be smaller');
  const { payload } = await functions.invoke('echo', { size: 6_291_557 });
  expect(payload).toMatchObject({ errorType: 'Function.ResponseSizeTooLarge' });
});

test('Date follows the virtual clock in all its forms, and stands where it stands', async () => {
  make({
    dates: `export const handler = async () => [Date.now(), new Date().getTime(), Date.parse(Date()),
      new Date(5).getTime(), new Date() instanceof Date, Date.UTC(1970, 0, 1)];`,
  });
  const cells = new Float64Array(clock);
  cells[0] = 60_000;
  cells[1] = 1_000_000;
  const { payload } = await functions.invoke('dates', {});
  cells[0] = 0;
  cells[1] = Number.NaN;
  expect(payload).toEqual([1_060_000, 1_060_000, 1_060_000, 5, true, 0]);
});
