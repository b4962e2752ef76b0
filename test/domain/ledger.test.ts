import { describe, expect, it } from 'vitest';
import { type BooksRecord, compareWithStripe } from '../../domain/payments/ledger.ts';
import type {
  IntentStatus,
  KnownAnswer,
  StripeRefund,
} from '../../domain/payments/reconciliation.ts';
import { type PaymentStatus, paymentStatuses } from '../../domain/payments/status.ts';
import { keptWebhookSchema } from '../../domain/payments/webhooks.ts';
import { orderIdSchema, paymentIntentIdSchema, refundIdSchema } from '../../domain/shared/ids.ts';

const now = new Date('2026-11-23T01:30:00.000Z');
const ref = {
  orderId: orderIdSchema.parse('0199f0a0-0000-7000-8000-000000000001'),
  generation: 1,
  paymentIntentId: paymentIntentIdSchema.parse('pi_1'),
};
const refundId = refundIdSchema.parse('0199f0a0-0000-7000-8000-0000000000bb');

function books(paymentStatus: PaymentStatus, more: Partial<BooksRecord> = {}): BooksRecord {
  const capturedAmount = paymentStatus === 'captured' ? 1000 : 0;
  const money = { currency: 'EUR', amount: 1000, capturedAmount };
  return { ...ref, paymentStatus, ...money, refunds: [], disputes: [], ...more };
}

function answer(status: IntentStatus, more: Partial<KnownAnswer> = {}): KnownAnswer {
  const amountReceived = status === 'succeeded' ? 1000 : 0;
  const money = { currency: 'EUR', amount: 1000, amountCapturable: 0, amountReceived };
  return { ...ref, known: true, status, ...money, refunds: [], disputes: [], ...more };
}

const refund = (more: Partial<StripeRefund> = {}): StripeRefund => ({
  ...{ stripeRefundId: 're_1', amount: 300, status: 'succeeded', refundId: null, reason: null },
  ...more,
});

const kinds = (record: BooksRecord, said: KnownAnswer) =>
  compareWithStripe(record, said, now).differences.map(({ kind }) => kind);
const late = (record: BooksRecord, said: KnownAnswer) =>
  compareWithStripe(record, said, now).late.map(({ eventId, type }) => `${type} ${eventId}`);

describe('a payment and its intent', () => {
  const fits: Readonly<Record<PaymentStatus, readonly IntentStatus[]>> = {
    pending: ['requires_payment_method', 'requires_action', 'processing'],
    intent_unknown: ['requires_payment_method'],
    requires_payment: ['requires_payment_method', 'requires_confirmation', 'processing'],
    authorised: ['requires_capture'],
    voiding: ['requires_payment_method', 'requires_capture', 'canceled', 'processing'],
    voided: ['canceled'],
    captured: ['succeeded'],
  };

  it.each(paymentStatuses)('%s fits what it may be at Stripe', (status) => {
    for (const stripes of fits[status]) expect(kinds(books(status), answer(stripes))).toEqual([]);
  });

  it.each([
    ['requires_payment', 'requires_capture', ['status_differs']],
    ['authorised', 'canceled', ['status_differs']],
    ['authorised', 'succeeded', ['status_differs', 'captured_differs']],
    ['voided', 'requires_capture', ['status_differs']],
    ['voiding', 'succeeded', ['status_differs', 'captured_differs']],
    ['captured', 'requires_capture', ['status_differs', 'captured_differs']],
  ] as const)('%s and %s differ', (ours, stripes, expected) => {
    expect(kinds(books(ours), answer(stripes))).toEqual(expected);
  });

  it('says both sides’ figures', () => {
    const said = answer('succeeded', { currency: 'USD', amount: 1100, amountReceived: 900 });
    expect(compareWithStripe(books('captured'), said, now).differences).toEqual([
      {
        kind: 'currency_differs',
        detail: { paymentIntentId: 'pi_1', ours: 'EUR', stripes: 'USD' },
      },
      { kind: 'amount_differs', detail: { paymentIntentId: 'pi_1', ours: 1000, stripes: 1100 } },
      { kind: 'captured_differs', detail: { paymentIntentId: 'pi_1', ours: 1000, stripes: 900 } },
    ]);
  });

  it('that Stripe does not know is a difference of its own', () => {
    const compared = compareWithStripe(books('authorised'), { ...ref, known: false }, now);
    expect(compared).toMatchObject({
      differences: [{ kind: 'intent_unknown_at_stripe' }],
      late: [],
    });
  });
});

describe('what a webhook should have told', () => {
  it.each([
    [
      'requires_payment',
      'requires_capture',
      ['payment_intent.amount_capturable_updated evt_kassa_pi_1_requires_capture'],
    ],
    ['requires_payment', 'canceled', ['payment_intent.canceled evt_kassa_pi_1_canceled']],
    ['requires_payment', 'requires_payment_method', []],
    ['authorised', 'canceled', ['payment_intent.canceled evt_kassa_pi_1_canceled']],
    ['authorised', 'requires_capture', []],
    ['authorised', 'succeeded', []],
    ['voiding', 'canceled', ['payment_intent.canceled evt_kassa_pi_1_canceled']],
    ['voiding', 'requires_capture', []],
    ['voided', 'requires_capture', []],
  ] as const)('of %s and %s', (ours, stripes, expected) => {
    expect(late(books(ours), answer(stripes))).toEqual(expected);
  });

  it('of a refund, and of a dispute that is over', () => {
    const dispute = { disputeId: 'du_1', amount: 1000, status: 'lost', reason: 'fraudulent' };
    const said = answer('succeeded', { refunds: [refund()], disputes: [dispute] });
    const compared = compareWithStripe(books('captured'), said, now);
    expect(compared.late.map(({ eventId, type }) => `${type} ${eventId}`)).toEqual([
      'refund.updated evt_kassa_re_1_succeeded',
      'charge.dispute.closed evt_kassa_du_1_lost',
    ]);
    for (const webhook of compared.late) {
      expect(keptWebhookSchema.safeParse(webhook).success).toBe(true);
      expect(webhook.object).toMatchObject({ paymentIntentId: 'pi_1' });
    }
  });
});

describe('refunds', () => {
  const ours = { refundId, stripeRefundId: 're_1', amount: 300, status: 'succeeded' } as const;
  const withOurs = (more: Partial<BooksRecord['refunds'][number]> = {}) =>
    books('captured', { refunds: [{ ...ours, ...more }] });
  const at = (refunds: readonly StripeRefund[]) => answer('succeeded', { refunds: [...refunds] });

  it('fit by Stripe’s id, or by ours while Stripe’s is not known', () => {
    expect(kinds(withOurs(), at([refund()]))).toEqual([]);
    const pending = withOurs({ stripeRefundId: null, status: 'pending' });
    expect(kinds(pending, at([refund({ refundId, status: 'pending' })]))).toEqual([]);
    expect(kinds(withOurs({ stripeRefundId: null, status: 'requested' }), at([]))).toEqual([]);
  });

  it.each([
    ['another amount', withOurs(), [refund({ amount: 301 })], { ours: 300, stripes: 301 }],
    ['another status', withOurs(), [refund({ status: 'failed' })], { ours: 300, stripes: 0 }],
    ['one that Stripe does not have', withOurs(), [], { ours: 300, stripes: 0 }],
    ['one that we do not have', books('captured'), [refund()], { ours: 0, stripes: 300 }],
  ])('%s differs', (_, record, refunds, figures) => {
    expect(compareWithStripe(record, at(refunds), now).differences).toMatchObject([
      { kind: 'refunds_differ', detail: { ...figures, count: 1, refund: 're_1' } },
    ]);
  });

  it('and disputes of money that we do not have down as taken wait until we have', () => {
    const dispute = { disputeId: 'du_1', amount: 1000, status: 'lost', reason: null };
    const said = answer('succeeded', { refunds: [refund()], disputes: [dispute] });
    expect(late(books('authorised'), said)).toEqual([]);
    expect(kinds(books('authorised'), said)).toEqual(['status_differs', 'captured_differs']);
  });
});

describe('disputes', () => {
  it('differ by their status, and where one side has one more', () => {
    const known = { disputes: [{ disputeId: 'du_1', status: 'needs_response' }] };
    const dispute = { disputeId: 'du_1', amount: 1, status: 'won', reason: null };
    const said = answer('succeeded', { disputes: [dispute] });
    for (const [record, stripes, detail] of [
      [books('captured', known), said, { ours: 'needs_response', stripes: 'won' }],
      [books('captured'), said, { ours: null, stripes: 'won' }],
      [books('captured', known), answer('succeeded'), { ours: 'needs_response', stripes: null }],
    ] as const) {
      expect(compareWithStripe(record, stripes, now).differences).toMatchObject([
        { kind: 'disputes_differ', detail: { disputeId: 'du_1', ...detail } },
      ]);
    }
  });
});
