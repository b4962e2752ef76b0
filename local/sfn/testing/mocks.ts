import { StateError } from '../errors.ts';
import type { Integrations } from '../integrations/integrations.ts';

/** An answer that is an error: `MockError` thrown by a function is the same. */
export class MockError extends StateError {}

/** A task's error, as Retry and Catch see it. */
export function error(name: string, cause?: string): MockError {
  return new MockError(name, cause);
}

/**
 * What a task answers: a value, an `error(...)`, a function of the task's input (which may throw an `error(...)`), or
 * a list of these, one for each call. An answer that is itself a list stands in a list: `[[1, 2]]`.
 *
 * The input is the payload where a Lambda is invoked, else all that the task gives to the service; the answer is the
 * payload, or the service's answer. For a task that waits for a token it is the answer to the token; without a mock
 * such a task waits until the test answers it.
 */
export type Mock = unknown;
export type Mocks = Readonly<Record<string, Mock>>;

type Answerer = (input: unknown) => unknown;

/** The mocks of one test: what each answers next, and what it was asked. */
export class MockSet {
  readonly calls = new Map<string, unknown[]>();
  /** What is wrong with the test itself: no Catch of the machine may hide it. */
  readonly faults: string[] = [];
  private readonly mocks: Mocks;

  constructor(mocks: Mocks) {
    this.mocks = mocks;
  }

  has(state: string): boolean {
    return Object.hasOwn(this.mocks, state);
  }

  /** @throws MockError where that is the answer */
  async answer(state: string, input: unknown): Promise<unknown> {
    const mock = this.mocks[state];
    const asked = this.calls.get(state)?.length ?? 0;
    const turn: unknown = Array.isArray(mock) ? mock[Math.max(0, asked - 1)] : mock;
    if (Array.isArray(mock) && asked > mock.length)
      throw this.fault(`'${state}' was called ${asked} times and has ${mock.length} answers`);
    const answer = isFunction(turn) ? await turn(input) : turn;
    if (answer instanceof MockError) throw answer;
    return answer ?? null;
  }

  private fault(what: string): MockError {
    this.faults.push(what);
    return error('States.Runtime', what);
  }

  private asked(state: string, input: unknown): void {
    this.calls.set(state, [...(this.calls.get(state) ?? []), input]);
  }

  /** Stands in for whatever the state calls. @param waits its answer comes by token, later */
  integrations(state: string, waits: boolean): Integrations {
    const reply = async (input: unknown): Promise<unknown> => {
      this.asked(state, input);
      if (waits) return {};
      if (this.has(state)) return this.answer(state, input);
      throw this.fault(`there is no mock for the state '${state}'`);
    };
    return {
      invokeLambda: async (_name, payload) => ({ payload: await reply(payload) }),
      connect: () => reply,
    };
  }
}

function isFunction(value: unknown): value is Answerer {
  return typeof value === 'function';
}
