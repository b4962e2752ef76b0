import { afterEach } from 'vitest';
import type * as z from 'zod';
import { expirySteps, orderSteps, paymentSteps, waitSteps } from '../../../domain/orders/steps.ts';
import { reconciliationSteps } from '../../../domain/payments/reconciliation.ts';
import { turn, VirtualClock } from '../../../local/clock.ts';
import {
  type CallOptions,
  createEngine,
  type Engine,
  type Final,
} from '../../../local/sfn/index.ts';
import { definitions } from '../../../workflows/machines.ts';
import {
  type MachineName,
  machineNames,
  placeholders,
  type StepName,
  stepNames,
} from '../../../workflows/references.ts';
import { render } from '../../../workflows/render.ts';
import { ids, StepError, type World } from './world.ts';

export interface Fault {
  readonly step: StepName;
  /** The error's name, or `hang`: it never answers. */
  readonly error: string;
  /** Whether the step had its effect all the same. */
  readonly effect: 'before' | 'after';
  /** How many calls fail before one succeeds. */
  readonly times: number;
}

export interface Shop {
  readonly engine: Engine;
  readonly clock: VirtualClock;
  readonly world: World;
  /** Every call of a step, in order. */
  readonly calls: { readonly step: StepName; readonly input: unknown; readonly at: number }[];
  /** Answers that steps gave or inputs they were given against their contracts. */
  readonly violations: string[];
  /** Starts the machine and lets time pass, up to 400 days, until it has ended. */
  run(machine: MachineName, input?: unknown, name?: string): Promise<Final>;
  started(machine: 'payment' | 'fulfilment'): readonly string[];
  /** The states the machine's execution has entered, those inside a Map not among them. */
  entered(machine: MachineName): readonly string[];
}

/** What each step takes and answers; a token wait's Lambda answers nothing that anybody reads. */
const contracts = new Map<string, { readonly input: z.ZodType; readonly output?: z.ZodType }>([
  ...Object.entries({ ...orderSteps, ...paymentSteps, ...expirySteps, ...reconciliationSteps }),
  ...Object.entries(waitSteps).map(([name, { input }]) => [name, { input }] as const),
]);
const strides = {
  checkout: 10_000,
  expiry: 10_000,
  payment: 3_600_000,
  settlement: 3_600_000,
  reconciliation: 600_000,
  // It starts nothing, and its waits are long.
  fulfilment: 86_400_000,
} as const satisfies Record<MachineName, number>;
const open: Engine[] = [];

afterEach(() => {
  for (const engine of open.splice(0)) engine.close();
});

const isStep = (name: string): name is StepName => stepNames.some((step) => step === name);

/** The rendered machines on the engine, their steps played by `world`, which `faults` get in the way of. */
export function shop(
  world: World,
  faults: readonly Fault[] = [],
  machines: readonly MachineName[] = machineNames,
): Shop {
  const clock = new VirtualClock({ stoppedAt: Date.parse('2026-03-01T12:00:00.000Z') });
  const calls: { step: StepName; input: unknown; at: number }[] = [];
  const violations: string[] = [];
  const left = faults.map((fault) => ({ ...fault }));

  let hanging = 0;

  const check = (what: string, schema: z.ZodType, value: unknown) => {
    const parsed = schema.safeParse(value);
    if (!parsed.success) violations.push(`${what}: ${parsed.error.message}`);
  };

  const invokeLambda = async (name: string, payload: unknown, { signal }: CallOptions) => {
    const step = name.split(':').at(-1) ?? '';
    if (!isStep(step)) throw new Error(`unknown function ${name}`);
    const input: { [key: string]: unknown } = { ...Object(payload) };
    calls.push({ step, input, at: clock.now() });
    const contract = contracts.get(step);
    if (contract === undefined) throw new Error(`${step} has no contract`);
    check(`input of ${step}`, contract.input, input);

    const fault = left.find((one) => one.step === step && one.times > 0);
    const act = () => world.steps[step](input);
    try {
      if (fault !== undefined) {
        fault.times -= 1;
        if (fault.effect === 'after') await answer(step, act, input);
        if (fault.error === 'hang') {
          hanging += 1;
          await new Promise<never>((_, reject) =>
            signal.addEventListener('abort', () => {
              hanging -= 1;
              reject(new StepError('aborted'));
            }),
          );
        }
        throw new StepError(fault.error);
      }
      const output = await answer(step, act, input);
      if (contract.output !== undefined) check(`output of ${step}`, contract.output, output);
      return { payload: output };
    } catch (error) {
      const named = error instanceof Error ? error.name : 'Error';
      if (named.startsWith('Lambda.')) throw error;
      return {
        functionError: 'Unhandled',
        payload: { errorType: named, errorMessage: named, trace: [] },
      };
    }
  };

  /** Does the step; a wait whose outcome is known is told at once, as the mailbox does. */
  const answer = async (
    step: StepName,
    act: () => unknown,
    input: { readonly [name: string]: unknown },
  ) => {
    const output = act();
    const wait = input['wait'];
    if (typeof wait === 'object' && wait !== null && 'token' in wait) {
      const { attempt } = input;
      const before = calls.filter(
        (call) => call.step === step && Object(call.input).attempt === attempt,
      );
      const outcome = world.outcomeFor(step, attempt, before.length - 1);
      if (outcome !== undefined) {
        await engine.sendTaskSuccess(String(wait.token), JSON.stringify(outcome));
      }
    }
    return output;
  };

  const engine = createEngine({
    clock,
    store: { kind: 'memory' },
    region: 'eu-central-1',
    accountId: '123456789012',
    integrations: { invokeLambda },
  });
  open.push(engine);
  for (const name of machines) {
    engine.createStateMachine({
      name,
      definition: render(name).text,
      roleArn: 'arn:aws:iam::123456789012:role/machine',
      type: name === 'checkout' ? 'EXPRESS' : 'STANDARD',
    });
  }
  /** Nothing goes on by itself any more; a call that hangs is under way for ever, as far as the engine knows. */
  const settled = async () => {
    let idle = false;
    engine.idle().then(
      () => {
        idle = true;
      },
      () => undefined,
    );
    for (let turns = 0; !idle && (hanging === 0 || turns < 25); turns += 1) await turn();
  };
  const arn = (name: MachineName) =>
    `arn:aws:states:eu-central-1:123456789012:stateMachine:${name}`;

  return {
    engine,
    clock,
    world,
    calls,
    violations,
    async run(machine, input, name = `${ids.orderId}.1.1`) {
      const request = {
        stateMachineArn: arn(machine),
        name,
        input: JSON.stringify(input ?? inputOf(machine)),
      };
      let ended = false;
      const final = (
        machine === 'checkout'
          ? engine.startSyncExecution(request)
          : engine.startExecution(request).then(({ executionArn }) => engine.waitFor(executionArn))
      ).finally(() => {
        ended = true;
      });
      // In strides: what this machine started goes on too, and should not get far.
      const stride = strides[machine];
      const until = clock.now() + 400 * 24 * 3600 * 1000;
      await settled();
      while (!ended && clock.now() < until) await clock.advance(stride, settled);
      if (!ended) throw new Error(`${machine} has not ended after 400 days`);
      return final;
    },
    entered(machine) {
      const outer = new Set(Object.keys(definitions[machine](placeholders).States));
      const executions = engine.listExecutions({ machineArn: arn(machine), limit: 1 });
      return executions.flatMap((execution) =>
        engine.history(execution.arn).flatMap(({ type, details }) => {
          const name = details?.['name'];
          const isOne = type.endsWith('StateEntered') && typeof name === 'string';
          return isOne && outer.has(name) ? [name] : [];
        }),
      );
    },
    started: (machine) =>
      engine
        .listExecutions({ machineArn: arn(machine), limit: 100 })
        .map((execution) => execution.name),
  };
}

export function inputOf(machine: MachineName): unknown {
  if (machine === 'expiry' || machine === 'reconciliation') return {};
  if (machine !== 'checkout') {
    const { orderId, generation, run, correlationId } = ids;
    return { orderId, generation, run, correlationId };
  }
  return {
    orderId: ids.orderId,
    customerId: 'customer-1',
    idempotencyKey: 'key-0001',
    bodyHash: 'a'.repeat(64),
    items: [{ sku: 'MUG-1', quantity: 2 }],
    addressId: '0192f0c0-0000-7000-8000-0000000000aa',
    shortagePolicy: 'nothing',
    correlationId: ids.correlationId,
  };
}
