import { describe, expect, it } from 'vitest';
import { shop } from './harness.ts';
import { World } from './world.ts';

const stepsOf = (s: ReturnType<typeof shop>) => s.calls.map(({ step }) => step);
const failed = { outcome: 'failed', reason: 'nobody_home' } as const;
const attempts = (s: ReturnType<typeof shop>) =>
  s.calls.flatMap(({ step, input }) => (step === 'open-delivery' ? [Object(input).attempt] : []));

describe('fulfilment', () => {
  it('packed, captured, delivered', async () => {
    const world = new World().packed();
    world.outcomes.delivery = [{ outcome: 'delivered' }];
    const s = shop(world);
    expect(await s.run('fulfilment')).toMatchObject({ status: 'SUCCEEDED' });
    expect(world).toMatchObject({ order: 'delivered', payment: 'captured', intent: 'captured' });
    expect(stepsOf(s)).toEqual([
      'open-pick-task',
      'capture-payment',
      'record-capture',
      'open-delivery',
      'complete-order',
    ]);
    expect(s.violations).toEqual([]);
  });

  it('captures what was packed and no more', async () => {
    const world = new World().packed();
    Object.assign(Object(world.outcomes.pick), { captureAmount: 1490 });
    world.outcomes.delivery = [{ outcome: 'delivered' }];
    const s = shop(world);
    await s.run('fulfilment');
    for (const step of ['capture-payment', 'record-capture'] as const) {
      expect(s.calls.find((call) => call.step === step)?.input).toMatchObject({ amount: 1490 });
    }
  });

  it.each(['cancelled', 'short'])('%s at the pick: voids and delivers nothing', async (outcome) => {
    const world = new World().confirmed();
    world.order = 'cancelled';
    world.outcomes.pick = { outcome };
    const s = shop(world);
    expect(await s.run('fulfilment')).toMatchObject({ status: 'SUCCEEDED' });
    expect(world).toMatchObject({ payment: 'voided', intent: 'canceled', findings: [] });
    expect(stepsOf(s)).toEqual([
      'open-pick-task',
      'mark-voiding',
      'cancel-intent',
      'record-voided',
    ]);
    expect(s.violations).toEqual([]);
  });

  it('a refused capture unpacks the order and voids what is left of its payment', async () => {
    const world = new World().packed();
    const s = shop(world, [
      { step: 'capture-payment', error: 'PermanentFault', effect: 'before', times: 1 },
    ]);
    expect(await s.run('fulfilment')).toMatchObject({ status: 'SUCCEEDED' });
    expect(world).toMatchObject({
      order: 'cancelled',
      payment: 'voided',
      intent: 'canceled',
      findings: [],
    });
    expect(stepsOf(s)).not.toContain('open-delivery');
    expect(s.violations).toEqual([]);
  });

  it('Stripe canceled the payment after packing: unpacks, and has nothing to void', async () => {
    const world = new World().packed();
    Object.assign(world, { intent: 'canceled', payment: 'voided' });
    const s = shop(world);
    expect(await s.run('fulfilment')).toMatchObject({ status: 'SUCCEEDED' });
    expect(world).toMatchObject({ order: 'cancelled', payment: 'voided', findings: [] });
    expect(stepsOf(s).slice(-2)).toEqual(['unpack-order', 'mark-voiding']);
  });

  it('a key or a secret of ours that is wrong refuses no payment: waits hours for people, unpacks nothing', async () => {
    const world = new World().packed();
    const wrong = { step: 'capture-payment', error: 'NotYetFault', effect: 'before' } as const;
    const s = shop(world, [{ ...wrong, times: Number.POSITIVE_INFINITY }]);
    expect(await s.run('fulfilment')).toMatchObject({ status: 'FAILED' });
    expect(stepsOf(s)).not.toContain('unpack-order');
    expect(world).toMatchObject({ order: 'packed', payment: 'authorised', intent: 'open' });
    expect(world.findings).toEqual([{ machine: 'fulfilment', state: 'CapturePayment' }]);
    const tries = s.calls.filter(({ step }) => step === 'capture-payment').map(({ at }) => at);
    expect(Math.max(...tries) - Math.min(...tries)).toBeGreaterThan(3600_000);
  });

  it('once the key is right again the order goes on as if nothing had been', async () => {
    const world = new World().packed();
    world.outcomes.delivery = [{ outcome: 'delivered' }];
    const s = shop(world, [
      { step: 'capture-payment', error: 'NotYetFault', effect: 'before', times: 5 },
    ]);
    expect(await s.run('fulfilment')).toMatchObject({ status: 'SUCCEEDED' });
    expect(world).toMatchObject({ order: 'delivered', payment: 'captured', findings: [] });
  });

  it('a capture whose outcome stays unknown unpacks nothing: a person decides', async () => {
    const world = new World().packed();
    const s = shop(world, [
      {
        step: 'capture-payment',
        error: 'OutcomeUnknownFault',
        effect: 'after',
        times: Number.POSITIVE_INFINITY,
      },
    ]);
    expect(await s.run('fulfilment')).toMatchObject({ status: 'FAILED' });
    expect(world.order).toBe('packed');
    expect(world.findings).toEqual([{ machine: 'fulfilment', state: 'CapturePayment' }]);
  });
});

describe('delivery', () => {
  it('the first delivery’s failure does not answer the second delivery’s wait', async () => {
    const world = new World().packed();
    world.outcomes.delivery = [failed, undefined];
    const s = shop(world);
    await s.run('fulfilment');
    expect(new Set(attempts(s))).toEqual(new Set([1, 2]));
    expect(world).toMatchObject({ order: 'packed', refund: 'none' });
    expect(world.findings).toEqual([{ machine: 'fulfilment', state: 'OpenDelivery' }]);
  });

  it('succeeds at the third attempt', async () => {
    const world = new World().packed();
    world.outcomes.delivery = [failed, failed, { outcome: 'delivered' }];
    const s = shop(world);
    expect(await s.run('fulfilment')).toMatchObject({ status: 'SUCCEEDED' });
    expect(attempts(s)).toEqual([1, 2, 3]);
    expect(world).toMatchObject({ order: 'delivered', refund: 'none' });
    expect(s.violations).toEqual([]);
  });

  it('after the third failure waits for the parcel, then closes with the goods’ condition', async () => {
    const world = new World().packed();
    const lines = [{ sku: 'MUG-1', good: 1, damaged: 1 }];
    world.outcomes.delivery = [failed, failed, failed];
    world.outcomes.return = { outcome: 'returned', lines };
    const s = shop(world);
    expect(await s.run('fulfilment')).toMatchObject({ status: 'SUCCEEDED' });
    expect(attempts(s)).toEqual([1, 2, 3]);
    expect(stepsOf(s).slice(-2)).toEqual(['open-return', 'close-undelivered']);
    expect(s.calls.at(-1)?.input).toMatchObject({ result: { outcome: 'returned', lines } });
    expect(world).toMatchObject({ order: 'returned', refund: 'requested' });
    expect(s.violations).toEqual([]);
  });

  it('goods are not put back on sale while they are still in the van', async () => {
    const world = new World().packed();
    world.outcomes.delivery = [failed, failed, failed];
    const s = shop(world);
    await s.run('fulfilment');
    expect(world).toMatchObject({ order: 'returning', refund: 'none' });
    expect(stepsOf(s)).not.toContain('close-undelivered');
  });

  it.each([
    ['lost', 'lost'],
    ['withdrawn', 'cancelled'],
  ])('%s: closes at once and has the money given back', async (outcome, order) => {
    const world = new World().packed();
    world.outcomes.delivery = [{ outcome }];
    const s = shop(world);
    expect(await s.run('fulfilment')).toMatchObject({ status: 'SUCCEEDED' });
    expect(s.calls.at(-1)).toMatchObject({
      step: 'close-undelivered',
      input: { result: { outcome } },
    });
    expect(world).toMatchObject({ order, refund: 'requested' });
    expect(s.violations).toEqual([]);
  });

  it('a parcel lost on its way back is lost', async () => {
    const world = new World().packed();
    world.outcomes.delivery = [failed, failed, failed];
    world.outcomes.return = { outcome: 'lost' };
    const s = shop(world);
    await s.run('fulfilment');
    expect(world.order).toBe('lost');
    expect(s.violations).toEqual([]);
  });

  it('an outcome nobody knows is a finding', async () => {
    const world = new World().packed();
    world.outcomes.delivery = [{ outcome: 'eaten' }];
    const s = shop(world);
    expect(await s.run('fulfilment')).toMatchObject({ status: 'FAILED' });
    expect(world.findings).toHaveLength(1);
  });
});

describe('an overdue wait', () => {
  it('tells somebody and goes on waiting, round by round', async () => {
    const world = new World().packed();
    world.outcomes.delivery = [failed, failed, failed];
    world.outcomes.return = { outcome: 'lost' };
    for (const wait of ['pick', 'delivery', 'return'] as const) world.late.add(wait);
    const s = shop(world);
    expect(await s.run('fulfilment')).toMatchObject({ status: 'SUCCEEDED' });
    const told = s.calls.flatMap(({ step, input }) =>
      step === 'record-overdue' ? [[Object(input).wait, Object(input).round]] : [],
    );
    expect(told).toEqual([
      ['pick', 1],
      ['delivery', 1],
      ['delivery', 2],
      ['delivery', 3],
      ['return', 1],
    ]);
    expect(s.violations).toEqual([]);
  });

  it.each([
    ['pick', 'open-pick-task', 24],
    ['delivery', 'open-delivery', 48],
    ['return', 'open-return', 14 * 24],
  ] as const)('%s is told of after its own time', async (wait, step, hours) => {
    const world = new World().packed();
    world.outcomes.delivery = [failed, failed, failed];
    world.outcomes.return = { outcome: 'lost' };
    world.late.add(wait);
    const s = shop(world);
    await s.run('fulfilment');
    const [first, second] = s.calls.filter((call) => call.step === step).map(({ at }) => at);
    expect((second ?? 0) - (first ?? 0)).toBe(hours * 3_600_000);
  });

  it('goes on for most of a year, then it is a finding before Step Functions ends it', async () => {
    const world = new World().confirmed();
    const s = shop(world);
    await s.run('fulfilment');
    const days = ((s.calls.at(-1)?.at ?? 0) - (s.calls[0]?.at ?? 0)) / 86_400_000;
    expect(days).toBeGreaterThanOrEqual(350);
    expect(days).toBeLessThan(365);
    expect(world.overdue).toHaveLength(1);
    expect(world.findings).toEqual([{ machine: 'fulfilment', state: 'OpenPickTask' }]);
    const tokens = s.calls.flatMap(({ step, input }) =>
      step === 'open-pick-task' ? [JSON.stringify(Object(input)['wait'])] : [],
    );
    expect(new Set(tokens).size).toBe(tokens.length);
  });

  it('waits on though nobody could be told', async () => {
    const world = new World().packed();
    world.outcomes.delivery = [{ outcome: 'delivered' }];
    world.late.add('pick');
    const s = shop(world, [
      {
        step: 'record-overdue',
        error: 'PermanentFault',
        effect: 'before',
        times: Number.POSITIVE_INFINITY,
      },
    ]);
    expect(await s.run('fulfilment')).toMatchObject({ status: 'SUCCEEDED' });
    expect(world.order).toBe('delivered');
  });
});
