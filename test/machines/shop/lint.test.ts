import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Machine, State, States, TaskState } from '../../../workflows/asl.ts';
import { successors } from '../../../workflows/lint/graph.ts';
import { brokenAt, paths, usdPerThousand } from '../../../workflows/lint/price.ts';
import { lint } from '../../../workflows/lint/rules.ts';
import { definitions } from '../../../workflows/machines.ts';
import { type MachineName, machineNames, placeholders } from '../../../workflows/references.ts';
import { render } from '../../../workflows/render.ts';

const made = (name: MachineName) => definitions[name](placeholders);

describe.each(machineNames)('%s', (name) => {
  it('keeps every rule', () => {
    expect(lint(made(name), name)).toEqual([]);
  });

  it('is what stands in asl/ (npm run asl)', () => {
    const { file, text } = render(name);
    expect(readFileSync(file, 'utf8')).toBe(text);
  });
});

/** The machine with one task changed. */
function withTask(name: MachineName, state: string, change: (task: TaskState) => State): Machine {
  const machine = made(name);
  const task = machine.States[state];
  if (task?.Type !== 'Task') throw new Error(`${state} is no task`);
  return { ...machine, States: { ...machine.States, [state]: change(task) } };
}

function without(task: TaskState, field: 'TimeoutSeconds' | 'Retry' | 'Catch'): TaskState {
  const { [field]: _, ...rest } = task;
  return rest;
}

const rulesBroken = (machine: Machine, name: MachineName) =>
  new Set(lint(machine, name).map(({ rule }) => rule));

describe('each rule complains', () => {
  it('a token wait without a timeout waits for a year', () => {
    const broken = withTask('payment', 'AwaitPayment', (task) => without(task, 'TimeoutSeconds'));
    expect(rulesBroken(broken, 'payment')).toContain('a token wait has a timeout');
  });

  it('a task without a timeout', () => {
    const broken = withTask('payment', 'ConfirmOrder', (task) => without(task, 'TimeoutSeconds'));
    expect(rulesBroken(broken, 'payment')).toContain('a task has a timeout');
  });

  it.each(['ConfirmOrder', 'StartFulfilment', 'AwaitPayment'])('%s with no Retry', (state) => {
    const broken = withTask('payment', state, (task) => without(task, 'Retry'));
    expect(rulesBroken(broken, 'payment')).toContain('a task retries what passes');
  });

  it('a token that timed out and leads nowhere: the wait is not entered again', () => {
    const overdue = { ErrorEquals: ['States.Timeout'], Next: 'MarkVoiding' };
    const broken = withTask('fulfilment', 'OpenPickTask', (task) => ({
      ...task,
      Catch: [overdue, ...(task.Catch ?? []).slice(1)],
    }));
    expect(lint(broken, 'fulfilment')).toContainEqual({
      rule: 'a task retries what passes',
      state: 'OpenPickTask',
      what: 'not States.Timeout',
    });
  });

  it.each([
    ['fulfilment', 'UnpackOrder'],
    ['fulfilment', 'CloseUndelivered'],
    ['settlement', 'RecordRefund'],
  ] as const)('%s: %s that fails quietly', (name, state) => {
    const broken = withTask(name, state, (task) => ({
      ...task,
      Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Done' }],
    }));
    expect(rulesBroken(broken, name)).toContain('a compensation that fails ends in a finding');
  });

  it('a refund whose failure is swallowed', () => {
    const broken = withTask('settlement', 'RefundPayment', (task) => ({
      ...task,
      Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Done' }],
    }));
    expect(rulesBroken(broken, 'settlement')).toContain('irreversible steps reach compensation');
  });

  it('Lambda.TooManyRequestsException not retried', () => {
    const broken = withTask('fulfilment', 'CapturePayment', (task) => ({
      ...task,
      Retry: (task.Retry ?? []).map((retrier) => ({
        ...retrier,
        ErrorEquals: retrier.ErrorEquals.filter((e) => e !== 'Lambda.TooManyRequestsException'),
      })),
    }));
    expect(lint(broken, 'fulfilment')).toEqual([
      {
        rule: 'a task retries what passes',
        state: 'CapturePayment',
        what: 'not Lambda.TooManyRequestsException',
      },
    ]);
  });

  it('retries with no jitter', () => {
    const broken = withTask('payment', 'ConfirmOrder', (task) => ({
      ...task,
      Retry: (task.Retry ?? []).map((retrier) => ({ ...retrier, JitterStrategy: 'NONE' as const })),
    }));
    expect(rulesBroken(broken, 'payment')).toEqual(new Set(['retries are spread']));
  });

  it('a permanent failure that is retried', () => {
    const broken = withTask('payment', 'ConfirmOrder', (task) => ({
      ...task,
      Retry: [...(task.Retry ?? []), { ErrorEquals: ['States.ALL'], MaxAttempts: 3 }],
    }));
    expect(rulesBroken(broken, 'payment')).toContain('what fails for good is not retried');
  });

  it('a Catch that names only the known errors', () => {
    const broken = withTask('checkout', 'CreateIntent', (task) => ({
      ...task,
      Catch: (task.Catch ?? []).slice(0, 1),
    }));
    expect(rulesBroken(broken, 'checkout')).toContain('Catch ends with States.ALL');
  });

  it('a charge whose failure is swallowed', () => {
    const broken = withTask('checkout', 'CreateIntent', (task) => ({
      ...task,
      Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Unavailable' }],
    }));
    expect(rulesBroken(broken, 'checkout')).toContain('irreversible steps reach compensation');
  });

  it('a compensation that fails quietly', () => {
    const broken = withTask('checkout', 'ReleaseOrder', (task) => ({
      ...task,
      Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Unavailable' }],
    }));
    expect(rulesBroken(broken, 'checkout')).toContain(
      'a compensation that fails ends in a finding',
    );
  });

  it.each(['shippingAddress', 'taskToken', 'email', 'clientSecret'])('%s in the state', (field) => {
    const broken = withTask('payment', 'ConfirmOrder', (task) => ({
      ...task,
      Assign: { [field]: 'x' },
    }));
    expect(rulesBroken(broken, 'payment')).toEqual(new Set(['only ids travel']));
  });

  it('a secret read in an expression', () => {
    const broken = withTask('payment', 'ConfirmOrder', (task) => ({
      ...task,
      Output: '{% $states.result.Payload.clientSecret %}',
    }));
    expect(rulesBroken(broken, 'payment')).toEqual(new Set(['only ids travel']));
  });

  it('a state nothing leads to, and a choice without a default', () => {
    const machine = made('settlement');
    const extra: States = {
      ...machine.States,
      Lost: { Type: 'Choice', Choices: [{ Condition: '{% true %}', Next: 'Done' }] },
    };
    expect(rulesBroken({ ...machine, States: extra }, 'settlement')).toEqual(
      new Set(['every state is reached', 'a choice has a default']),
    );
  });
});

describe('what an order costs', () => {
  it.each(['payment', 'fulfilment', 'settlement', 'expiry'] as const)(
    'every state of %s is on a priced path, those that end in a failure apart',
    (name) => {
      const machine = made(name);
      const priced = paths.filter((path) => path.machine === name).flatMap(({ states }) => states);
      const unpriced = Object.keys(machine.States).filter((state) => !priced.includes(state));
      const failures = ['UnexpectedOutcome', 'RecordFinding', 'Failed', 'Incomplete'];
      expect(unpriced.filter((state) => !failures.includes(state))).toEqual([]);
    },
  );

  it.each(paths)('$machine: $name can be walked', (path) => {
    const machine = made(path.machine);
    const after = (name: string) => {
      const state = machine.States[name];
      return state === undefined ? [] : successors(state);
    };
    expect(brokenAt(path, machine, after)).toBeUndefined();
  });

  it('the straight way is at most 14 transitions of Standard machines', () => {
    const straight = paths.filter(({ name }) => name === 'paid' || name === 'delivered');
    expect(straight).toHaveLength(2);
    expect(straight.reduce((sum, { states }) => sum + states.length, 0)).toBeLessThanOrEqual(14);
    const usd = [...straight, ...paths.filter(({ name }) => name === 'placed')].reduce(
      (sum, path) => sum + usdPerThousand(path),
      0,
    );
    expect(usd).toBeLessThan(0.36);
  });
});
