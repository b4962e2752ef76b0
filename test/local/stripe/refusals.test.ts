import { describe, expect, it } from 'vitest';
import { browser, client, held, refusal, world } from './harness.ts';

describe('cards that are refused', () => {
  it.each([
    ['pm_card_visa_chargeDeclined', 'card_declined', 'generic_decline'],
    ['pm_card_visa_chargeDeclinedInsufficientFunds', 'card_declined', 'insufficient_funds'],
    ['pm_card_visa_chargeDeclinedLostCard', 'card_declined', 'lost_card'],
    ['pm_card_chargeDeclinedExpiredCard', 'expired_card', 'expired_card'],
    ['pm_card_chargeDeclinedIncorrectCvc', 'incorrect_cvc', 'incorrect_cvc'],
    ['pm_card_chargeDeclinedProcessingError', 'processing_error', 'processing_error'],
  ])('%s: %s / %s; the intent waits for another card', async (card, code, decline_code) => {
    const { stripe, settled, hook } = await world();
    const intent = await stripe.paymentIntents.create(held);
    const error = await refusal(stripe.paymentIntents.confirm(intent.id, { payment_method: card }));
    expect(error).toMatchObject({ type: 'StripeCardError', statusCode: 402, code, decline_code });
    expect(error.payment_intent).toMatchObject({
      status: 'requires_payment_method',
      payment_method: null,
      last_payment_error: { type: 'card_error', code, decline_code },
    });
    expect(error.charge).toMatch(/^ch_/);
    await settled();
    expect(hook.types().toSorted()).toEqual([
      'charge.failed',
      'payment_intent.created',
      'payment_intent.payment_failed',
    ]);

    const second = await stripe.paymentIntents.confirm(intent.id, {
      payment_method: 'pm_card_visa',
    });
    expect(second).toMatchObject({ status: 'requires_capture', last_payment_error: null });
  });

  it('takes a card number as Stripe.js sends it, and refuses one that is no card', async () => {
    const { stripe, simulator } = await world();
    const number = (digits: string) => ({
      'payment_method_data[type]': 'card',
      'payment_method_data[card][number]': digits,
      'payment_method_data[card][exp_month]': '12',
      'payment_method_data[card][exp_year]': '2030',
      'payment_method_data[card][cvc]': '123',
    });
    const intent = await stripe.paymentIntents.create(held);
    const wrong = await browser(simulator, intent, number('4242424242424241'));
    expect(wrong).toMatchObject({ status: 402, body: { error: { code: 'incorrect_number' } } });
    const declined = await browser(simulator, intent, number('4000000000009995'));
    expect(declined.body).toMatchObject({ error: { decline_code: 'insufficient_funds' } });
    const paid = await browser(simulator, intent, number('4242 4242 4242 4242'));
    expect(paid.body).toMatchObject({ status: 'requires_capture' });
  });
});

describe('authentication by the bank', () => {
  it('waits in requires_action until the customer passes', async () => {
    const { stripe, control, settled, hook } = await world();
    const intent = await stripe.paymentIntents.create({
      ...held,
      confirm: true,
      payment_method: 'pm_card_authenticationRequired',
    });
    expect(intent).toMatchObject({
      status: 'requires_action',
      next_action: { type: 'use_stripe_sdk' },
    });
    control.authenticate(intent.id, true);
    const paid = await stripe.paymentIntents.retrieve(intent.id);
    expect(paid).toMatchObject({ status: 'requires_capture', next_action: null });
    await settled();
    expect(hook.types()).toContain('payment_intent.requires_action');
    expect(hook.types()).toContain('payment_intent.amount_capturable_updated');
  });

  it('leads over the bank page back to the shop', async () => {
    const { stripe } = await world();
    const intent = await stripe.paymentIntents.create({
      ...held,
      confirm: true,
      payment_method: 'pm_card_threeDSecure2Required',
      return_url: 'http://shop.example/back',
    });
    const page = intent.next_action?.redirect_to_url?.url ?? '';
    expect((await fetch(page)).status).toBe(200);
    const done = await fetch(`${page}&passed=false`, { redirect: 'manual' });
    expect(done.headers.get('location')).toMatch(
      /^http:\/\/shop\.example\/back\?payment_intent=pi_/,
    );
    expect(await stripe.paymentIntents.retrieve(intent.id)).toMatchObject({
      status: 'requires_payment_method',
      last_payment_error: { code: 'payment_intent_authentication_failure' },
    });
  });

  it('is refused off session: authentication_required', async () => {
    const { stripe } = await world();
    const error = await refusal(
      stripe.paymentIntents.create({
        ...held,
        confirm: true,
        off_session: true,
        payment_method: 'pm_card_authenticationRequired',
      }),
    );
    expect(error).toMatchObject({
      code: 'authentication_required',
      decline_code: 'authentication_required',
    });
  });
});

describe('processing', () => {
  it('cannot be cancelled, and ends as the network says', async () => {
    const { stripe, control, settled, hook } = await world();
    const intent = await stripe.paymentIntents.create(held);
    control.process(intent.id);
    const error = await refusal(stripe.paymentIntents.cancel(intent.id));
    expect(error).toMatchObject({
      code: 'payment_intent_unexpected_state',
      payment_intent: { status: 'processing' },
    });
    control.finishProcessing(intent.id, false);
    const failed = await stripe.paymentIntents.retrieve(intent.id);
    expect(failed.status).toBe('requires_payment_method');
    await settled();
    expect(hook.types()).toContain('payment_intent.processing');
    expect(hook.types()).toContain('payment_intent.payment_failed');
  });
});

describe('parameters', () => {
  it.each([
    [{ ...held, amount: 49 }, 'amount_too_small', 'amount'],
    [{ ...held, amount: 49, currency: 'jpy' }, 'amount_too_small', 'amount'],
    [{ ...held, amount: 299, currency: 'sek' }, 'amount_too_small', 'amount'],
    [{ ...held, amount: 100_000_000 }, 'amount_too_large', 'amount'],
    [{ ...held, amount: 10.5 }, 'parameter_invalid_integer', 'amount'],
    [{ ...held, currency: 'xyz' }, undefined, 'currency'],
    [{ ...held, customer: 'cus_none' }, 'resource_missing', 'customer'],
    [{ ...held, payment_method: 'pm_none' }, 'resource_missing', 'payment_method'],
    [{ ...held, colour: 'red' }, 'parameter_unknown', 'colour'],
  ])('%j is refused with %s at %s', async (params, code, param) => {
    const { stripe } = await world();
    const error = await refusal(stripe.paymentIntents.create(params));
    expect(error).toMatchObject({ type: 'StripeInvalidRequestError', statusCode: 400, param });
    expect(error.code).toBe(code);
  });

  it('names what is missing', async () => {
    const { stripe } = await world();
    const error = await refusal(stripe.rawRequest('POST', '/v1/payment_intents', { amount: 100 }));
    expect(error).toMatchObject({ code: 'parameter_missing', param: 'currency' });
  });

  it('takes no payment_method_types from a client of this API version', async () => {
    const { stripe } = await world();
    const params = { amount: 100, currency: 'eur', payment_method_types: ['card'] };
    const error = await refusal(stripe.rawRequest('POST', '/v1/payment_intents', params));
    expect(error.code).toBe('payment_method_types_no_longer_supported');
  });

  it('answers 404 resource_missing for what is not there', async () => {
    const { stripe } = await world();
    for (const call of [
      stripe.paymentIntents.retrieve('pi_none'),
      stripe.charges.retrieve('ch_none'),
      stripe.refunds.retrieve('re_none'),
      stripe.customers.retrieve('cus_none'),
      stripe.events.retrieve('evt_none'),
      stripe.disputes.retrieve('du_none'),
    ])
      expect(await refusal(call)).toMatchObject({ statusCode: 404, code: 'resource_missing' });
  });
});

describe('keys', () => {
  it('refuses a wrong key with 401', async () => {
    const { simulator } = await world();
    const error = await refusal(client(simulator, 'sk_test_wrong').paymentIntents.list());
    expect(error).toMatchObject({ type: 'StripeAuthenticationError', statusCode: 401 });
  });

  it('lets a publishable key do only what a customer may, and see only what it may', async () => {
    const { stripe, simulator } = await world();
    const intent = await stripe.paymentIntents.create(held);
    const customer = client(simulator, simulator.publishableKey);
    for (const call of [
      customer.paymentIntents.list(),
      customer.paymentIntents.capture(intent.id),
      customer.paymentIntents.create(held),
      customer.refunds.create({ payment_intent: intent.id }),
    ])
      expect((await refusal(call)).statusCode).toBe(401);
    const bare = await refusal(customer.paymentIntents.retrieve(intent.id));
    expect(bare.param).toBe('client_secret');
    const guessed = { id: intent.id, client_secret: `${intent.id}_secret_guess` };
    expect((await browser(simulator, guessed, { payment_method: 'pm_card_visa' })).status).toBe(
      400,
    );
    const seen = await browser(simulator, intent, { payment_method: 'pm_card_visa' });
    expect(seen.status).toBe(200);
    for (const hidden of ['metadata', 'customer', 'latest_charge', 'amount_capturable'])
      expect(seen.body).not.toHaveProperty(hidden);
  });
});
