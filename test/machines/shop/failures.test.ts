import { describe, expect, it } from 'vitest';
import type { Final } from '../../../local/sfn/index.ts';
import { definitions } from '../../../workflows/machines.ts';
import {
  type MachineName,
  machineNames,
  placeholders,
  type StepName,
} from '../../../workflows/references.ts';
import { type Fault, inputOf, type Shop, shop } from './harness.ts';
import { refund, World } from './world.ts';

/** Every class a step can end with, and whether it may have taken effect. */
const classes: readonly { readonly error: string; readonly effects: readonly Fault['effect'][] }[] =
  [
    { error: 'TransientFault', effects: ['before'] },
    { error: 'NotYetFault', effects: ['before'] },
    { error: 'OutcomeUnknownFault', effects: ['before', 'after'] },
    { error: 'PermanentFault', effects: ['before'] },
    { error: 'InvalidInputFault', effects: ['before'] },
    { error: 'Lambda.TooManyRequestsException', effects: ['before'] },
    { error: 'Lambda.ServiceException', effects: ['before', 'after'] },
    { error: 'Lambda.Unknown', effects: ['before', 'after'] },
    { error: 'Sandbox.Timedout', effects: ['before', 'after'] },
    { error: 'Runtime.ExitError', effects: ['before', 'after'] },
    { error: 'hang', effects: ['before', 'after'] },
  ];

interface Scene {
  readonly machine: MachineName;
  readonly name: string;
  readonly world: () => World;
  readonly input?: unknown;
  /** Those that fail; the others fail in the same place of another scene. Absent: every step. */
  readonly failing?: readonly StepName[];
}

const failedAttempt = { outcome: 'failed', reason: 'nobody_home' } as const;

const scenes: readonly Scene[] = [
  { machine: 'checkout', name: 'a new order', world: () => new World() },
  {
    machine: 'payment',
    name: 'authorised',
    world: () => {
      const world = new World().placed();
      world.order = 'authorised';
      world.payment = 'authorised';
      world.outcomes.payment = { outcome: 'authorised' };
      return world;
    },
  },
  {
    machine: 'payment',
    name: 'expired',
    world: () => {
      const world = new World().placed();
      world.order = 'expired';
      world.goodsHeld = false;
      world.outcomes.payment = { outcome: 'expired' };
      return world;
    },
  },
  {
    machine: 'fulfilment',
    name: 'delivered',
    world: () => {
      const world = new World().packed();
      world.outcomes.delivery = [failedAttempt, { outcome: 'delivered' }];
      return world;
    },
  },
  {
    machine: 'fulfilment',
    name: 'late everywhere, returned',
    failing: ['open-delivery', 'record-overdue', 'open-return', 'close-undelivered'],
    world: () => {
      const world = new World().packed();
      world.outcomes.delivery = [failedAttempt, failedAttempt, failedAttempt];
      world.outcomes.return = { outcome: 'returned', lines: [] };
      for (const wait of ['pick', 'delivery', 'return'] as const) world.late.add(wait);
      return world;
    },
  },
  {
    machine: 'fulfilment',
    name: 'withdrawn after packing',
    failing: ['open-delivery', 'close-undelivered'],
    world: () => {
      const world = new World().packed();
      world.outcomes.delivery = [{ outcome: 'withdrawn' }];
      return world;
    },
  },
  {
    machine: 'fulfilment',
    name: 'capture refused',
    failing: ['capture-payment', 'unpack-order', 'mark-voiding'],
    world: () => Object.assign(new World().packed(), { intent: 'canceled' }),
  },
  {
    machine: 'fulfilment',
    name: 'cancelled',
    world: () => {
      const world = new World().confirmed();
      world.order = 'cancelled';
      world.outcomes.pick = { outcome: 'cancelled' };
      return world;
    },
  },
  {
    machine: 'settlement',
    name: 'unknown intent',
    world: () =>
      Object.assign(new World(), { order: 'released', payment: 'intent_unknown', intent: 'open' }),
  },
  {
    machine: 'settlement',
    name: 'a refund',
    input: { ...Object(inputOf('settlement')), ...refund },
    world: () =>
      Object.assign(new World().packed(), {
        order: 'delivered',
        payment: 'captured',
        intent: 'captured',
        refund: 'requested',
      }),
  },
  {
    machine: 'expiry',
    name: 'a tail while Stripe is silent',
    failing: ['list-overdue', 'ask-stripe', 'keep-answers', 'expire-batch'],
    world: () =>
      Object.assign(new World(), {
        tail: [2],
        silent: ['requires_payment_method', 'requires_payment_method'],
      }),
  },
  {
    machine: 'expiry',
    name: 'a tail',
    world: () => Object.assign(new World(), { tail: [25, 5] }),
  },
  {
    machine: 'reconciliation',
    name: 'two pages, a difference, all lists',
    world: () => {
      const world = new World();
      world.toCompare = [['pi_a', 'pi_b'], ['pi_c']];
      world.differing.add('pi_b');
      world.toList = ['intents', 'refunds', 'disputes'];
      return world;
    },
  },
];

/** The scene's machine and the one it starts. */
function machinesOf({ machine }: Scene): readonly MachineName[] {
  if (machine === 'checkout') return ['checkout', 'payment'];
  if (machine === 'payment') return ['payment', 'fulfilment'];
  return [machine];
}

/** The steps a scene calls when nothing fails. */
async function stepsOf(scene: Scene): Promise<readonly StepName[]> {
  const s = shop(scene.world());
  await s.run(scene.machine, scene.input);
  return [...new Set(s.calls.map(({ step }) => step))];
}

/** Whatever failed: done, undone, or known to a person. Never silently half done. */
function expectAccountedFor(machine: MachineName, s: Shop, final: Final): void {
  const { world } = s;
  const told = world.findings.length > 0;
  const failed = final.status !== 'SUCCEEDED';
  switch (machine) {
    case 'checkout': {
      if (failed) {
        // Nothing was charged, and an order that stands expires by itself.
        expect(world.intent).toBe('none');
        return;
      }
      const { outcome } = JSON.parse(final.output ?? '{}');
      if (outcome === 'placed') {
        expect(world).toMatchObject({ order: 'awaiting_payment', payment: 'requires_payment' });
        return;
      }
      expect(outcome).toBe('unavailable');
      if (told) return;
      expect(world).toMatchObject({ order: 'released', goodsHeld: false });
      // An intent that exists is one that settlement knows to look for.
      if (world.intent === 'open') expect(world.payment).toBe('intent_unknown');
      return;
    }
    case 'payment':
      if (failed) expect(told).toBe(true);
      else if (world.order === 'confirmed') expect(s.started('fulfilment')).toHaveLength(1);
      else expect(world).toMatchObject({ payment: 'voided', intent: 'canceled' });
      return;
    case 'fulfilment':
      if (failed) expect(told).toBe(true);
      else if (world.order === 'delivered')
        expect(world).toMatchObject({ payment: 'captured', intent: 'captured' });
      else if (world.payment === 'captured')
        expect(world).toMatchObject({
          order: expect.stringMatching(/^(returned|cancelled)$/),
          refund: 'requested',
        });
      else
        expect(world).toMatchObject({ order: 'cancelled', payment: 'voided', intent: 'canceled' });
      return;
    case 'settlement':
      if (failed) expect(told).toBe(true);
      else if (world.refund !== 'none') {
        expect(world.refund).toBe(world.refundedAtStripe ? 'succeeded' : 'failed');
        expect(told).toBe(world.refund === 'failed');
      } else expect(world).toMatchObject({ payment: 'voided', intent: 'canceled' });
      return;
    case 'expiry':
      if (!failed) expect(new Set(world.tail)).toEqual(new Set([0]));
      return;
    case 'reconciliation':
      // Whatever was not compared comes again, and nothing differs for a person that was not looked at twice.
      if (failed) expect(final.error).toBe('ReconciliationUnfinished');
      else expect(world).toMatchObject({ toCompare: [], toList: [], found: ['pi_b'] });
      for (const intent of ['pi_a', 'pi_c']) {
        const left = world.toCompare.some((page) => page.includes(intent));
        expect(left).toBe(!world.compared.has(intent));
      }
  }
}

describe.each(scenes)('$machine: $name', (scene) => {
  it('is accounted for whatever step fails with whatever error, once or for ever', async () => {
    const called = await stepsOf(scene);
    expect(called).toEqual(expect.arrayContaining([...(scene.failing ?? [])]));
    const steps = scene.failing ?? called;
    expect(steps.length).toBeGreaterThan(1);
    let cases = 0;
    for (const step of steps) {
      for (const { error, effects } of classes) {
        for (const effect of effects) {
          for (const times of [1, Number.POSITIVE_INFINITY]) {
            const s = shop(scene.world(), [{ step, error, effect, times }], machinesOf(scene));
            const final = await s.run(scene.machine, scene.input);
            const what = `${step} ${error} ${effect} ×${times}`;
            expect([what, ...s.violations]).toEqual([what]);
            try {
              expectAccountedFor(scene.machine, s, final);
            } catch (cause) {
              throw new Error(`${what}: ${JSON.stringify(final)} ${JSON.stringify(s.world)}`, {
                cause,
              });
            } finally {
              s.engine.close();
            }
            cases += 1;
          }
        }
      }
    }
    expect(cases).toBe(steps.length * 34);
  }, 120_000);

  it('goes on after what is transient, once', async () => {
    const clean = shop(scene.world());
    const wanted = await clean.run(scene.machine, scene.input);
    for (const step of await stepsOf(scene)) {
      for (const error of ['TransientFault', 'Lambda.TooManyRequestsException']) {
        const s = shop(scene.world(), [{ step, error, effect: 'before', times: 1 }]);
        const final = await s.run(scene.machine, scene.input);
        expect({ step, error, status: final.status }).toEqual({
          step,
          error,
          status: wanted.status,
        });
        expect(s.world.findings).toEqual([]);
        s.engine.close();
      }
    }
  });
});

describe('a compensation that fails', () => {
  it('ends in a finding, and where even that fails the execution fails for all to see', async () => {
    for (const machine of ['payment', 'fulfilment', 'settlement'] as const) {
      const world =
        machine === 'settlement'
          ? Object.assign(new World(), { order: 'released', payment: 'intent_unknown' })
          : new World().confirmed();
      world.order = machine === 'settlement' ? 'released' : 'cancelled';
      world.outcomes.payment = { outcome: 'cancelled' };
      world.outcomes.pick = { outcome: 'cancelled' };
      const s = shop(world, [
        {
          step: 'cancel-intent',
          error: 'PermanentFault',
          effect: 'before',
          times: Number.POSITIVE_INFINITY,
        },
        {
          step: 'record-finding',
          error: 'PermanentFault',
          effect: 'before',
          times: Number.POSITIVE_INFINITY,
        },
      ]);
      expect(await s.run(machine)).toMatchObject({ status: 'FAILED', error: 'PermanentFault' });
    }
  });
});

it('plays every machine there is', () => {
  expect(new Set(scenes.map(({ machine }) => machine))).toEqual(new Set(machineNames));
  expect(Object.keys(definitions)).toHaveLength(machineNames.length);
  expect(placeholders.lambda('price-cart')).toContain('price-cart');
});
