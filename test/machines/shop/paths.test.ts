import { describe, expect, it } from 'vitest';
import { checkoutOutputSchema, executionInputSchema } from '../../../domain/orders/steps.ts';
import { executionName, orderIdSchema } from '../../../domain/shared/ids.ts';
import { inputOf, shop } from './harness.ts';
import { ids, World } from './world.ts';

const named = executionName(orderIdSchema.parse(ids.orderId), 1, 1);
const stepsOf = (s: ReturnType<typeof shop>) => s.calls.map(({ step }) => step);

describe('checkout', () => {
  it('places an order and starts its payment under the order’s name', async () => {
    const s = shop(new World());
    const final = await s.run('checkout');
    expect(checkoutOutputSchema.parse(JSON.parse(final.output ?? ''))).toEqual({
      outcome: 'placed',
      orderId: ids.orderId,
      generation: 1,
      total: 2490,
      currency: 'EUR',
      expiresAt: '2026-03-01T12:15:00.000Z',
    });
    expect(s.started('payment')).toEqual([named]);
    expect(s.violations).toEqual([]);
  });

  it('hands the expected total on, and one line as a list of one', async () => {
    const s = shop(new World());
    const expectedTotal = { amount: 2490, currency: 'EUR' };
    await s.run('checkout', { ...Object(inputOf('checkout')), expectedTotal });
    expect(s.calls[0]?.input).toMatchObject({ expectedTotal, items: [{ sku: 'MUG-1' }] });
    expect(s.violations).toEqual([]);
  });

  it.each([
    ['price-cart', { outcome: 'total_changed', total: { amount: 1, currency: 'EUR' } }],
    [
      'place-order',
      { outcome: 'short', shortages: [{ sku: 'MUG-1', requested: 2, available: 1 }] },
    ],
    ['place-order', { outcome: 'key_reused' }],
  ] as const)('passes a refusal of %s through and changes nothing', async (step, refusal) => {
    const world = new World();
    const s = shop(world);
    Object.assign(world.steps, { [step]: () => refusal });
    const final = await s.run('checkout');
    expect(JSON.parse(final.output ?? '')).toEqual(refusal);
    expect(stepsOf(s)).not.toContain('create-intent');
    expect(s.started('payment')).toEqual([]);
  });

  it('answers a repeated request without another intent', async () => {
    const world = new World().placed();
    const s = shop(world);
    const final = await s.run('checkout');
    expect(JSON.parse(final.output ?? '')).toMatchObject({ outcome: 'placed' });
    expect(stepsOf(s)).toEqual(['price-cart', 'place-order']);
  });

  it('cancels the intent of an order that was released meanwhile', async () => {
    const world = new World();
    const s = shop(world);
    const create = world.steps['create-intent'];
    Object.assign(world.steps, {
      'create-intent': (input: { readonly [name: string]: unknown }) => {
        world.order = 'released';
        return create(input);
      },
    });
    const final = await s.run('checkout');
    expect(JSON.parse(final.output ?? '')).toEqual({ outcome: 'unavailable' });
    expect(world.intent).toBe('canceled');
    expect(s.violations).toEqual([]);
  });

  it('starts payment where a release finds that another request got through', async () => {
    const world = new World();
    const s = shop(world, [
      { step: 'create-intent', error: 'PermanentFault', effect: 'before', times: 1 },
    ]);
    Object.assign(world.steps, { 'release-order': () => ({ outcome: 'intent_recorded' }) });
    const final = await s.run('checkout');
    expect(JSON.parse(final.output ?? '')).toMatchObject({ outcome: 'placed' });
    expect(s.started('payment')).toEqual([named]);
  });

  it('takes a payment that was already started for started', async () => {
    const s = shop(new World());
    await s.engine.startExecution({
      stateMachineArn: 'arn:aws:states:eu-central-1:123456789012:stateMachine:payment',
      name: named,
      input: '{}',
    });
    const final = await s.run('checkout');
    expect(JSON.parse(final.output ?? '')).toMatchObject({ outcome: 'placed' });
  });

  it('a charge call that timed out may have succeeded: released as unknown, never charged again', async () => {
    for (const error of ['OutcomeUnknownFault', 'hang', 'Lambda.Unknown', 'Runtime.ExitError']) {
      const world = new World();
      const s = shop(world, [{ step: 'create-intent', error, effect: 'after', times: 1 }]);
      const final = await s.run('checkout');
      expect(JSON.parse(final.output ?? '')).toEqual({ outcome: 'unavailable' });
      expect(world.payment).toBe('intent_unknown');
      expect(stepsOf(s).filter((step) => step === 'create-intent')).toHaveLength(1);
    }
  });

  it('what Stripe refused for good left no intent behind', async () => {
    const world = new World();
    const s = shop(world, [
      { step: 'create-intent', error: 'PermanentFault', effect: 'before', times: 1 },
    ]);
    await s.run('checkout');
    expect(world).toMatchObject({ order: 'released', payment: 'voided', goodsHeld: false });
  });
});

describe('payment', () => {
  it('authorised: confirms and starts fulfilment', async () => {
    const world = new World().placed();
    world.order = 'authorised';
    world.outcomes.payment = { outcome: 'authorised' };
    const s = shop(world);
    expect(await s.run('payment')).toMatchObject({ status: 'SUCCEEDED' });
    expect(world.order).toBe('confirmed');
    expect(s.started('fulfilment')).toEqual([named]);
    expect(s.violations).toEqual([]);
  });

  it('gives fulfilment the same input each time, so that its name is taken by itself only', async () => {
    const world = new World().placed();
    world.order = 'authorised';
    world.outcomes.payment = { outcome: 'authorised' };
    const s = shop(world);
    await s.run('payment');
    const [execution] = s.engine
      .listExecutions({ limit: 10 })
      .filter((e) => e.arn.includes('fulfilment'));
    const input: unknown = JSON.parse(execution?.input ?? '');
    expect(executionInputSchema.parse(input)).toEqual(inputOf('fulfilment'));
  });

  it.each(['expired', 'cancelled', 'intent_canceled'])('%s: voids', async (outcome) => {
    const world = new World().placed();
    world.order = outcome === 'expired' ? 'expired' : 'cancelled';
    world.outcomes.payment = { outcome };
    const s = shop(world);
    expect(await s.run('payment')).toMatchObject({ status: 'SUCCEEDED' });
    expect(world).toMatchObject({ payment: 'voided', intent: 'canceled', findings: [] });
    expect(s.violations).toEqual([]);
  });

  it('authorised but cancelled before it was confirmed: voids', async () => {
    const world = new World().placed();
    world.order = 'cancelled';
    world.outcomes.payment = { outcome: 'authorised' };
    const s = shop(world);
    await s.run('payment');
    expect(world).toMatchObject({ payment: 'voided', intent: 'canceled' });
    expect(s.started('fulfilment')).toEqual([]);
  });

  it('expired but revived by late money: confirms, and voids nothing', async () => {
    const world = new World().placed();
    world.order = 'authorised';
    world.outcomes.payment = { outcome: 'expired' };
    const s = shop(world);
    await s.run('payment');
    expect(world).toMatchObject({ order: 'confirmed', intent: 'open' });
    expect(s.started('fulfilment')).toEqual([named]);
  });

  it('a token wait has an end: each timeout waits again with a new token, at last a finding', async () => {
    const world = new World().placed();
    const s = shop(world);
    const final = await s.run('payment');
    expect(final).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
    expect(world.findings).toEqual([{ machine: 'payment', state: 'AwaitPayment' }]);
    const tokens = s.calls.flatMap(({ step, input }) =>
      step === 'await-payment' ? [JSON.stringify(Object(input)['wait'])] : [],
    );
    expect(new Set(tokens).size).toBe(28);
    const days = ((s.calls.at(-1)?.at ?? 0) - (s.calls[0]?.at ?? 0)) / 86_400_000;
    expect(days).toBeGreaterThan(6.9);
  });

  it('cancelling an intent that is `processing` is tried for hours', async () => {
    const world = new World().placed();
    world.order = 'expired';
    world.outcomes.payment = { outcome: 'expired' };
    const s = shop(world, [
      { step: 'cancel-intent', error: 'NotYetFault', effect: 'before', times: 15 },
    ]);
    await s.run('payment');
    expect(world.intent).toBe('canceled');
    const cancels = s.calls.filter(({ step }) => step === 'cancel-intent').map(({ at }) => at);
    expect((cancels.at(-1) ?? 0) - (cancels[0] ?? 0)).toBeGreaterThan(3_600_000);
  });

  it('cancelling the PaymentIntent fails because it has just succeeded: a finding', async () => {
    const world = new World().placed();
    world.order = 'cancelled';
    world.intent = 'captured';
    world.outcomes.payment = { outcome: 'cancelled' };
    const s = shop(world);
    expect(await s.run('payment')).toMatchObject({ status: 'FAILED', error: 'PermanentFault' });
    expect(world.findings).toEqual([{ machine: 'payment', state: 'CancelIntent' }]);
    // Its beginning is what the fault's code is read from.
    expect(s.calls.find(({ step }) => step === 'record-finding')?.input).toMatchObject({
      error: 'PermanentFault',
      cause: expect.stringMatching(/^\{"errorType":"PermanentFault","errorMessage":"/),
    });
  });

  it('an outcome nobody knows is a finding', async () => {
    const world = new World().placed();
    world.outcomes.payment = { outcome: 'abducted' };
    const s = shop(world);
    expect(await s.run('payment')).toMatchObject({ status: 'FAILED' });
    expect(world.findings).toHaveLength(1);
  });
});

describe('expiry', () => {
  it('without a tail looks after executions and reports', async () => {
    const s = shop(new World());
    expect(await s.run('expiry')).toMatchObject({ status: 'SUCCEEDED' });
    expect(stepsOf(s)).toEqual(['measure-tail', 'restart-executions', 'report-tail']);
    expect(s.violations).toEqual([]);
  });

  it('Stripe’s webhooks stop for an hour: only what Stripe itself calls unpaid expires', async () => {
    const world = new World();
    world.tail = [3];
    world.silent = ['requires_capture', 'requires_payment_method', 'requires_capture'];
    const s = shop(world);
    expect(await s.run('expiry')).toMatchObject({ status: 'SUCCEEDED' });
    expect(stepsOf(s).slice(0, 5)).toEqual([
      ...['measure-tail', 'list-overdue', 'ask-stripe', 'keep-answers', 'expire-batch'],
    ]);
    expect(world.tail).toEqual([2]);
    expect(s.calls.at(-1)?.input).toMatchObject({ size: 3, expired: 1 });
    expect(s.violations).toEqual([]);
  });

  it('nothing expires while Stripe is silent and cannot be asked either, and the run does not end well', async () => {
    for (const step of ['list-overdue', 'ask-stripe', 'keep-answers'] as const) {
      const world = new World();
      world.tail = [2];
      world.silent = ['requires_payment_method', 'requires_payment_method'];
      const s = shop(world, [
        { step, error: 'TransientFault', effect: 'before', times: Number.POSITIVE_INFINITY },
      ]);
      expect(await s.run('expiry')).toMatchObject({ status: 'FAILED', error: 'ExpiryIncomplete' });
      expect(world.tail).toEqual([2]);
      expect(stepsOf(s)).toEqual(expect.arrayContaining(['restart-executions', 'report-tail']));
    }
  });

  it('drains every lane, round after round, and reports how many', async () => {
    const world = new World();
    world.tail = [25, 3, 0, 40];
    const s = shop(world);
    expect(await s.run('expiry')).toMatchObject({ status: 'SUCCEEDED' });
    expect(world.tail).toEqual([0, 0, 0, 0]);
    expect(s.calls.at(-1)).toMatchObject({
      step: 'report-tail',
      input: { size: 68, oldestAge: 68, expired: 68 },
    });
    expect(s.violations).toEqual([]);
  });

  it('one lane is a list of one', async () => {
    const world = new World();
    world.tail = [4];
    const s = shop(world);
    expect(await s.run('expiry')).toMatchObject({ status: 'SUCCEEDED' });
    expect(s.calls.at(-1)?.input).toMatchObject({ expired: 4 });
    expect(s.violations).toEqual([]);
  });

  it('is bounded: an endless tail leaves the rest to the next run', async () => {
    const world = new World();
    world.tail = [1_000_000];
    const s = shop(world);
    expect(await s.run('expiry')).toMatchObject({ status: 'SUCCEEDED' });
    expect(stepsOf(s).filter((step) => step === 'expire-batch')).toHaveLength(20);
  });

  it('one lane that fails does not stop the others, and the run does not end well', async () => {
    const world = new World();
    world.tail = [5, 5];
    const s = shop(world, [
      { step: 'expire-batch', error: 'PermanentFault', effect: 'before', times: 1 },
    ]);
    expect(await s.run('expiry')).toMatchObject({ status: 'FAILED', error: 'ExpiryIncomplete' });
    expect(world.tail.reduce((sum, lane) => sum + lane, 0)).toBe(5);
    expect(stepsOf(s)).toEqual(expect.arrayContaining(['restart-executions', 'report-tail']));
    expect(s.calls.at(-1)?.input).toMatchObject({ expired: 5 });
  });
});
