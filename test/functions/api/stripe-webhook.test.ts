import Stripe from 'stripe';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readWebhook } from '../../../adapters/stripe/webhook.ts';
import type { WebhookInbox } from '../../../domain/payments/ports.ts';
import { TransientFault } from '../../../domain/shared/errors.ts';
import type { Dependencies } from '../../../functions/stripe-webhook/dependencies.ts';
import { stripeWebhook } from '../../../functions/stripe-webhook/index.ts';
import { renewed } from '../../../functions/stripe-webhook/renewed.ts';
import { context, inert, orderId, problemOf, proxyEvent } from './support.ts';

const secret = 'whsec_test';
const now = Date.parse('2026-11-02T10:00:00Z');

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now });
});

afterEach(() => {
  vi.useRealTimers();
});

const intent = {
  id: 'pi_1',
  object: 'payment_intent',
  status: 'requires_capture',
  amount_capturable: 1390,
  amount_received: 0,
  metadata: { order_id: orderId, generation: '1' },
  last_payment_error: null,
  client_secret: 'pi_1_secret_2',
  shipping: { name: 'Anna Example' },
};

function stripeEvent(object: Readonly<Record<string, unknown>> = intent, type?: string) {
  return {
    id: 'evt_1',
    object: 'event',
    type: type ?? 'payment_intent.amount_capturable_updated',
    created: now / 1000,
    data: { object },
  };
}

function signed(payload: string, at = now, by = secret): string {
  const timestamp = Math.floor(at / 1000);
  return Stripe.webhooks.generateTestHeaderString({ payload, secret: by, timestamp });
}

function fakes(over: Partial<Dependencies> = {}): Dependencies {
  return {
    read: readWebhook,
    signingSecret: async () => secret,
    inbox: { keep: inert('keep') },
    nudge: { inbox: inert('nudge inbox') },
    ...over,
  };
}

function post(body: string | Buffer, signature: string | undefined, over?: Partial<Dependencies>) {
  const headers = signature === undefined ? {} : { 'Stripe-Signature': signature };
  const sent = { method: 'POST', route: '/webhooks/stripe', headers, body };
  return stripeWebhook(() => fakes(over))(proxyEvent(sent), context);
}

function keeping(outcome: 'kept' | 'duplicate' = 'kept') {
  const keep = vi.fn<WebhookInbox['keep']>(async () => outcome);
  const nudge = { inbox: vi.fn(async () => undefined) };
  return { keep, nudge, over: { inbox: { keep }, nudge } };
}

describe('a signed webhook', () => {
  const payload = JSON.stringify(stripeEvent());

  it('is answered 200 once it is kept: ids, status and amounts, nothing of the customer', async () => {
    const { keep, nudge, over } = keeping();
    const result = await post(payload, signed(payload), over);
    expect(result.statusCode).toBe(200);
    expect(JSON.parse(result.body)).toEqual({ received: true });
    expect(keep.mock.calls).toEqual([
      [
        {
          eventId: 'evt_1',
          type: 'payment_intent.amount_capturable_updated',
          created: now / 1000,
          object: {
            kind: 'payment_intent',
            id: 'pi_1',
            status: 'requires_capture',
            amountCapturable: 1390,
            amountReceived: 0,
            orderId,
            generation: 1,
            failureCode: null,
          },
        },
        new Date(now),
      ],
    ]);
    expect(nudge.inbox).toHaveBeenCalledTimes(1);
  });

  it('three times is 200 three times', async () => {
    const { over } = keeping('duplicate');
    for (let n = 0; n < 3; n += 1) {
      expect(await post(payload, signed(payload), over)).toMatchObject({ statusCode: 200 });
    }
  });

  it('is verified over the bytes that came, base64 or not, white space and all', async () => {
    const spaced = `${JSON.stringify(stripeEvent({ ...intent, note: 'Grüße' }), null, 2)}\n`;
    for (const body of [spaced, Buffer.from(spaced)]) {
      const { over } = keeping();
      expect(await post(body, signed(spaced), over)).toMatchObject({ statusCode: 200 });
    }
  });

  it('is no 200 where it could not be kept, so that Stripe sends it again', async () => {
    for (const error of [new TransientFault('db', 'down'), new Error('disk full')]) {
      const inbox = { keep: () => Promise.reject(error) };
      const nudge = { inbox: async () => undefined };
      const result = await post(payload, signed(payload), { inbox, nudge });
      expect(result.statusCode).toBeGreaterThanOrEqual(500);
    }
  });

  it('is no 200 and no 400 where the signing secret cannot be had', async () => {
    const signingSecret = () => Promise.reject(new TransientFault('secret', 'down'));
    const result = await post(payload, signed(payload), { signingSecret });
    expect(result.statusCode).toBe(503);
  });

  it.each([
    ['of another shop', { ...intent, metadata: {} }],
    ['without metadata', { ...intent, metadata: null }],
    ['whose order id is none', { ...intent, metadata: { order_id: 'x', generation: '1' } }],
    ['whose generation is none', { ...intent, metadata: { order_id: orderId, generation: '1.5' } }],
    ['that is a charge', { ...intent, object: 'charge', id: 'ch_1' }],
    ['that has no id', { object: 'balance' }],
  ])('about an object %s is kept as nobody’s', async (_, object) => {
    const { keep, over } = keeping();
    const text = JSON.stringify(stripeEvent(object));
    expect(await post(text, signed(text), over)).toMatchObject({ statusCode: 200 });
    expect(keep.mock.calls[0]?.[0].object).toMatchObject({ orderId: null, generation: null });
  });

  const refundId = '01900000-0000-7000-8000-0000000000aa';
  const refund = {
    id: 're_1',
    object: 'refund',
    status: 'failed',
    amount: 300,
    payment_intent: 'pi_1',
    failure_reason: 'expired_or_canceled_card',
    metadata: { refund_id: refundId },
  };
  const kept = {
    status: null,
    amountCapturable: null,
    amountReceived: null,
    orderId: null,
    generation: null,
    failureCode: null,
    paymentIntentId: 'pi_1',
  };

  it.each([
    [
      'refund.failed',
      refund,
      { kind: 'refund', status: 'failed', refundId, reason: 'expired_or_canceled_card' },
    ],
    [
      'refund.created',
      { ...refund, status: 'pending', failure_reason: null, metadata: {} },
      { kind: 'refund', status: 'pending', refundId: null, reason: null },
    ],
    [
      'charge.dispute.created',
      {
        id: 'du_1',
        object: 'dispute',
        status: 'needs_response',
        amount: 300,
        payment_intent: 'pi_1',
        reason: 'fraudulent',
        evidence: { customer_name: 'Anna Example' },
      },
      { kind: 'dispute', id: 'du_1', status: 'needs_response', reason: 'fraudulent' },
    ],
  ])('%s keeps which money of which intent it is about', async (type, object, expected) => {
    const { keep, over } = keeping();
    const text = JSON.stringify(stripeEvent(object, type));
    expect(await post(text, signed(text), over)).toMatchObject({ statusCode: 200 });
    expect(keep.mock.calls[0]?.[0].object).toEqual({
      id: 're_1',
      amount: 300,
      ...kept,
      ...expected,
    });
  });

  it('about a charge keeps until when it may be captured, and hurries nobody', async () => {
    const { keep, nudge, over } = keeping();
    const object = {
      id: 'ch_1',
      object: 'charge',
      status: 'succeeded',
      amount: 1390,
      payment_intent: 'pi_1',
      billing_details: { email: 'anna@example.com' },
      payment_method_details: { card: { capture_before: 1_762_682_400, last4: '4242' } },
    };
    const text = JSON.stringify(stripeEvent(object, 'charge.succeeded'));
    await post(text, signed(text), over);
    expect(keep.mock.calls[0]?.[0].object).toEqual({
      ...kept,
      kind: 'charge',
      id: 'ch_1',
      status: 'succeeded',
      captureBefore: 1_762_682_400,
    });
    expect(nudge.inbox).not.toHaveBeenCalled();
  });

  it('that changes nothing hurries nobody: it is done with once it is kept', async () => {
    const { keep, nudge, over } = keeping();
    const text = JSON.stringify(stripeEvent(intent, 'payment_intent.created'));
    expect(await post(text, signed(text), over)).toMatchObject({ statusCode: 200 });
    expect(keep).toHaveBeenCalledTimes(1);
    expect(nudge.inbox).not.toHaveBeenCalled();
  });

  it('about a declined card keeps Stripe’s code', async () => {
    const { keep, over } = keeping();
    const object = {
      ...intent,
      status: 'requires_payment_method',
      last_payment_error: { code: 'card_declined', message: 'Your card was declined.' },
    };
    const text = JSON.stringify(stripeEvent(object, 'payment_intent.payment_failed'));
    await post(text, signed(text), over);
    expect(keep.mock.calls[0]?.[0].object.failureCode).toBe('card_declined');
  });
});

describe('a webhook changes nothing where', () => {
  const payload = JSON.stringify(stripeEvent());

  it.each([
    ['it has no signature', payload, undefined, 'signature-invalid'],
    ['its signature is no signature', payload, 'v1=abc', 'signature-invalid'],
    ['somebody else signed it', payload, signed(payload, now, 'whsec_other'), 'signature-invalid'],
    ['it was altered', payload.replace('1390', '1'), signed(payload), 'signature-invalid'],
    ['it is replayed later', payload, signed(payload, now - 301_000), 'signature-invalid'],
    ['it is no JSON', 'x', signed('x'), 'event-unreadable'],
    ['it is no event', '{}', signed('{}'), 'event-unreadable'],
    [
      'its id is no event’s id',
      JSON.stringify({ ...stripeEvent(), id: 'x' }),
      signed(JSON.stringify({ ...stripeEvent(), id: 'x' })),
      'event-unreadable',
    ],
  ])('%s', async (_, body, signature, code) => {
    expect(problemOf(await post(body, signature))).toMatchObject({ status: 400, code });
  });

  it('it is too old by the clock of the request, whatever the machine’s own says', () => {
    const later = new Date(now + 301_000);
    expect(readWebhook(Buffer.from(payload), signed(payload), secret, later)).toEqual({
      outcome: 'bad_signature',
    });
  });

  it('it is too large to look at', async () => {
    const large = ' '.repeat(512 * 1024 + 1);
    expect(problemOf(await post(large, signed(large)))).toMatchObject({ status: 413 });
  });
});

it('a rolled signing secret reaches a worker within five minutes, and a failed reading is not kept', async () => {
  const read = vi.fn<() => Promise<string>>();
  read.mockRejectedValueOnce(new Error('down'));
  read.mockResolvedValueOnce('old').mockResolvedValueOnce('new');
  const current = renewed(read);
  await expect(current(new Date(now))).rejects.toThrow('down');
  expect(await current(new Date(now))).toBe('old');
  expect(await current(new Date(now + 299_000))).toBe('old');
  expect(await current(new Date(now + 300_000))).toBe('new');
});
