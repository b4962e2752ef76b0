import { randomUUID } from 'node:crypto';
import { inspect } from 'node:util';
import type Stripe from 'stripe';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createStripe } from '../../../adapters/stripe/client.ts';
import { createPaymentProvider } from '../../../adapters/stripe/payment-provider.ts';
import type { PaymentProvider } from '../../../domain/payments/ports.ts';
import {
  orderIdSchema,
  paymentIntentIdSchema,
  refundIdSchema,
} from '../../../domain/shared/ids.ts';
import type { Money } from '../../../domain/shared/money.ts';
import { VirtualClock } from '../../../local/clock.ts';
import { type StripeSimulator, startStripeSimulator } from '../../../local/stripe/index.ts';

const price: Money = { amount: 3370, currency: 'EUR' };
const clock = new VirtualClock();
let simulator: StripeSimulator;
let stripe: Stripe;
let provider: PaymentProvider;
let order: { orderId: ReturnType<typeof orderIdSchema.parse>; generation: number };

beforeAll(async () => {
  simulator = await startStripeSimulator({ clock, port: 0 });
  stripe = createStripe(simulator.secretKey, simulator.url, 400);
  provider = createPaymentProvider(stripe);
});
afterAll(async () => {
  await simulator.close();
});
beforeEach(() => {
  order = { orderId: orderIdSchema.parse(randomUUID()), generation: 1 };
});
afterEach(() => {
  simulator.control.clear();
});

const create = '/v1/payment_intents';
const one = '/v1/payment_intents/*';

async function authorised() {
  const { paymentIntentId } = await provider.createIntent(order, price);
  await stripe.paymentIntents.confirm(paymentIntentId, { payment_method: 'pm_card_visa' });
  return paymentIntentId;
}

async function intentsOfOrder(): Promise<readonly Stripe.PaymentIntent[]> {
  const all = await stripe.paymentIntents.list({ limit: 100 });
  return all.data.filter((intent) => intent.metadata['order_id'] === order.orderId);
}

describe('making an intent', () => {
  it('asks for a card, authorised now and captured later, and names the order in its metadata', async () => {
    const { paymentIntentId, clientSecret } = await provider.createIntent(order, price);
    const intent = await stripe.paymentIntents.retrieve(paymentIntentId);
    expect(intent).toMatchObject({
      amount: 3370,
      currency: 'eur',
      capture_method: 'manual',
      payment_method_types: ['card'],
      metadata: { order_id: order.orderId, generation: '1' },
      client_secret: clientSecret,
    });
  });

  it('Customer pays twice: the same generation gets the same intent, the next one its own', async () => {
    const first = await provider.createIntent(order, price);
    expect(await provider.createIntent(order, price)).toEqual(first);
    const next = await provider.createIntent({ ...order, generation: 2 }, price);
    expect(next.paymentIntentId).not.toBe(first.paymentIntentId);
    expect(await intentsOfOrder()).toHaveLength(2);
  });

  it('A charge call times out, it may have succeeded: outcome unknown, and the same key finds it', async () => {
    simulator.control.fail({ method: 'POST', path: create, when: 'after', how: 'timeout' });
    await expect(provider.createIntent(order, price)).rejects.toMatchObject({
      name: 'OutcomeUnknownFault',
      code: 'stripe_silent',
    });
    const found = await provider.createIntent(order, price);
    const made = await intentsOfOrder();
    expect(made.map((intent) => intent.id)).toEqual([found.paymentIntentId]);
  });

  it('survives one broken connection without a second intent; a second break leaves the outcome unknown', async () => {
    simulator.control.fail({ method: 'POST', path: create, when: 'after', how: 'reset' });
    await provider.createIntent(order, price);
    expect(await intentsOfOrder()).toHaveLength(1);
    simulator.control.fail({ method: 'POST', path: create, how: 'reset', times: 2 });
    await expect(provider.createIntent({ ...order, generation: 2 }, price)).rejects.toMatchObject({
      name: 'OutcomeUnknownFault',
    });
  });

  it('takes a 500 for an unknown outcome: Stripe may have made it', async () => {
    simulator.control.fail({ method: 'POST', path: create, when: 'after', status: 500 });
    await expect(provider.createIntent(order, price)).rejects.toMatchObject({
      name: 'OutcomeUnknownFault',
    });
  });

  it('knows that nothing happened where nobody listened', async () => {
    const gone = await startStripeSimulator({ clock, port: 0 });
    await gone.close();
    const unheard = createPaymentProvider(createStripe(gone.secretKey, gone.url, 400));
    await expect(unheard.createIntent(order, price)).rejects.toMatchObject({
      name: 'TransientFault',
      code: 'stripe_unreachable',
    });
  });

  it('may be tried again where Stripe has too much to do', async () => {
    simulator.control.fail({
      method: 'POST',
      path: create,
      status: 429,
      error: { type: 'invalid_request_error', code: 'rate_limit', message: 'Too many requests' },
    });
    await expect(provider.createIntent(order, price)).rejects.toMatchObject({
      name: 'TransientFault',
      code: 'rate_limit',
    });
  });

  it('may be tried again while the same key is under way', async () => {
    simulator.control.slow({ method: 'POST', path: create, ms: 150 });
    const answers = await Promise.allSettled([
      provider.createIntent(order, price),
      provider.createIntent(order, price),
    ]);
    const refused = answers.filter((answer) => answer.status === 'rejected');
    expect(refused.map((answer) => answer.reason)).toMatchObject([
      { name: 'TransientFault', code: 'idempotency_key_in_use' },
    ]);
    expect(await intentsOfOrder()).toHaveLength(1);
  });

  it.each([
    [{ amount: 10, currency: 'EUR' }, 'amount_too_small'],
    [{ amount: 10, currency: 'JPY' }, 'amount_too_small'],
  ] as const)('Errors told apart by their code: %o is refused for good', async (money, code) => {
    const failure = provider.createIntent(order, money);
    await expect(failure).rejects.toMatchObject({ name: 'PermanentFault', code });
  });

  it('refuses another amount under the same key', async () => {
    await provider.createIntent(order, price);
    const failure = provider.createIntent(order, { ...price, amount: 3371 });
    await expect(failure).rejects.toMatchObject({
      name: 'PermanentFault',
      code: 'idempotency_error',
    });
  });

  it('puts neither the key nor Stripe’s words into an error', async () => {
    const wrong = createPaymentProvider(createStripe('sk_test_wrong_key', simulator.url, 400));
    const failure = wrong.createIntent(order, price);
    await expect(failure).rejects.toMatchObject({ name: 'NotYetFault' });
    await expect(failure).rejects.toMatchObject({
      message: expect.not.stringMatching(/sk_test|API [Kk]ey/),
    });
  });
});

describe('cancelling', () => {
  it('gives an authorisation back, and again changes nothing', async () => {
    const paymentIntentId = await authorised();
    await provider.cancelIntent(paymentIntentId, order);
    await provider.cancelIntent(paymentIntentId, order);
    const intent = await stripe.paymentIntents.retrieve(paymentIntentId);
    expect(intent.status).toBe('canceled');
  });

  it('Cancelling the PaymentIntent fails because it has just succeeded: refused for good', async () => {
    const paymentIntentId = await authorised();
    await provider.capture(paymentIntentId, order, price.amount);
    await expect(provider.cancelIntent(paymentIntentId, order)).rejects.toMatchObject({
      name: 'PermanentFault',
      code: 'intent_captured',
    });
  });

  it('A PaymentIntent in processing cannot be cancelled: not yet, and later it can', async () => {
    const { paymentIntentId } = await provider.createIntent(order, price);
    simulator.control.process(paymentIntentId);
    await expect(provider.cancelIntent(paymentIntentId, order)).rejects.toMatchObject({
      name: 'NotYetFault',
      code: 'intent_processing',
    });
    simulator.control.finishProcessing(paymentIntentId, true);
    await provider.cancelIntent(paymentIntentId, order);
  });

  it('may be called again after a lost answer, since it looks first', async () => {
    const paymentIntentId = await authorised();
    simulator.control.fail({
      method: 'POST',
      path: `${one}/cancel`,
      when: 'after',
      how: 'timeout',
    });
    await expect(provider.cancelIntent(paymentIntentId, order)).rejects.toMatchObject({
      name: 'OutcomeUnknownFault',
    });
    simulator.control.fail({ method: 'POST', path: `${one}/cancel` });
    await provider.cancelIntent(paymentIntentId, order);
  });

  it('may be called again where the look itself failed', async () => {
    const paymentIntentId = await authorised();
    simulator.control.fail({ method: 'GET', path: one, how: 'timeout' });
    await expect(provider.cancelIntent(paymentIntentId, order)).rejects.toMatchObject({
      name: 'TransientFault',
    });
    simulator.control.fail({ method: 'GET', path: one, status: 503 });
    await expect(provider.cancelIntent(paymentIntentId, order)).rejects.toMatchObject({
      name: 'TransientFault',
    });
  });

  it('takes a cancellation that came between the look and the call for its own', async () => {
    const paymentIntentId = await authorised();
    simulator.control.slow({ method: 'GET', path: one, ms: 150, when: 'after' });
    const cancelling = provider.cancelIntent(paymentIntentId, order);
    await stripe.paymentIntents.cancel(paymentIntentId);
    await cancelling;
  });

  it('carries no client secret out in an error', async () => {
    const { paymentIntentId, clientSecret } = await provider.createIntent(order, price);
    simulator.control.slow({ method: 'GET', path: one, ms: 150, when: 'after' });
    const cancelling = provider.cancelIntent(paymentIntentId, order);
    await stripe.paymentIntents.list({ limit: 1 });
    simulator.control.process(paymentIntentId);
    const failure: unknown = await cancelling.catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: 'NotYetFault' });
    expect(inspect(failure, { depth: 20 })).not.toContain(clientSecret);
  });

  it('does not know an intent that never was', async () => {
    const never = paymentIntentIdSchema.parse('pi_never_was');
    await expect(provider.cancelIntent(never, order)).rejects.toMatchObject({
      name: 'NotYetFault',
      code: 'intent_missing',
    });
  });
});

describe('capturing', () => {
  it('takes what was packed, and answers the same when asked again', async () => {
    const paymentIntentId = await authorised();
    expect(await provider.capture(paymentIntentId, order, 2000)).toEqual({ amount: 2000 });
    expect(await provider.capture(paymentIntentId, order, 2000)).toEqual({ amount: 2000 });
    const intent = await stripe.paymentIntents.retrieve(paymentIntentId);
    expect(intent).toMatchObject({ status: 'succeeded', amount_received: 2000 });
  });

  it('Customer pays twice: a capture whose answer was lost is found, not repeated', async () => {
    const paymentIntentId = await authorised();
    simulator.control.fail({
      method: 'POST',
      path: `${one}/capture`,
      when: 'after',
      how: 'timeout',
    });
    await expect(provider.capture(paymentIntentId, order, 3370)).rejects.toMatchObject({
      name: 'OutcomeUnknownFault',
    });
    simulator.control.fail({ method: 'POST', path: `${one}/capture` });
    expect(await provider.capture(paymentIntentId, order, 3370)).toEqual({ amount: 3370 });
    const { data: charges } = await stripe.charges.list({ payment_intent: paymentIntentId });
    expect(charges.map((charge) => charge.amount_captured)).toEqual([3370]);
  });

  it('takes a capture that came between the look and the call for its own', async () => {
    const paymentIntentId = await authorised();
    simulator.control.slow({ method: 'GET', path: one, ms: 150, when: 'after' });
    const capturing = provider.capture(paymentIntentId, order, 3370);
    await stripe.paymentIntents.capture(paymentIntentId);
    expect(await capturing).toEqual({ amount: 3370 });
  });

  it.each([401, 403])(
    'a key that Stripe answers %i refuses no payment: not yet',
    async (status) => {
      const paymentIntentId = await authorised();
      simulator.control.fail({ method: 'POST', path: '/v1/payment_intents/*/capture', status });
      await expect(provider.capture(paymentIntentId, order, 3370)).rejects.toMatchObject({
        name: 'NotYetFault',
        code: 'stripe_key_refused',
      });
    },
  );

  it.each([
    ['api_key_expired', 'NotYetFault', 'stripe_key_refused'],
    ['livemode_mismatch', 'NotYetFault', 'stripe_key_refused'],
    ['parameter_unknown', 'InvalidInputFault', 'parameter_unknown'],
    ['charge_expired_for_capture', 'PermanentFault', 'charge_expired_for_capture'],
  ])('Stripe’s %s is a %s', async (code, name, ours) => {
    const paymentIntentId = await authorised();
    simulator.control.fail({
      method: 'POST',
      path: '/v1/payment_intents/*/capture',
      status: 400,
      error: { type: 'invalid_request_error', message: 'no', code },
    });
    await expect(provider.capture(paymentIntentId, order, 3370)).rejects.toMatchObject({
      name,
      code: ours,
    });
  });

  it('the key of another account refuses no payment, though it knows none of our intents', async () => {
    const missing = { name: 'NotYetFault', code: 'intent_missing' };
    const id = paymentIntentIdSchema.parse('pi_elsewhere');
    await expect(provider.capture(id, order, 3370)).rejects.toMatchObject(missing);
    await expect(provider.cancelIntent(id, order)).rejects.toMatchObject(missing);
    const refundId = refundIdSchema.parse(randomUUID());
    await expect(
      provider.refund({ ...order, paymentIntentId: id, refundId, amount: 1 }),
    ).rejects.toMatchObject(missing);
    const unknown = { type: 'invalid_request_error', message: 'no', code: 'resource_missing' };
    simulator.control.fail({ method: 'GET', path: '/v1/refunds', status: 404, error: unknown });
    await expect(
      provider.refund({ ...order, paymentIntentId: id, refundId, amount: 1 }),
    ).rejects.toMatchObject(missing);
  });

  it('cannot take what is gone, nor what nobody has authorised', async () => {
    const paymentIntentId = await authorised();
    await provider.cancelIntent(paymentIntentId, order);
    await expect(provider.capture(paymentIntentId, order, 3370)).rejects.toMatchObject({
      name: 'PermanentFault',
      code: 'intent_canceled',
    });
    const unpaid = await provider.createIntent({ ...order, generation: 2 }, price);
    await expect(provider.capture(unpaid.paymentIntentId, order, 3370)).rejects.toMatchObject({
      name: 'PermanentFault',
      code: 'intent_not_authorised',
    });
  });
});

describe('finding what a stored failure hides', () => {
  it('Stripe repeats a 500 for a day: the intent is found by its metadata, or another takes its place', async () => {
    simulator.control.fail({ method: 'POST', path: create, when: 'after', status: 500 });
    await expect(provider.createIntent(order, price)).rejects.toMatchObject({
      name: 'OutcomeUnknownFault',
    });
    const found = await provider.findIntents(order);
    expect(found).toEqual((await intentsOfOrder()).map((intent) => intent.id));
    expect(found).toHaveLength(1);
    expect(await provider.findIntents({ ...order, generation: 2 })).toEqual([]);
    const standIn = await provider.createStandIn(order, price);
    expect(found).not.toContain(standIn);
    expect(await provider.createStandIn(order, price)).toBe(standIn);
  });
});

describe('refunding', () => {
  async function captured() {
    const paymentIntentId = await authorised();
    await provider.capture(paymentIntentId, order, 3370);
    const refundId = refundIdSchema.parse(randomUUID());
    return { ...order, paymentIntentId, refundId, amount: 1000 };
  }
  const refundsOf = async (payment_intent: string) =>
    (await stripe.refunds.list({ payment_intent })).data;

  it('Refund retried without a key: one whose answer was lost is found by its metadata', async () => {
    const request = await captured();
    simulator.control.fail({ method: 'POST', path: '/v1/refunds', when: 'after', how: 'timeout' });
    await expect(provider.refund(request)).rejects.toMatchObject({ name: 'OutcomeUnknownFault' });
    simulator.control.fail({ method: 'POST', path: '/v1/refunds' });
    const refund = await provider.refund(request);
    const made = await refundsOf(request.paymentIntentId);
    expect(made.map(({ id, amount }) => ({ id, amount }))).toEqual([
      { id: refund.stripeRefundId, amount: 1000 },
    ]);
    expect(made[0]?.metadata).toEqual({
      order_id: order.orderId,
      generation: '1',
      refund_id: request.refundId,
    });
  });

  it('Refund retried without a key: two at once have the same key and make one', async () => {
    const request = await captured();
    const both = await Promise.allSettled([provider.refund(request), provider.refund(request)]);
    expect(both.some((each) => each.status === 'fulfilled')).toBe(true);
    expect(await refundsOf(request.paymentIntentId)).toHaveLength(1);
  });

  it('A redrive days later, when Stripe has pruned the key, finds the refund and makes none', async () => {
    const request = await captured();
    const first = await provider.refund(request);
    simulator.control.fail({ method: 'POST', path: '/v1/refunds', status: 500 });
    expect(await provider.refund(request)).toEqual(first);
  });

  it('a refund made in Stripe’s dashboard is none of ours: ours is made besides', async () => {
    const request = await captured();
    await stripe.refunds.create({ payment_intent: request.paymentIntentId, amount: 500 });
    expect(await provider.refund(request)).toMatchObject({
      status: 'succeeded',
      failureReason: null,
    });
    expect(await refundsOf(request.paymentIntentId)).toHaveLength(2);
  });

  it('is refused for good where nothing is left', async () => {
    const request = await captured();
    await stripe.refunds.create({ payment_intent: request.paymentIntentId });
    await expect(provider.refund(request)).rejects.toMatchObject({
      name: 'PermanentFault',
      code: 'charge_already_refunded',
    });
  });
});

describe('looking', () => {
  it('says what became of an intent, and knows one that never was by its absence', async () => {
    const paymentIntentId = await authorised();
    expect(await provider.look(paymentIntentId)).toEqual({
      status: 'requires_capture',
      amountCapturable: 3370,
      amountReceived: 0,
    });
    expect(await provider.look(paymentIntentIdSchema.parse('pi_never_was'))).toBeUndefined();
  });
});
