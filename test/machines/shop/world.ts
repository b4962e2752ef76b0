import type { PaymentStatus } from '../../../domain/payments/status.ts';
import type { StepName } from '../../../workflows/references.ts';

/** The class of error a step ends with, as Step Functions sees it. */
export class StepError extends Error {
  constructor(name: string) {
    super(name);
    this.name = name;
  }
}

export const ids = {
  orderId: '0192f0c0-0000-7000-8000-000000000001',
  generation: 1,
  run: 1,
  correlationId: 'test-correlation',
  paymentIntentId: 'pi_test1',
} as const;

type Order =
  | 'none'
  | 'awaiting_payment'
  | 'authorised'
  | 'confirmed'
  | 'packed'
  | 'delivered'
  | 'released'
  | 'expired'
  | 'cancelled';

/**
 * One order, its payment and its PaymentIntent, as the steps' Lambdas change them together: small enough to see
 * that it is right. Every step is idempotent, as the real ones are.
 */
export class World {
  order: Order = 'none';
  payment: PaymentStatus = 'pending';
  intent: 'none' | 'open' | 'captured' | 'canceled' = 'none';
  goodsHeld = false;
  readonly findings: { readonly machine: unknown; readonly state: unknown }[] = [];
  /** What each token wait will be told; undefined: nothing for ever. */
  readonly outcomes: { payment?: unknown; pick?: unknown; delivery?: unknown } = {};
  /** Overdue orders in each lane, for expiry. */
  tail: number[] = [];

  readonly steps: Readonly<
    Record<StepName, (input: { readonly [name: string]: unknown }) => unknown>
  > = {
    'price-cart': () => ({
      outcome: 'priced',
      cart: {
        currency: 'EUR',
        lines: [{ sku: 'MUG-1', name: 'Mug', quantity: 2, unitPrice: 1000, weight: 300 }],
        itemsTotal: 2000,
        shippingTotal: 490,
        total: 2490,
      },
    }),
    'place-order': (input) => {
      const isNew = this.order === 'none';
      if (isNew) {
        this.order = 'awaiting_payment';
        this.goodsHeld = true;
      }
      return {
        outcome: isNew ? 'placed' : 'existing',
        orderId: input['orderId'],
        generation: 1,
        total: 2490,
        currency: 'EUR',
        expiresAt: '2026-03-01T12:15:00.000Z',
        correlationId: ids.correlationId,
        intentRecorded: this.payment === 'requires_payment',
      };
    },
    'create-intent': () => {
      if (this.intent === 'none') this.intent = 'open';
      return { paymentIntentId: ids.paymentIntentId, clientSecret: 'pi_test1_secret_x' };
    },
    'record-intent': () => {
      if (this.order !== 'awaiting_payment') return { outcome: 'superseded' };
      this.payment = 'requires_payment';
      return { outcome: 'recorded' };
    },
    'release-order': (input) => {
      if (this.payment === 'requires_payment') return { outcome: 'intent_recorded' };
      if (this.order === 'awaiting_payment') {
        this.order = 'released';
        this.goodsHeld = false;
        this.payment = input['intentUnknown'] === true ? 'intent_unknown' : 'voided';
      }
      return { outcome: 'released' };
    },
    'await-payment': () => ({}),
    'confirm-order': () => {
      if (this.order === 'authorised') this.order = 'confirmed';
      return { outcome: this.order === 'confirmed' ? 'confirmed' : 'lost' };
    },
    'mark-voiding': () => {
      if (this.order === 'authorised') return { outcome: 'revived' };
      if (this.payment === 'voided' || this.payment === 'captured') return { outcome: 'settled' };
      const known = this.payment === 'requires_payment' || this.payment === 'authorised';
      this.payment = 'voiding';
      return {
        outcome: 'voiding',
        paymentIntentId: known ? ids.paymentIntentId : null,
        amount: 2490,
        currency: 'EUR',
      };
    },
    'cancel-intent': () => {
      if (this.intent === 'captured') throw new StepError('PermanentFault');
      this.intent = 'canceled';
      return { outcome: 'canceled', paymentIntentId: ids.paymentIntentId };
    },
    'record-voided': () => {
      this.payment = 'voided';
      return { outcome: 'voided' };
    },
    'open-pick-task': () => ({}),
    'capture-payment': (input) => {
      this.intent = 'captured';
      return { outcome: 'captured', amount: input['amount'] };
    },
    'record-capture': () => {
      this.payment = 'captured';
      return { outcome: 'recorded' };
    },
    'open-delivery': () => ({}),
    'complete-order': () => {
      this.order = 'delivered';
      return { outcome: 'completed' };
    },
    'record-finding': (input) => {
      this.findings.push({ machine: input['machine'], state: input['state'] });
      return { outcome: 'recorded' };
    },
    'unpack-order': () => {
      this.order = 'cancelled';
      return { outcome: 'unpacked' };
    },
    'open-return': () => ({}),
    'close-undelivered': () => ({ outcome: 'closed', refundId: null }),
    'record-overdue': () => ({ outcome: 'recorded' }),
    'refund-payment': () => ({
      stripeRefundId: 're_test1',
      status: 'succeeded',
      failureReason: null,
    }),
    'record-refund': () => ({ outcome: 'recorded', status: 'succeeded' }),
    'list-overdue': () => ({ intents: [] }),
    'ask-stripe': () => ({ answers: [] }),
    'keep-answers': () => ({ learned: 0, unpaid: 0 }),
    'measure-tail': () => {
      const size = this.tail.reduce((sum, lane) => sum + lane, 0);
      return { size, oldestAge: size, lanes: this.tail.map((_, lane) => lane), batchSize: 10 };
    },
    'expire-batch': (input) => {
      const lane = Number(input['lane']);
      const left = this.tail[lane] ?? 0;
      const expired = Math.min(left, Number(input['batchSize']));
      this.tail[lane] = left - expired;
      return { expired };
    },
    'restart-executions': () => ({ payments: 0, fulfilments: 0, settlements: 0 }),
    'report-tail': () => ({}),
  };

  /** An order that was placed and waits for its payment. */
  placed(): this {
    this.order = 'awaiting_payment';
    this.payment = 'requires_payment';
    this.intent = 'open';
    this.goodsHeld = true;
    return this;
  }

  /** An order that was paid for and waits to be picked. */
  confirmed(): this {
    this.placed();
    this.order = 'confirmed';
    this.payment = 'authorised';
    return this;
  }
}
