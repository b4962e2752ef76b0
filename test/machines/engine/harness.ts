import { afterEach } from 'vitest';
import { VirtualClock } from '../../../local/clock.ts';
import {
  createEngine,
  type Engine,
  type EngineOptions,
  type Final,
  type Integrations,
} from '../../../local/sfn/index.ts';

export const began = Date.parse('2026-03-01T12:00:00.000Z');
export const role = 'arn:aws:iam::000000000000:role/machine';

export interface Bench {
  readonly clock: VirtualClock;
  readonly engine: Engine;
  /** Moves the time, letting everything settle at each timer on the way. */
  pass(seconds: number): Promise<void>;
  /** Creates a machine and starts it. */
  start(definition: object, input?: unknown, options?: StartOptions): Promise<string>;
  /** Starts and waits for the end, which must come without time passing. */
  run(definition: object, input?: unknown, options?: StartOptions): Promise<Final>;
}

export interface StartOptions {
  readonly machine?: string;
  readonly name?: string;
  readonly type?: 'STANDARD' | 'EXPRESS';
  /** The input as it is written, blanks and all, in the place of a value. */
  readonly text?: string;
}

const open: Bench[] = [];

afterEach(() => {
  for (const bench of open.splice(0)) bench.engine.close();
});

export function bench(
  integrations: Integrations = {},
  options: Partial<EngineOptions> = {},
  clock = new VirtualClock({ stoppedAt: began }),
): Bench {
  const engine = createEngine({ clock, store: { kind: 'memory' }, integrations, ...options });
  let machines = 0;
  const made: Bench = {
    clock,
    engine,
    pass: (seconds) => clock.advance(seconds * 1000, () => engine.idle()),
    async start(definition, input, { machine, name, type, text } = {}) {
      machines += 1;
      const created = engine.createStateMachine({
        name: machine ?? `m${machines}`,
        definition: JSON.stringify(definition),
        roleArn: role,
        type,
      });
      const { executionArn } = await engine.startExecution({
        stateMachineArn: created.machine.arn,
        name,
        input: text ?? JSON.stringify(input === undefined ? {} : input),
      });
      return executionArn;
    },
    async run(definition, input, startOptions) {
      return engine.waitFor(await made.start(definition, input, startOptions));
    },
  };
  open.push(made);
  return made;
}

/** A JSONata machine of one state after another. */
export function machine(states: Record<string, object>, extra: object = {}): object {
  return { QueryLanguage: 'JSONata', StartAt: Object.keys(states)[0], States: states, ...extra };
}

export const lambdaTask = {
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Arguments: { FunctionName: 'work', Payload: '{% $states.input %}' },
  End: true,
};

export const tokenTask = {
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
  Arguments: { FunctionName: 'ask', Payload: { token: '{% $states.context.Task.Token %}' } },
  End: true,
};
