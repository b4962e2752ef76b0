import { describe, expect, it } from 'vitest';
import { inputOf, shop } from './harness.ts';
import { refund, World } from './world.ts';

const stepsOf = (s: ReturnType<typeof shop>) => s.calls.map(({ step }) => step);
const toRefund = { ...Object(inputOf('settlement')), ...refund };

function delivered(): World {
  const world = new World().packed();
  return Object.assign(world, {
    order: 'delivered',
    payment: 'captured',
    intent: 'captured',
    refund: 'requested',
  });
}

describe('settlement: a void', () => {
  it('voids an intent of unknown fate', async () => {
    const world = new World();
    Object.assign(world, { order: 'released', payment: 'intent_unknown', intent: 'open' });
    const s = shop(world);
    expect(await s.run('settlement')).toMatchObject({ status: 'SUCCEEDED' });
    expect(world).toMatchObject({ payment: 'voided', intent: 'canceled' });
    expect(s.violations).toEqual([]);
  });

  it('may be asked for by name', async () => {
    const world = new World().placed();
    world.order = 'cancelled';
    const s = shop(world);
    await s.run('settlement', { ...Object(inputOf('settlement')), kind: 'void' });
    expect(world).toMatchObject({ payment: 'voided', intent: 'canceled' });
  });

  it.each(['voided', 'captured'] as const)('leaves a %s payment alone', async (payment) => {
    const world = new World().placed();
    Object.assign(world, { order: 'cancelled', payment });
    const s = shop(world);
    expect(await s.run('settlement')).toMatchObject({ status: 'SUCCEEDED' });
    expect(stepsOf(s)).toEqual(['mark-voiding']);
  });

  it('voids nothing for a kind nobody knows: a finding', async () => {
    const world = new World().placed();
    const s = shop(world);
    const final = await s.run('settlement', { ...Object(inputOf('settlement')), kind: 'gift' });
    expect(final.status).toBe('FAILED');
    expect(world).toMatchObject({ payment: 'requires_payment', intent: 'open' });
    expect(world.findings).toHaveLength(1);
  });
});

describe('settlement: a refund', () => {
  it('is made at Stripe, then recorded, and voids nothing', async () => {
    const world = delivered();
    const s = shop(world);
    expect(await s.run('settlement', toRefund)).toMatchObject({ status: 'SUCCEEDED' });
    expect(stepsOf(s)).toEqual(['refund-payment', 'record-refund']);
    const { kind: _, ...asked } = refund;
    expect(s.calls[0]?.input).toMatchObject(asked);
    expect(world).toMatchObject({ refund: 'succeeded', intent: 'captured', findings: [] });
    expect(s.violations).toEqual([]);
  });

  it('that Stripe refuses for good is on the books as failed', async () => {
    const world = delivered();
    const s = shop(world, [
      { step: 'refund-payment', error: 'PermanentFault', effect: 'before', times: 1 },
    ]);
    expect(await s.run('settlement', toRefund)).toMatchObject({ status: 'SUCCEEDED' });
    expect(s.calls.at(-1)).toMatchObject({
      step: 'record-refund',
      input: { stripeRefundId: null, status: 'failed', failureReason: 'refused' },
    });
    expect(world.refund).toBe('failed');
    expect(s.violations).toEqual([]);
  });

  it('a key or a secret of ours that is wrong is no refusal: the refund stays asked for', async () => {
    const world = delivered();
    const s = shop(world, [
      {
        step: 'refund-payment',
        error: 'NotYetFault',
        effect: 'before',
        times: Number.POSITIVE_INFINITY,
      },
    ]);
    expect(await s.run('settlement', toRefund)).toMatchObject({ status: 'FAILED' });
    expect(world.refund).toBe('requested');
    expect(stepsOf(s)).not.toContain('record-refund');
    expect(world.findings).toEqual([{ machine: 'settlement', state: 'RefundPayment' }]);
  });

  it('a refund call that timed out may have succeeded: it is never booked as failed', async () => {
    for (const error of ['OutcomeUnknownFault', 'hang']) {
      const world = delivered();
      const s = shop(world, [
        { step: 'refund-payment', error, effect: 'after', times: Number.POSITIVE_INFINITY },
      ]);
      expect(await s.run('settlement', toRefund)).toMatchObject({ status: 'FAILED' });
      expect(world.refund).toBe('requested');
      expect(world.findings).toEqual([{ machine: 'settlement', state: 'RefundPayment' }]);
    }
  });
});
