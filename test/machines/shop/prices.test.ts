import { describe, expect, it } from 'vitest';
import { paths } from '../../../workflows/lint/price.ts';
import { type Fault, inputOf, shop } from './harness.ts';
import { refund, World } from './world.ts';

interface Scene {
  readonly world: World;
  readonly input?: unknown;
  readonly faults?: readonly Fault[];
}

const failed = { outcome: 'failed', reason: 'nobody_home' } as const;

function paying(order: World['order'], outcome: string): Scene {
  const world = new World().placed();
  world.order = order;
  world.outcomes.payment = { outcome };
  return { world };
}

function delivering(...outcomes: readonly unknown[]): Scene {
  const world = new World().packed();
  world.outcomes.delivery = outcomes;
  world.outcomes.return = { outcome: 'returned', lines: [] };
  return { world };
}

function silent(): Scene {
  const world = new World();
  world.tail = [1];
  world.silent = ['requires_capture'];
  return { world };
}

/** How each priced path comes about. */
const scenes: Readonly<Record<string, () => Scene>> = {
  'payment: paid': () => paying('authorised', 'authorised'),
  'payment: expired or cancelled': () => paying('expired', 'expired'),
  'payment: paid, but cancelled before': () => paying('cancelled', 'authorised'),
  'fulfilment: delivered': () => delivering({ outcome: 'delivered' }),
  'fulfilment: delivered a day late': () => {
    const scene = delivering({ outcome: 'delivered' });
    scene.world.late.add('pick');
    return scene;
  },
  'fulfilment: delivered at the second attempt': () => delivering(failed, { outcome: 'delivered' }),
  'fulfilment: failed three times, returned': () => delivering(failed, failed, failed),
  'fulfilment: lost, or cancelled after packing': () => delivering({ outcome: 'withdrawn' }),
  'fulfilment: cancelled or short at the pick': () => {
    const world = new World().confirmed();
    world.outcomes.pick = { outcome: 'short' };
    return { world };
  },
  'fulfilment: capture refused': () => ({
    ...delivering(),
    faults: [{ step: 'capture-payment', error: 'PermanentFault', effect: 'before', times: 1 }],
  }),
  'fulfilment: capture refused, voided by Stripe': () => {
    const scene = delivering();
    Object.assign(scene.world, { intent: 'canceled', payment: 'voided' });
    return scene;
  },
  'settlement: voided late': () => {
    const world = new World().placed();
    world.order = 'cancelled';
    return { world };
  },
  'settlement: nothing left to void': () => {
    const world = new World().placed();
    Object.assign(world, { order: 'cancelled', payment: 'voided' });
    return { world };
  },
  'settlement: refunded': () => ({
    world: new World().packed(),
    input: { ...Object(inputOf('settlement')), ...refund },
  }),
  'expiry: nothing overdue': () => ({ world: new World() }),
  'expiry: a tail, its batches not counted': () => {
    const world = new World();
    world.tail = [0];
    const steps = { 'measure-tail': () => ({ size: 1, oldestAge: 1, lanes: [0], batchSize: 1 }) };
    Object.assign(world.steps, steps);
    return { world };
  },
  'expiry: Stripe silent, batches not counted': silent,
  'reconciliation: nothing touched': () => ({ world: new World() }),
  'reconciliation: a page of fifty payments, one of each list': () => {
    const world = new World();
    world.toCompare = [Array.from({ length: 50 }, (_, index) => `pi_${index}`)];
    world.toList = ['intents', 'refunds', 'disputes'];
    return { world };
  },
  'reconciliation: a difference, looked at twice': () => {
    const world = new World();
    world.toCompare = [['pi_a', 'pi_b']];
    world.differing.add('pi_a');
    return { world };
  },
};

describe('a priced path is the one the machine takes', () => {
  it.each(paths.filter(({ machine }) => machine !== 'checkout'))(
    '$machine: $name',
    async ({ machine, name, states }) => {
      const scene = scenes[`${machine}: ${name}`]?.();
      if (scene === undefined) throw new Error('nothing plays it');
      const s = shop(scene.world, scene.faults);
      expect(await s.run(machine, scene.input)).toMatchObject({ status: 'SUCCEEDED' });
      expect(s.entered(machine)).toEqual(states);
      expect(s.violations).toEqual([]);
    },
  );
});
