import { describe, expect, it } from 'vitest';
import { browser, held, refusal, world } from './harness.ts';

describe('customers and their cards', () => {
  it('keep, list and let go of a card', async () => {
    const { stripe } = await world();
    const customer = await stripe.customers.create({
      email: 'a@example.com',
      name: 'Ann',
      metadata: { account: 'u-1' },
    });
    expect(customer).toMatchObject({
      object: 'customer',
      name: 'Ann',
      metadata: { account: 'u-1' },
    });
    const card = await stripe.paymentMethods.attach('pm_card_visa', { customer: customer.id });
    expect(card).toMatchObject({ customer: customer.id, card: { brand: 'visa', last4: '4242' } });
    const cards = await stripe.customers.listPaymentMethods(customer.id);
    expect(cards.data.map((one) => one.id)).toEqual([card.id]);
    const stranger = await refusal(
      stripe.paymentIntents.create({ ...held, confirm: true, payment_method: card.id }),
    );
    expect(stranger.param).toBe('payment_method');
    await stripe.paymentMethods.detach(card.id);
    expect((await stripe.customers.listPaymentMethods(customer.id)).data).toEqual([]);
    await stripe.customers.del(customer.id);
    expect(await stripe.customers.retrieve(customer.id)).toMatchObject({ deleted: true });
  });

  it('refuse to keep a card that declines', async () => {
    const { stripe } = await world();
    const customer = await stripe.customers.create();
    const error = await refusal(
      stripe.paymentMethods.attach('pm_card_visa_chargeDeclined', { customer: customer.id }),
    );
    expect(error).toMatchObject({ type: 'StripeCardError', code: 'card_declined' });
  });

  it('keep the card of a payment for later, and charge it with nobody there', async () => {
    const { stripe } = await world();
    const customer = (await stripe.customers.create()).id;
    const first = await stripe.paymentIntents.create({
      ...held,
      customer,
      setup_future_usage: 'off_session',
      confirm: true,
      payment_method: 'pm_card_visa',
    });
    const later = await stripe.paymentIntents.create({
      ...held,
      customer,
      off_session: true,
      confirm: true,
      payment_method: String(first.payment_method),
    });
    expect(later.status).toBe('requires_capture');
  });
});

describe('setup intents', () => {
  it('save a card once the bank was asked; afterwards it asks no more', async () => {
    const { stripe, control, simulator, settled, hook } = await world();
    const customer = (await stripe.customers.create()).id;
    const setup = await stripe.setupIntents.create({ customer });
    const waiting = await browser(simulator, setup, {
      payment_method: 'pm_card_authenticationRequiredOnSetup',
    });
    expect(waiting.body).toMatchObject({ status: 'requires_action' });
    expect(waiting.body).not.toHaveProperty('customer');
    control.authenticate(setup.id, true);
    const saved = await stripe.setupIntents.retrieve(setup.id);
    expect(saved.status).toBe('succeeded');
    const paid = await stripe.paymentIntents.create({
      ...held,
      customer,
      off_session: true,
      confirm: true,
      payment_method: String(saved.payment_method),
    });
    expect(paid.status).toBe('requires_capture');
    await settled();
    for (const type of [
      'setup_intent.requires_action',
      'setup_intent.succeeded',
      'payment_method.attached',
    ])
      expect(hook.types()).toContain(type);
  });

  it('end in a decline or a cancel', async () => {
    const { stripe } = await world();
    const setup = await stripe.setupIntents.create();
    const error = await refusal(
      stripe.setupIntents.confirm(setup.id, { payment_method: 'pm_card_visa_chargeDeclined' }),
    );
    expect(error).toMatchObject({ type: 'StripeCardError', setup_intent: { id: setup.id } });
    expect((await stripe.setupIntents.cancel(setup.id)).status).toBe('canceled');
    const late = await refusal(
      stripe.setupIntents.confirm(setup.id, { payment_method: 'pm_card_visa' }),
    );
    expect(late.code).toBe('setup_intent_unexpected_state');
  });
});
