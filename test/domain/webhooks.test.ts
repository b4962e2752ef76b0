import { describe, expect, it } from 'vitest';
import { keptWebhookSchema, meaningOf, subscribedEvents } from '../../domain/payments/webhooks.ts';

const webhook = (type: string, object: Record<string, unknown> = {}) =>
  keptWebhookSchema.parse({
    eventId: 'evt_1',
    type,
    created: 1_790_000_000,
    object: {
      kind: 'payment_intent',
      id: 'pi_1',
      status: 'requires_capture',
      amountCapturable: 1290,
      amountReceived: 0,
      orderId: '0199f0a0-0000-7000-8000-000000000001',
      generation: 1,
      failureCode: null,
      ...object,
    },
  });

describe('what a webhook means', () => {
  it.each([
    ['payment_intent.amount_capturable_updated', {}, 'authorised'],
    ['payment_intent.payment_failed', { status: 'requires_payment_method' }, 'declined'],
    ['payment_intent.canceled', { status: 'canceled' }, 'canceled'],
    ['payment_intent.created', { status: 'requires_payment_method' }, 'ignored'],
    ['payment_intent.processing', { status: 'processing' }, 'processing'],
    [
      'refund.updated',
      { kind: 'refund', id: 're_1', status: 'succeeded', orderId: null },
      'refund',
    ],
    ['charge.refund.updated', { kind: 'refund', id: 're_1', orderId: null }, 'ignored'],
    ['charge.dispute.created', { kind: 'dispute', id: 'du_1', orderId: null }, 'dispute'],
    ['charge.succeeded', { kind: 'charge', id: 'ch_1' }, 'charge'],
    ['charge.refunded', { kind: 'charge', id: 'ch_1' }, 'ignored'],
    ['payment_intent.succeeded', { status: 'succeeded' }, 'ignored'],
    ['charge.refunded', { kind: 'other' }, 'ignored'],
    ['customer.created', { kind: 'other', orderId: null }, 'ignored'],
  ])('%s', (type, object, kind) => {
    expect(meaningOf(webhook(type, object))).toEqual({ kind });
  });

  it('is what the endpoint subscribes to, beside the sign that webhooks come at all', () => {
    const intents = ['created', 'succeeded', 'canceled', 'processing', 'payment_failed'];
    const candidates = [
      ...[...intents, 'amount_capturable_updated', 'requires_action'].map((type) =>
        webhook(`payment_intent.${type}`, {
          status: type === 'processing' ? 'processing' : 'requires_capture',
        }),
      ),
      ...['created', 'updated', 'failed'].map((type) =>
        webhook(`refund.${type}`, { kind: 'refund' }),
      ),
      ...['created', 'updated', 'closed'].map((type) =>
        webhook(`charge.dispute.${type}`, { kind: 'dispute' }),
      ),
      ...['succeeded', 'captured', 'refunded', 'updated'].map((type) =>
        webhook(`charge.${type}`, { kind: 'charge' }),
      ),
      webhook('customer.created', { kind: 'other' }),
    ];
    const meant = candidates.filter((event) => meaningOf(event).kind !== 'ignored');
    const types = ['payment_intent.created', ...meant.map(({ type }) => type)];
    expect(types.sort()).toEqual([...subscribedEvents].sort());
  });

  it('A void also changes what is capturable: only requires_capture says authorised', () => {
    for (const status of ['canceled', 'succeeded', 'processing', null]) {
      const event = webhook('payment_intent.amount_capturable_updated', { status });
      expect(meaningOf(event)).toEqual({ kind: 'ignored' });
    }
  });

  it('leaves alone the intents of others on the same Stripe account', () => {
    const event = webhook('payment_intent.amount_capturable_updated', { orderId: null });
    expect(meaningOf(event)).toEqual({ kind: 'ignored' });
  });
});
