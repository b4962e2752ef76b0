import { turn, VirtualClock } from '../../clock.ts';
import { createEngine, type Engine } from '../engine.ts';
import type { HistoryEvent } from '../history.ts';
import type { ExecutionStatus } from '../store/store.ts';
import { MockError, MockSet, type Mocks } from './mocks.ts';
import { type FoundMachine, machineOf, type TemplateMachine } from './template.ts';

export { error, type Mock, MockError, type Mocks } from './mocks.ts';
export type { TemplateMachine } from './template.ts';

/** The machine a test is about: one of a synthesized template, or a definition (an object, or its JSON text). */
export type MachineSource =
  | TemplateMachine
  | { readonly definition: object | string; readonly type?: 'STANDARD' | 'EXPRESS' };

export interface TestOptions {
  /** `{}` if left out. */
  readonly input?: unknown;
  /** What tasks answer, by the name of the state. */
  readonly mocks?: Mocks;
  /** The execution's name. */
  readonly name?: string;
  /** Where time stands at the start; noon of 2026-01-01 UTC if left out. */
  readonly now?: Date;
}

/**
 * Starts a machine on a clock that stands still, and comes back once nothing can go on by itself: the execution has
 * ended, or waits for a time or a token.
 *
 * Every task is answered by a mock; whatever surrounds it (Retry, Catch, timeouts, data flow, history) is the
 * engine's own. Jitter is taken at its middle and ids count up, so a test gives the same in every run.
 * @throws ServiceError InvalidDefinition
 * @throws Error where a task has no mock
 */
export async function testMachine(
  source: MachineSource,
  options: TestOptions = {},
): Promise<TestRun> {
  const run = new TestRun('template' in source ? machineOf(source) : definitionOf(source), options);
  await run.start();
  return run;
}

function definitionOf(source: Exclude<MachineSource, TemplateMachine>): FoundMachine {
  const { definition, type } = source;
  return {
    definition: typeof definition === 'string' ? definition : JSON.stringify(definition),
    type: type ?? 'STANDARD',
  };
}

/** One execution under test. Its fields tell how it stands now; its methods let something happen and settle. */
export class TestRun {
  readonly #clock: VirtualClock;
  readonly #engine: Engine;
  readonly #mocks: MockSet;
  readonly #options: TestOptions;
  readonly #machineArn: string;
  #executionArn = '';
  /** Tokens nobody has answered yet, oldest first, by state. */
  readonly #tokens = new Map<string, string[]>();
  /** Tokens whose mock has the answer. */
  readonly #answers: { readonly state: string; readonly token: string; input: unknown }[] = [];

  constructor(machine: FoundMachine, options: TestOptions) {
    this.#options = options;
    this.#clock = new VirtualClock({
      stoppedAt: (options.now ?? new Date('2026-01-01T12:00:00Z')).getTime(),
    });
    this.#mocks = new MockSet(options.mocks ?? {});
    let ids = 0;
    this.#engine = createEngine({
      clock: this.#clock,
      store: { kind: 'memory' },
      random: () => 0.5,
      newId: () => {
        ids += 1;
        return `00000000-0000-4000-8000-${String(ids).padStart(12, '0')}`;
      },
      integrations: {
        ...this.#mocks.integrations('', false),
        inState: (state, token, input) => {
          if (token !== undefined) this.#waits(state, token, input);
          return this.#mocks.integrations(state, token !== undefined);
        },
      },
    });
    this.#machineArn = this.#engine.createStateMachine({
      name: 'machine',
      definition: machine.definition,
      roleArn: 'arn:aws:iam::000000000000:role/machine',
      type: machine.type,
    }).machine.arn;
  }

  get status(): ExecutionStatus {
    return this.#engine.describeExecution(this.#executionArn).status;
  }

  /** The execution's output, parsed; undefined while it has none. */
  get output(): unknown {
    const { output } = this.#engine.describeExecution(this.#executionArn);
    return output === undefined ? undefined : JSON.parse(output);
  }

  get error(): string | undefined {
    return this.#engine.describeExecution(this.#executionArn).error;
  }

  get cause(): string | undefined {
    return this.#engine.describeExecution(this.#executionArn).cause;
  }

  get history(): readonly HistoryEvent[] {
    return this.#engine.history(this.#executionArn);
  }

  /** The names of the states in the order they were entered, those of branches and iterations among them. */
  get path(): readonly string[] {
    return this.history.flatMap(({ type, details }) => {
      const name = details?.['name'];
      return type.endsWith('StateEntered') && typeof name === 'string' ? [name] : [];
    });
  }

  get now(): Date {
    return new Date(this.#clock.now());
  }

  /** The states that wait for a token, once for each. */
  get waiting(): readonly string[] {
    return [...this.#tokens].flatMap(([state, tokens]) => tokens.map(() => state));
  }

  /** What the state's task was given, call by call. */
  calls(state: string): readonly unknown[] {
    return this.#mocks.calls.get(state) ?? [];
  }

  /** Lets time pass; whatever is due on the way happens at its own time. */
  async pass(seconds: number): Promise<this> {
    await this.#clock.advance(seconds * 1000, () => this.#settle());
    return this;
  }

  /**
   * Lets time pass until the execution has ended.
   * @throws Error where it waits for something that time does not bring
   */
  async finish(): Promise<this> {
    while (this.status === 'RUNNING') {
      const next = this.#clock.next;
      if (next === undefined) throw new Error(`it waits for ever in ${this.waiting.join(', ')}`);
      await this.#clock.advance(Math.max(0, next - this.#clock.now()), () => this.#settle());
    }
    return this;
  }

  /**
   * Answers the oldest token of that state.
   * @param value the task's output, or an `error(...)`
   * @throws Error where the state waits for none, ServiceError TaskTimedOut where it does no longer
   */
  async answer(state: string, value: unknown): Promise<this> {
    await this.#send(this.#taken(state), value);
    await this.#settle();
    return this;
  }

  /** Tells that the oldest token of that state is still being worked on. */
  heartbeat(state: string): void {
    const [token] = this.#tokens.get(state) ?? [];
    if (token === undefined) throw new Error(`'${state}' waits for no token`);
    this.#engine.sendTaskHeartbeat(token);
  }

  async stop(name?: string, cause?: string): Promise<this> {
    await this.#engine.stop(this.#executionArn, name, cause);
    await this.#settle();
    return this;
  }

  /** @internal */
  async start(): Promise<void> {
    const { input, name } = this.#options;
    const started = await this.#engine.startExecution({
      stateMachineArn: this.#machineArn,
      name: name ?? 'execution',
      input: JSON.stringify(input ?? {}),
    });
    this.#executionArn = started.executionArn;
    await this.#settle();
  }

  #waits(state: string, token: string, input: unknown): void {
    if (this.#mocks.has(state)) this.#answers.push({ state, token, input });
    else this.#tokens.set(state, [...(this.#tokens.get(state) ?? []), token]);
  }

  #taken(state: string): string {
    const [token, ...others] = this.#tokens.get(state) ?? [];
    if (token === undefined)
      throw new Error(`'${state}' waits for no token; waiting: ${this.waiting.join(', ')}`);
    if (others.length > 0) this.#tokens.set(state, others);
    else this.#tokens.delete(state);
    return token;
  }

  async #send(token: string, value: unknown): Promise<void> {
    if (value instanceof MockError)
      await this.#engine.sendTaskFailure(token, value.error, value.cause);
    else await this.#engine.sendTaskSuccess(token, JSON.stringify(value ?? null));
  }

  /** Until nothing goes on by itself, and every token with a mock is answered. */
  async #settle(): Promise<void> {
    for (;;) {
      await this.#engine.idle();
      await turn();
      const [fault] = this.#mocks.faults;
      if (fault !== undefined) throw new Error(fault);
      const next = this.#answers.shift();
      if (next === undefined) return;
      const answer = await this.#mocks.answer(next.state, next.input).catch(mockError);
      await this.#send(next.token, answer);
    }
  }
}

function mockError(thrown: unknown): MockError {
  if (thrown instanceof MockError) return thrown;
  throw thrown;
}
