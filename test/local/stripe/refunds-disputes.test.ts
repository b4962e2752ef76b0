import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { held, refusal, world } from './harness.ts';

async function captured(stripe: Stripe, payment_method = 'pm_card_visa', amount = 2_000) {
  const intent = await stripe.paymentIntents.create({
    ...held,
    amount,
    confirm: true,
    payment_method,
  });
  return stripe.paymentIntents.capture(intent.id);
}

describe('refunds', () => {
  it('are partial, then the rest, then refused', async () => {
    const { stripe, settled, hook } = await world();
    const intent = await captured(stripe);
    const first = await stripe.refunds.create({
      payment_intent: intent.id,
      amount: 500,
      metadata: { refund_id: 'r-1' },
    });
    expect(first).toMatchObject({
      object: 'refund',
      status: 'succeeded',
      amount: 500,
      payment_intent: intent.id,
      charge: intent.latest_charge,
      metadata: { refund_id: 'r-1' },
    });
    const tooMuch = await refusal(
      stripe.refunds.create({ payment_intent: intent.id, amount: 1_501 }),
    );
    expect(tooMuch).toMatchObject({ type: 'StripeInvalidRequestError', param: 'amount' });
    const rest = await stripe.refunds.create({ charge: String(intent.latest_charge) });
    expect(rest.amount).toBe(1_500);
    const again = await refusal(stripe.refunds.create({ payment_intent: intent.id }));
    expect(again.code).toBe('charge_already_refunded');

    const listed = await stripe.refunds.list({ payment_intent: intent.id });
    expect(listed.data.map((refund) => refund.id)).toEqual([rest.id, first.id]);
    const charge = await stripe.charges.retrieve(String(intent.latest_charge));
    expect(charge).toMatchObject({ amount_refunded: 2_000, refunded: true, captured: true });
    await settled();
    expect(hook.types().filter((type) => type === 'refund.created')).toHaveLength(2);
    expect(hook.types().filter((type) => type === 'charge.refunded')).toHaveLength(2);
  });

  it('never give back more than was captured of what was held', async () => {
    const { stripe } = await world();
    const intent = await stripe.paymentIntents.create({
      ...held,
      confirm: true,
      payment_method: 'pm_card_visa',
    });
    const early = await refusal(stripe.refunds.create({ payment_intent: intent.id }));
    expect(early.message).toContain('cancel the PaymentIntent');
    await stripe.paymentIntents.capture(intent.id, { amount_to_capture: 1_500 });
    await refusal(stripe.refunds.create({ payment_intent: intent.id, amount: 1_501 }));
    expect((await stripe.refunds.create({ payment_intent: intent.id })).amount).toBe(1_500);
  });

  it('fail later on the test card for it, and the money may be refunded again', async () => {
    const { stripe, advance, hook } = await world();
    const intent = await captured(stripe, 'pm_card_refundFail');
    const refund = await stripe.refunds.create({ payment_intent: intent.id });
    expect(refund.status).toBe('succeeded');
    await advance(60_000);
    expect(await stripe.refunds.retrieve(refund.id)).toMatchObject({
      status: 'failed',
      failure_reason: 'lost_or_stolen_card',
    });
    expect(hook.types()).toContain('refund.failed');
    const charge = await stripe.charges.retrieve(String(intent.latest_charge));
    expect(charge).toMatchObject({ amount_refunded: 0, refunded: false });
  });

  it('are pending first on the test card for it', async () => {
    const { stripe, advance, hook } = await world();
    const intent = await captured(stripe, 'pm_card_pendingRefund');
    const refund = await stripe.refunds.create({ payment_intent: intent.id });
    expect(refund.status).toBe('pending');
    await advance(60_000);
    expect((await stripe.refunds.retrieve(refund.id)).status).toBe('succeeded');
    expect(hook.types()).toContain('refund.updated');
  });

  it('may be made at the dashboard and fail at the bank', async () => {
    const { stripe, control, settled, hook } = await world();
    const intent = await captured(stripe);
    const id = control.dashboardRefund(intent.id, 300);
    expect(await stripe.refunds.retrieve(id)).toMatchObject({ amount: 300, metadata: {} });
    control.failRefund(id);
    await settled();
    expect(hook.types()).toContain('refund.created');
    expect(hook.types()).toContain('refund.failed');
  });
});

describe('disputes', () => {
  it('follow the capture of a disputed test card and are lost when accepted', async () => {
    const { stripe, settled, hook } = await world();
    const intent = await captured(stripe, 'pm_card_createDispute');
    const [dispute] = (await stripe.disputes.list({ payment_intent: intent.id })).data;
    expect(dispute).toMatchObject({
      object: 'dispute',
      amount: 2_000,
      reason: 'fraudulent',
      status: 'needs_response',
      charge: intent.latest_charge,
    });
    const refund = await refusal(stripe.refunds.create({ payment_intent: intent.id }));
    expect(refund.code).toBe('charge_disputed');
    const closed = await stripe.disputes.close(dispute?.id ?? '');
    expect(closed.status).toBe('lost');
    await settled();
    for (const type of ['created', 'funds_withdrawn', 'closed'])
      expect(hook.types()).toContain(`charge.dispute.${type}`);
  });

  it('are won by winning evidence', async () => {
    const { stripe, control, settled, hook } = await world();
    const intent = await captured(stripe);
    const id = control.dispute(intent.id, { reason: 'product_not_received', amount: 700 });
    const won = await stripe.disputes.update(id, {
      evidence: { uncategorized_text: 'winning_evidence' },
    });
    expect(won).toMatchObject({ status: 'won', amount: 700 });
    await settled();
    expect(hook.types()).toContain('charge.dispute.funds_reinstated');
  });
});
