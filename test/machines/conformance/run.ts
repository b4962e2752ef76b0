import { expect } from 'vitest';
import { ServiceError } from '../../../local/sfn/index.ts';
import { type Json, toJson } from '../../../local/sfn/json.ts';
import { type Bench, bench } from '../engine/harness.ts';
import type { Answer, Callback, Case, Expectation } from './case.ts';

const enough = 3_000_000;

/** Runs a case on virtual time and holds what happened to what it expects. */
export async function hold(one: Case): Promise<void> {
  const mocks = new Mocks(one.mocks ?? {});
  const made = bench({
    invokeLambda: async (name, payload) => mocks.invoke(name.split(':').at(-1) ?? '', payload),
    connect: (service, action) =>
      mocks.has(`${service}:${action}`)
        ? async (input) => mocks.call(`${service}:${action}`, input)
        : undefined,
  });
  const began = made.clock.now();
  let arn: string;
  try {
    arn = await made.start(one.definition, one.input === undefined ? {} : one.input, {
      ...(one.type === undefined ? {} : { type: one.type }),
      ...(one.text === undefined ? {} : { text: one.text }),
    });
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    expect(error.message).toContain(one.expect.refused ?? 'nothing was to be refused');
    return;
  }
  expect(one.expect.refused).toBeUndefined();
  // A call that is never answered keeps the engine busy: then so many turns of the event loop have to do.
  const settle = mocks.silent ? turns : () => made.engine.idle();
  const pass = (seconds: number) => made.clock.advance(seconds * 1000, settle);
  await settle();
  for (const callback of one.callbacks ?? []) {
    await pass(callback.at - (made.clock.now() - began) / 1000);
    await answer(made, mocks, callback);
    await settle();
  }
  if (made.engine.describeExecution(arn).status === 'RUNNING') await pass(enough);
  compare(made, arn, one.expect, began);
  if (one.expect.calls !== undefined) expect(mocks.calls).toEqual(one.expect.calls);
}

async function turns(): Promise<void> {
  for (let count = 0; count < 20; count += 1) await new Promise((next) => setImmediate(next));
}

async function answer({ engine }: Bench, mocks: Mocks, { does }: Callback): Promise<void> {
  if (does === 'beats') engine.sendTaskHeartbeat(mocks.token);
  else if ('succeeds' in does) await engine.sendTaskSuccess(mocks.token, does.succeeds);
  else await engine.sendTaskFailure(mocks.token, ...does.fails);
}

function compare({ engine }: Bench, arn: string, wanted: Expectation, began: number): void {
  const record = engine.describeExecution(arn);
  const failing = wanted.error !== undefined || wanted.cause !== undefined;
  const told = `${record.error ?? ''} ${record.cause ?? ''}`;
  expect(record.status, told).toBe(wanted.status ?? (failing ? 'FAILED' : 'SUCCEEDED'));
  if (wanted.output !== undefined) expect(JSON.parse(record.output ?? '')).toEqual(wanted.output);
  if (wanted.includes !== undefined)
    expect(JSON.parse(record.output ?? '')).toMatchObject(wanted.includes);
  if (wanted.error !== undefined) expect(record.error).toBe(wanted.error);
  if (wanted.cause !== undefined) expect(shortened(record.cause)).toBe(wanted.cause);
  if (wanted.took !== undefined)
    expect(((record.stopDate ?? 0) - began) / 1000).toBeCloseTo(wanted.took, 6);
  const history = engine.history(arn);
  if (wanted.events !== undefined)
    expect(history.slice(1).map((event) => [event.type, event.previousEventId])).toEqual(
      wanted.events,
    );
  for (const [type, details] of Object.entries(wanted.details ?? {}))
    expect(history.find((event) => event.type === type)?.details).toMatchObject(details);
}

/** Leaves out what differs from run to run: the opening that names the state, and request ids. */
function shortened(cause: string | undefined): string | undefined {
  return cause
    ?.replace(
      /^An error occurred while executing the state '[^']*' \(entered at the event id #\d+\)\. /,
      '… ',
    )
    .replace(/Request ID: [\w-]+/, 'Request ID: …');
}

/** Services that answer as they are told and remember what they were asked. */
class Mocks {
  readonly calls: Json[] = [];
  token = '';
  private readonly answers: NonNullable<Case['mocks']>;
  private readonly used = new Map<string, number>();

  constructor(answers: NonNullable<Case['mocks']>) {
    this.answers = answers;
  }

  get silent(): boolean {
    return Object.values(this.answers).some((one) => one === 'nothing');
  }

  has(name: string): boolean {
    return Object.hasOwn(this.answers, name);
  }

  async invoke(name: string, payload: unknown) {
    const told = this.next(name, payload);
    if (told !== 'nothing' && 'fails' in told) {
      const { fails: errorType, message: errorMessage } = told;
      const error = errorMessage === undefined ? { errorType } : { errorType, errorMessage };
      return { payload: error, functionError: 'Unhandled' };
    }
    return { payload: await settled(told) };
  }

  async call(name: string, input: unknown): Promise<unknown> {
    return settled(this.next(name, input));
  }

  private next(name: string, input: unknown): Answer {
    const given = toJson(input);
    this.token = /"token\\?":\\?"([^"\\]+)/.exec(JSON.stringify(given))?.[1] ?? this.token;
    this.calls.push(this.token === '' ? given : mask(given, this.token));
    const answers = this.answers[name];
    if (answers === undefined) return { value: given };
    if (!isList(answers)) return answers;
    const at = this.used.get(name) ?? 0;
    this.used.set(name, at + 1);
    return answers[Math.min(at, answers.length - 1)] ?? 'nothing';
  }
}

function isList(answers: Answer | readonly Answer[]): answers is readonly Answer[] {
  return Array.isArray(answers);
}

function mask(value: Json, token: string): Json {
  return toJson(JSON.parse(JSON.stringify(value).replaceAll(token, 'TOKEN')));
}

function settled(told: Answer): Promise<unknown> {
  if (told === 'nothing') return new Promise(() => undefined);
  if ('value' in told) return Promise.resolve(told.value);
  if ('fails' in told) return Promise.reject(new Error(told.message ?? told.fails));
  const { refuses: name, message, status } = told;
  return Promise.reject(
    Object.assign(new Error(message), {
      name,
      $metadata: { httpStatusCode: status ?? 400, requestId: 'r' },
    }),
  );
}
