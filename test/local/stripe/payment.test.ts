import { describe, expect, it } from 'vitest';
import { browser, day, held, refusal, start, world } from './harness.ts';

describe('a payment held and captured', () => {
  it('goes from requires_payment_method to succeeded, with the events Stripe sends', async () => {
    const { stripe, simulator, settled, hook } = await world();
    const made = await stripe.paymentIntents.create(held);
    expect(made).toMatchObject({
      object: 'payment_intent',
      status: 'requires_payment_method',
      amount: 2_000,
      amount_capturable: 0,
      capture_method: 'manual',
      livemode: false,
      metadata: { order_id: 'o-1' },
      created: start / 1_000,
    });
    expect(made.client_secret).toMatch(new RegExp(`^${made.id}_secret_`));

    const paid = await browser(simulator, made, { payment_method: 'pm_card_visa' });
    expect(paid.body).toMatchObject({ id: made.id, status: 'requires_capture' });

    const intent = await stripe.paymentIntents.retrieve(made.id, { expand: ['latest_charge'] });
    expect(intent).toMatchObject({
      amount_capturable: 2_000,
      amount_received: 0,
      latest_charge: {
        object: 'charge',
        captured: false,
        amount_captured: 0,
        payment_method_details: {
          card: { brand: 'visa', last4: '4242', capture_before: (start + 7 * day) / 1_000 },
        },
      },
    });

    const captured = await stripe.paymentIntents.capture(made.id, { amount_to_capture: 1_500 });
    expect(captured).toMatchObject({
      status: 'succeeded',
      amount: 2_000,
      amount_received: 1_500,
      amount_capturable: 0,
    });
    const charge = await stripe.charges.retrieve(String(captured.latest_charge));
    expect(charge).toMatchObject({ captured: true, amount_captured: 1_500, amount_refunded: 500 });
    expect(charge.balance_transaction).toMatch(/^txn_/);

    await settled();
    expect(hook.types().toSorted()).toEqual(
      [
        'charge.captured',
        'charge.succeeded',
        'payment_intent.amount_capturable_updated',
        'payment_intent.created',
        'payment_intent.succeeded',
      ].toSorted(),
    );
  });

  it('cannot be captured twice, nor for more than was held', async () => {
    const { stripe } = await world();
    const intent = await stripe.paymentIntents.create({
      ...held,
      confirm: true,
      payment_method: 'pm_card_mastercard',
    });
    const more = await refusal(
      stripe.paymentIntents.capture(intent.id, { amount_to_capture: 2_001 }),
    );
    expect(more).toMatchObject({ code: 'amount_too_large', param: 'amount_to_capture' });
    await stripe.paymentIntents.capture(intent.id);
    const again = await refusal(stripe.paymentIntents.capture(intent.id));
    expect(again).toMatchObject({
      type: 'StripeInvalidRequestError',
      code: 'payment_intent_unexpected_state',
      statusCode: 400,
      payment_intent: { id: intent.id, status: 'succeeded' },
    });
  });

  it('is voided by a cancel, which fires charge.refunded though no money was taken', async () => {
    const { stripe, settled, hook } = await world();
    const intent = await stripe.paymentIntents.create({
      ...held,
      confirm: true,
      payment_method: 'pm_card_visa',
    });
    const canceled = await stripe.paymentIntents.cancel(intent.id, {
      cancellation_reason: 'abandoned',
    });
    expect(canceled).toMatchObject({
      status: 'canceled',
      cancellation_reason: 'abandoned',
      amount_capturable: 0,
      canceled_at: start / 1_000,
    });
    await settled();
    expect(hook.types()).toContain('charge.refunded');
    expect(hook.types()).toContain('payment_intent.canceled');
    expect(hook.types()).not.toContain('refund.created');
    const again = await refusal(stripe.paymentIntents.cancel(intent.id));
    expect(again.code).toBe('payment_intent_unexpected_state');
  });

  it('expires after seven days: Stripe cancels it by itself', async () => {
    const { stripe, advance, hook } = await world();
    const intent = await stripe.paymentIntents.create({
      ...held,
      confirm: true,
      payment_method: 'pm_card_visa',
    });
    await advance(7 * day - 1_000);
    expect((await stripe.paymentIntents.retrieve(intent.id)).status).toBe('requires_capture');
    await advance(2_000);
    expect(await stripe.paymentIntents.retrieve(intent.id)).toMatchObject({
      status: 'canceled',
      cancellation_reason: 'automatic',
    });
    expect(hook.types()).toContain('charge.expired');
    expect(hook.types()).toContain('payment_intent.canceled');
  });
});

describe('a payment taken at once', () => {
  it('succeeds and cannot be cancelled any more', async () => {
    const { stripe } = await world();
    const intent = await stripe.paymentIntents.create({
      amount: 700,
      currency: 'jpy',
      confirm: true,
      payment_method: 'pm_card_visa',
      allowed_payment_method_types: ['card'],
    });
    expect(intent).toMatchObject({ status: 'succeeded', amount_received: 700 });
    const refused = await refusal(stripe.paymentIntents.cancel(intent.id));
    expect(refused.code).toBe('payment_intent_unexpected_state');
  });
});
