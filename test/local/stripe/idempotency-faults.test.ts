import Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { day, held, refusal, world } from './harness.ts';

describe('idempotency keys', () => {
  it('answer the same again, and do the work once', async () => {
    const { stripe } = await world();
    const options = { idempotencyKey: 'order-1.1' };
    const first = await stripe.paymentIntents.create(held, options);
    const second = await stripe.paymentIntents.create(held, options);
    expect(second).toEqual(first);
    expect(second.lastResponse.headers['idempotent-replayed']).toBe('true');
    expect(first.lastResponse.headers['idempotent-replayed']).toBeUndefined();
    expect((await stripe.paymentIntents.list()).data).toHaveLength(1);
  });

  it('remember a decline too', async () => {
    const { stripe } = await world();
    const params = { ...held, confirm: true, payment_method: 'pm_card_visa_chargeDeclined' };
    const options = { idempotencyKey: 'k' };
    const first = await refusal(stripe.paymentIntents.create(params, options));
    const again = await refusal(stripe.paymentIntents.create(params, options));
    expect(again.requestId).not.toBe(first.requestId);
    expect(again.payment_intent?.id).toBe(first.payment_intent?.id);
    expect((await stripe.charges.list()).data).toHaveLength(1);
  });

  it('do not remember parameters that were wrong', async () => {
    const { stripe } = await world();
    const options = { idempotencyKey: 'k' };
    await refusal(stripe.rawRequest('POST', '/v1/payment_intents', { amount: 100 }, options));
    const intent = await stripe.paymentIntents.create(held, options);
    expect(intent.id).toMatch(/^pi_/);
  });

  it('are refused for other parameters or another endpoint', async () => {
    const { stripe } = await world();
    const options = { idempotencyKey: 'k' };
    const intent = await stripe.paymentIntents.create(held, options);
    const other = await refusal(stripe.paymentIntents.create({ ...held, amount: 2_001 }, options));
    expect(other).toMatchObject({ type: 'StripeIdempotencyError', statusCode: 400 });
    const elsewhere = await refusal(stripe.paymentIntents.cancel(intent.id, {}, options));
    expect(elsewhere.type).toBe('StripeIdempotencyError');
  });

  it('are refused with 409 while their first request is under way', async () => {
    const { stripe, control } = await world();
    control.slow({ method: 'POST', path: '/v1/payment_intents', ms: 200, when: 'after' });
    const options = { idempotencyKey: 'k' };
    const first = stripe.paymentIntents.create(held, options);
    const busy = await refusal(stripe.paymentIntents.create(held, options));
    expect(busy).toMatchObject({ statusCode: 409, code: 'idempotency_key_in_use' });
    expect((await first).id).toMatch(/^pi_/);
  });

  it('are forgotten after a day: the same key charges again', async () => {
    const { stripe, advance } = await world();
    const options = { idempotencyKey: 'k' };
    const first = await stripe.paymentIntents.create(held, options);
    await advance(day - 1_000);
    expect((await stripe.paymentIntents.create(held, options)).id).toBe(first.id);
    await advance(2_000);
    expect((await stripe.paymentIntents.create(held, options)).id).not.toBe(first.id);
  });
});

describe('injected failures', () => {
  it('strike before any effect', async () => {
    const { stripe, control } = await world();
    control.fail({ method: 'POST', path: '/v1/payment_intents', times: 1, status: 503 });
    const options = { idempotencyKey: 'k' };
    expect((await refusal(stripe.paymentIntents.create(held, options))).statusCode).toBe(503);
    expect((await stripe.paymentIntents.list()).data).toHaveLength(0);
    expect((await stripe.paymentIntents.create(held, options)).status).toBe(
      'requires_payment_method',
    );
  });

  it('strike after the effect: the money is taken and the answer, stored, is a 500', async () => {
    const { stripe, control } = await world();
    const intent = await stripe.paymentIntents.create({
      ...held,
      confirm: true,
      payment_method: 'pm_card_visa',
    });
    control.fail({ path: '/v1/payment_intents/*/capture', when: 'after', status: 500 });
    const options = { idempotencyKey: 'k' };
    const capture = () => stripe.paymentIntents.capture(intent.id, {}, options);
    expect(await refusal(capture())).toMatchObject({ statusCode: 500, type: 'StripeAPIError' });
    expect((await stripe.paymentIntents.retrieve(intent.id)).status).toBe('succeeded');
    expect((await refusal(capture())).statusCode).toBe(500);
  });

  it('leave the caller in silence though the effect stands', async () => {
    const { stripe, simulator, control } = await world();
    const { hostname, port } = new URL(simulator.url);
    const hasty = new Stripe(simulator.secretKey, {
      host: hostname,
      port,
      protocol: 'http',
      timeout: 150,
      maxNetworkRetries: 0,
    });
    control.fail({ method: 'POST', when: 'after', how: 'timeout' });
    const options = { idempotencyKey: 'k' };
    const error = await refusal(hasty.paymentIntents.create(held, options));
    expect(error.type).toBe('StripeConnectionError');
    const settled = await stripe.paymentIntents.create(held, options);
    expect(settled.lastResponse.headers['idempotent-replayed']).toBe('true');
    expect((await stripe.paymentIntents.list()).data).toHaveLength(1);
  });

  it('break the connection; the SDK repeats by itself with the same key', async () => {
    const { stripe, control } = await world();
    control.fail({ method: 'POST', when: 'after', how: 'reset' });
    await stripe.paymentIntents.create(held);
    expect((await stripe.paymentIntents.list()).data).toHaveLength(1);
    control.fail({ method: 'POST', how: 'reset', times: 2 });
    const error = await refusal(stripe.paymentIntents.create(held));
    expect(error.type).toBe('StripeConnectionError');
  });

  it('carry an error of their own, and end with clear', async () => {
    const { stripe, control } = await world();
    const error = {
      type: 'invalid_request_error',
      message: 'Too late.',
      code: 'charge_expired_for_capture',
    };
    control.fail({ path: '/v1/payment_intents/*/capture', status: 400, error, times: 9 });
    const intent = await stripe.paymentIntents.create({
      ...held,
      confirm: true,
      payment_method: 'pm_card_visa',
    });
    expect((await refusal(stripe.paymentIntents.capture(intent.id))).code).toBe(error.code);
    control.clear();
    expect((await stripe.paymentIntents.capture(intent.id)).status).toBe('succeeded');
  });
});
