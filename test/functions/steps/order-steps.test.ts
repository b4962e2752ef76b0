import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { productSchema } from '../../../domain/catalogue/product.ts';
import { OutcomeUnknownFault, PermanentFault } from '../../../domain/shared/errors.ts';
import { paymentIntentIdSchema, warehouseTaskIdSchema } from '../../../domain/shared/ids.ts';
import { awaitPayment } from '../../../functions/await-payment/index.ts';
import { cancelIntent } from '../../../functions/cancel-intent/index.ts';
import { expireBatch } from '../../../functions/expire-batch/index.ts';
import { measureTail } from '../../../functions/measure-tail/index.ts';
import { openPickTask } from '../../../functions/open-pick-task/index.ts';
import { placeOrder } from '../../../functions/place-order/index.ts';
import { priceCartStep } from '../../../functions/price-cart/index.ts';
import { recordFinding } from '../../../functions/record-finding/index.ts';
import { releaseOrder } from '../../../functions/release-order/index.ts';
import { captureLog, now, order, orderId, unexpected } from './support.ts';

const log = captureLog();

beforeEach(() => {
  vi.useFakeTimers({ now, toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const nudges = () => ({
  outbox: vi.fn(async () => undefined),
  mailbox: vi.fn(async () => undefined),
});
const cart = {
  currency: 'EUR',
  lines: [{ sku: 'MUG', name: 'Mug', quantity: 2, unitPrice: 1490, weight: 390 }],
  itemsTotal: 2980,
  shippingTotal: 390,
  total: 3370,
};
const wait = {
  token: 'AQC-secret',
  run: 1,
  redriveCount: 0,
  enteredAt: now.toISOString(),
  retryCount: 0,
};

describe('price-cart', () => {
  const mug = productSchema.parse({
    sku: 'MUG',
    name: 'Mug',
    category: 'Table',
    unitPrice: 1490,
    currency: 'EUR',
    weight: 390,
    active: true,
  });

  it('Two lines of one order share one SKU: one look-up, one priced line', async () => {
    const productsBySku = vi.fn(async () => [mug]);
    const items = [
      { sku: 'MUG', quantity: 1 },
      { sku: 'MUG', quantity: 1 },
    ];
    const priced = await priceCartStep(() => ({ products: { productsBySku } }))({
      items,
      correlationId: 'req-1',
    });
    expect(productsBySku).toHaveBeenCalledExactlyOnceWith(['MUG']);
    expect(priced).toEqual({ outcome: 'priced', cart });
  });

  it('says what makes a total impossible to charge', async () => {
    const products = { productsBySku: async () => [{ ...mug, unitPrice: 99_999_999 }] };
    const answer = await priceCartStep(() => ({ products }))({
      items: [{ sku: 'MUG', quantity: 2 }],
      correlationId: 'req-1',
    });
    expect(answer).toEqual({
      outcome: 'not_chargeable',
      total: { amount: 199_999_998, currency: 'EUR' },
      reason: 'above_maximum',
      limit: 99_999_999,
    });
  });
});

describe('place-order', () => {
  const input = {
    ...order,
    customerId: 'anna',
    idempotencyKey: 'key-0001',
    bodyHash: 'a'.repeat(64),
    addressId: orderId,
    shortagePolicy: 'nothing',
    cart,
  };
  const { generation: _, ...command } = input;
  const placed = {
    orderId,
    generation: 1,
    total: 3370,
    currency: 'EUR',
    expiresAt: '2026-11-23T10:15:00.000Z',
    correlationId: 'req-1',
    intentRecorded: false,
  } as const;

  it('gives the customer the payment window from now on, and wakes the outbox', async () => {
    const nudge = nudges();
    const store = vi.fn(async () => ({ outcome: 'placed' as const, ...placed }));
    await placeOrder(() => ({ checkout: { placeOrder: store }, nudge, paymentWindow: 900 }))(
      command,
    );
    expect(store).toHaveBeenCalledExactlyOnceWith(
      command,
      now,
      new Date('2026-11-23T10:15:00.000Z'),
    );
    expect(nudge.outbox).toHaveBeenCalledOnce();
  });

  it('wakes nobody for an order that stood already, or for a shortage', async () => {
    for (const result of [
      { outcome: 'existing' as const, ...placed },
      { outcome: 'key_reused' as const },
    ]) {
      const nudge = { outbox: unexpected('outbox') };
      const checkout = { placeOrder: async () => result };
      const answer = await placeOrder(() => ({ checkout, nudge, paymentWindow: 900 }))(command);
      expect(answer).toBe(result);
    }
  });
});

describe('release-order', () => {
  it('wakes the outbox only for a release', async () => {
    const nudge = { outbox: unexpected('outbox') };
    const checkout = { releaseOrder: async () => ({ outcome: 'intent_recorded' as const }) };
    const answer = await releaseOrder(() => ({ checkout, nudge }))({
      ...order,
      intentUnknown: true,
    });
    expect(answer).toEqual({ outcome: 'intent_recorded' });
  });
});

describe('a token wait', () => {
  it('The webhook comes before the token is stored: the outcome that waits is sent at once', async () => {
    const nudge = nudges();
    const registerToken = vi.fn(async () => ({ ready: true }));
    await awaitPayment(() => ({ mailbox: { registerToken }, nudge }))({ ...order, wait });
    expect(registerToken).toHaveBeenCalledExactlyOnceWith(
      { orderId, step: 'payment', round: 1 },
      wait,
      now,
    );
    expect(nudge.mailbox).toHaveBeenCalledOnce();
  });

  it('wakes nobody while nothing waits, and answers nothing', async () => {
    const nudge = { mailbox: unexpected('mailbox') };
    const warehouse = {
      openPickTask: vi.fn(async () => ({
        taskId: warehouseTaskIdSchema.parse(orderId),
        ready: false,
      })),
    };
    const answer = await openPickTask(() => ({ warehouse, nudge }))({ ...order, round: 1, wait });
    expect(answer).toBeUndefined();
    expect(warehouse.openPickTask).toHaveBeenCalledExactlyOnceWith(
      { orderId, step: 'pick', round: 1 },
      wait,
      now,
    );
  });

  it('Tokens are secrets: not in the log', async () => {
    const mailbox = { registerToken: async () => ({ ready: false }) };
    await awaitPayment(() => ({ mailbox, nudge: nudges() }))({ ...order, wait });
    expect(log.text()).toContain('finished');
    expect(log.text()).not.toContain(wait.token);
  });
});

describe('cancel-intent', () => {
  const paymentIntentId = paymentIntentIdSchema.parse('pi_1');
  const made = { paymentIntentId, clientSecret: 'pi_1_secret_x' };

  it('A charge call timed out: the intent that may exist is found by its key, then canceled', async () => {
    const provider = {
      createIntent: vi.fn(async () => made),
      findIntents: unexpected('findIntents'),
      createStandIn: unexpected('createStandIn'),
      cancelIntent: vi.fn(async () => undefined),
    };
    const answer = await cancelIntent(() => ({ provider }))({
      ...order,
      paymentIntentId: null,
      amount: 3370,
      currency: 'EUR',
    });
    const ref = { orderId, generation: 1 };
    expect(provider.createIntent).toHaveBeenCalledExactlyOnceWith(ref, {
      amount: 3370,
      currency: 'EUR',
    });
    expect(provider.cancelIntent).toHaveBeenCalledExactlyOnceWith('pi_1', ref);
    expect(answer).toEqual({ outcome: 'canceled', paymentIntentId: 'pi_1' });
    expect(log.text()).not.toContain('secret_x');
  });

  const inert = {
    createIntent: unexpected('createIntent'),
    findIntents: unexpected('findIntents'),
    createStandIn: unexpected('createStandIn'),
  };
  const unrecorded = { ...order, paymentIntentId: null, amount: 3370, currency: 'EUR' };
  const stored = async () => {
    throw new OutcomeUnknownFault('api_error', 'Stripe answered 500');
  };
  const named = (id: string) => paymentIntentIdSchema.parse(id);

  it('Stripe repeats a 500 it stored under the key: what was made all the same is found by its metadata', async () => {
    const provider = {
      ...inert,
      createIntent: stored,
      findIntents: async () => [named('pi_1'), named('pi_2')],
      cancelIntent: vi.fn(async () => undefined),
    };
    const answer = await cancelIntent(() => ({ provider }))(unrecorded);
    expect(answer).toEqual({ outcome: 'canceled', paymentIntentId: 'pi_1' });
    expect(provider.cancelIntent).toHaveBeenCalledTimes(2);
  });

  it('Stripe repeats a 500 and made nothing: the order is not stuck for a day', async () => {
    const provider = {
      ...inert,
      createIntent: stored,
      findIntents: async () => [],
      createStandIn: async () => named('pi_3'),
      cancelIntent: vi.fn(async () => undefined),
    };
    const answer = await cancelIntent(() => ({ provider }))(unrecorded);
    expect(answer).toEqual({ outcome: 'canceled', paymentIntentId: 'pi_3' });
    expect(provider.cancelIntent).toHaveBeenCalledOnce();
  });

  it('A charge call times out: it is made again under the same key, and nothing else', async () => {
    const provider = {
      ...inert,
      createIntent: async () => {
        throw new OutcomeUnknownFault('stripe_silent', 'ETIMEDOUT');
      },
      cancelIntent: unexpected('cancelIntent'),
    };
    await expect(cancelIntent(() => ({ provider }))(unrecorded)).rejects.toMatchObject({
      name: 'OutcomeUnknownFault',
      code: 'stripe_silent',
    });
  });

  it('makes none where one is on record', async () => {
    const provider = {
      ...inert,
      cancelIntent: async () => undefined,
    };
    await cancelIntent(() => ({ provider }))({
      ...order,
      paymentIntentId,
      amount: 3370,
      currency: 'EUR',
    });
  });

  it('Cancelling the PaymentIntent fails because it has just succeeded: that is for a person', async () => {
    const provider = {
      ...inert,
      cancelIntent: async () => {
        throw new PermanentFault('intent_captured', 'refund it instead');
      },
    };
    const call = cancelIntent(() => ({ provider }))({
      ...order,
      paymentIntentId,
      amount: 3370,
      currency: 'EUR',
    });
    await expect(call).rejects.toMatchObject({ name: 'PermanentFault', code: 'intent_captured' });
  });
});

describe('expiry', () => {
  it('plans the run by the tail', async () => {
    const expiry = { measureTail: async () => ({ size: 800, oldestAge: 130 }) };
    expect(await measureTail(() => ({ expiry }))({})).toEqual({
      size: 800,
      oldestAge: 130,
      lanes: [0, 1, 2, 3],
      batchSize: 200,
    });
  });

  it('wakes both relays for what it expired, and none where it expired nothing', async () => {
    const input = { lane: 0, lanes: 1, batchSize: 50 };
    const nudge = nudges();
    const batch = (expired: number) =>
      expireBatch(() => ({ expiry: { expireBatch: async () => ({ expired }) }, nudge }))(input);
    await batch(0);
    expect(nudge.outbox).not.toHaveBeenCalled();
    await batch(7);
    expect(nudge.outbox).toHaveBeenCalledOnce();
    expect(nudge.mailbox).toHaveBeenCalledOnce();
  });
});

describe('record-finding', () => {
  it('Compensation that fails quietly: it ends in a durable row', async () => {
    const store = vi.fn(async () => undefined);
    const finding = {
      ...order,
      machine: 'payment',
      state: 'CancelIntent',
      error: 'PermanentFault',
    };
    await recordFinding(() => ({ findings: { recordFinding: store } }))(finding);
    expect(store).toHaveBeenCalledExactlyOnceWith(finding, now);
  });

  it('tells a person the fault’s code and nothing else of what the error said', async () => {
    const store = vi.fn(async () => undefined);
    const finding = {
      ...order,
      machine: 'payment',
      state: 'CancelIntent',
      error: 'PermanentFault',
    };
    const record = (errorMessage: string) =>
      recordFinding(() => ({ findings: { recordFinding: store } }))({
        ...finding,
        cause: JSON.stringify({ errorType: 'PermanentFault', errorMessage, trace: [] }).slice(
          0,
          90,
        ),
      });
    await record('intent_captured: pi_1_secret_x was refused and this goes on for a while');
    expect(store).toHaveBeenLastCalledWith({ ...finding, code: 'intent_captured' }, now);
    await record('No code: pi_1_secret_x');
    expect(store).toHaveBeenLastCalledWith(finding, now);
    expect(log.text()).not.toContain('secret_x');
  });

  it('fails where the row cannot be written, so that the machine fails too', async () => {
    const findings = { recordFinding: () => Promise.reject(new PermanentFault('x', 'y')) };
    await expect(
      recordFinding(() => ({ findings }))({
        ...order,
        machine: 'payment',
        state: 'CancelIntent',
        error: 'PermanentFault',
      }),
    ).rejects.toMatchObject({ name: 'PermanentFault' });
  });
});
