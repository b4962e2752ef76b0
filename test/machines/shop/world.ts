import type { PaymentStatus, RefundStatus } from '../../../domain/payments/status.ts';
import type { MailboxStep } from '../../../domain/shared/mailbox.ts';
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

export const refund = {
  kind: 'refund',
  refundId: '0192f0c0-0000-7000-8000-0000000000bb',
  paymentIntentId: ids.paymentIntentId,
  amount: 1200,
  currency: 'EUR',
} as const;

const waits: Partial<Record<StepName, MailboxStep>> = {
  'await-payment': 'payment',
  'open-pick-task': 'pick',
  'open-delivery': 'delivery',
  'open-return': 'return',
};

const authorisedAtStripe = {
  known: true,
  status: 'requires_capture',
  amount: 2490,
  currency: 'EUR',
  amountCapturable: 2490,
  amountReceived: 0,
  refunds: [],
  disputes: [],
} as const;

const ledgerWindow = {
  from: '2026-02-28T12:00:00.000Z',
  until: '2026-03-01T11:45:00.000Z',
} as const;

const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

type Order =
  | 'none'
  | 'awaiting_payment'
  | 'authorised'
  | 'confirmed'
  | 'packed'
  | 'delivered'
  | 'released'
  | 'expired'
  | 'cancelled'
  | 'returning'
  | 'returned'
  | 'lost';

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
  /** What each token wait will be told, deliveries by attempt; undefined: nothing for ever. */
  readonly outcomes: {
    payment?: unknown;
    pick?: unknown;
    delivery?: readonly unknown[];
    return?: unknown;
  } = {};
  /** Waits nobody answers in time: their first token is told nothing. */
  readonly late = new Set<MailboxStep>();
  /** Waits that people were told of. */
  readonly overdue: unknown[] = [];
  /** Of the captured money. */
  refund: 'none' | RefundStatus = 'none';
  /** Whether Stripe has made the refund. */
  refundedAtStripe = false;
  /** Overdue orders in each lane, for expiry. */
  tail: number[] = [];
  /** Webhooks have stopped; what each overdue order's intent is, as Stripe says when it is asked. */
  silent?: readonly ('requires_payment_method' | 'requires_capture')[];
  /** What Stripe's answers were worth: intents that may expire. */
  calledUnpaid = 0;

  /** Pages of intents that the nightly comparison has yet to look at; an empty one holds payments without an intent. */
  toCompare: string[][] = [];
  readonly compared = new Set<string>();
  /** Intents that differ for good; a look is told of once only after the machine has waited. */
  readonly differing = new Set<string>();
  readonly #justSeen = new Set<string>();
  readonly #seen = new Set<string>();
  readonly found: string[] = [];
  /** Intents that Stripe does not answer about at first. */
  readonly unanswered = new Set<string>();
  /** What of Stripe's lists is still to be looked through. */
  toList: string[] = [];
  readonly matched: string[] = [];

  /** What the step's token is told, if anything; `before` are the earlier calls of the same step. */
  outcomeFor(step: StepName, attempt: unknown, before: number): unknown {
    const wait = waits[step];
    if (wait === undefined || (this.late.has(wait) && before === 0)) return undefined;
    return wait === 'delivery'
      ? this.outcomes.delivery?.[Number(attempt) - 1]
      : this.outcomes[wait];
  }

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
      if (this.intent === 'canceled') throw new StepError('PermanentFault');
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
    'unpack-order': () => {
      this.order = 'cancelled';
      return { outcome: 'unpacked' };
    },
    'open-return': () => {
      if (this.order === 'packed') this.order = 'returning';
      return {};
    },
    'close-undelivered': (input) => {
      const { outcome } = Object(input['result']);
      this.order = outcome === 'withdrawn' ? 'cancelled' : outcome;
      this.refund = 'requested';
      return { outcome: 'closed', refundId: refund.refundId };
    },
    'record-overdue': (input) => {
      const { wait, round } = input;
      const known = this.overdue.some((one) => Object(one).wait === wait);
      if (!known) this.overdue.push({ wait, round });
      return { outcome: known ? 'already' : 'recorded' };
    },
    'refund-payment': () => {
      this.refundedAtStripe = true;
      return { stripeRefundId: 're_test1', status: 'succeeded', failureReason: null };
    },
    'record-refund': (input) => {
      this.refund = input['status'] === 'failed' ? 'failed' : 'succeeded';
      if (this.refund === 'failed') {
        this.findings.push({ machine: 'settlement', state: 'RecordRefund' });
      }
      return { outcome: 'recorded', status: this.refund };
    },
    'record-finding': (input) => {
      this.findings.push({ machine: input['machine'], state: input['state'] });
      return { outcome: 'recorded' };
    },
    'measure-tail': () => {
      const size = this.tail.reduce((sum, lane) => sum + lane, 0);
      const lanes = this.tail.map((_, lane) => lane);
      const measured = { size, oldestAge: size, lanes, batchSize: 10 };
      return this.silent === undefined ? measured : { ...measured, silent: true };
    },
    'list-overdue': () => ({
      intents: (this.silent ?? []).map((_, index) => ({
        orderId: ids.orderId,
        generation: 1,
        paymentIntentId: `pi_test${index}`,
      })),
    }),
    'ask-stripe': (input) => ({
      answers: asList(input['intents']).map((intent, index) => ({
        ...Object(intent),
        status: this.silent?.[index],
        amountCapturable: 0,
        amountReceived: 0,
      })),
    }),
    'keep-answers': (input) => {
      const answers = asList(input['answers']);
      this.calledUnpaid = answers.filter(
        (one) => Object(one).status === 'requires_payment_method',
      ).length;
      return { learned: answers.length - this.calledUnpaid, unpaid: this.calledUnpaid };
    },
    'expire-batch': (input) => {
      const lane = Number(input['lane']);
      const left = this.tail[lane] ?? 0;
      const may = input['onlyAsked'] === true ? this.calledUnpaid : left;
      const expired = Math.min(left, may, Number(input['batchSize']));
      this.tail[lane] = left - expired;
      if (input['onlyAsked'] === true) this.calledUnpaid -= expired;
      return { expired };
    },
    'restart-executions': () => ({ payments: 0, fulfilments: 0, settlements: 0 }),
    'report-tail': () => ({}),
    'compare-books': (input) => this.#compare(input),
    'read-ledger': (input) => ({
      answers: asList(input['payments']).flatMap((payment) =>
        this.unanswered.delete(Object(payment).paymentIntentId)
          ? []
          : [{ ...Object(payment), ...authorisedAtStripe }],
      ),
    }),
    'match-ledger': (input) => {
      const feed = Object(input['page']).feed;
      if (feed !== undefined && feed === this.toList[0])
        this.matched.push(this.toList.shift() ?? '');
      const [next] = this.toList;
      return { next: next === undefined ? null : { feed: next, ...ledgerWindow, after: null } };
    },
    'list-ledger': (input) => ({
      ...{ feed: input['feed'], ...ledgerWindow },
      ...{ intents: [], refunds: [], disputes: [], next: null },
    }),
  };

  #compare(input: { readonly [name: string]: unknown }): unknown {
    const asked = asList(input['asked']);
    const answers = asList(input['answers']);
    const intentsOf = (list: readonly unknown[]) =>
      list.map((each) => String(Object(each).paymentIntentId));
    const answered = new Set(intentsOf(answers));
    for (const intent of intentsOf(asked)) {
      if (!answered.has(intent)) this.#justSeen.add(intent);
      else if (!this.differing.has(intent)) this.compared.add(intent);
      else if (!this.#seen.has(intent)) {
        this.#seen.add(intent);
        this.#justSeen.add(intent);
      } else if (!this.#justSeen.has(intent) && !this.compared.has(intent)) {
        this.compared.add(intent);
        this.found.push(intent);
      }
    }
    const isDone = (page: readonly string[]) =>
      input['mark'] !== null &&
      page.every((intent) => this.compared.has(intent) || this.#justSeen.has(intent));
    if (asked.length === 0 && this.toCompare.length === 0 && this.#justSeen.size > 0) {
      this.toCompare.push([...this.#justSeen]);
      this.#justSeen.clear();
    } else if (this.toCompare[0] !== undefined && isDone(this.toCompare[0])) this.toCompare.shift();
    const [next] = this.toCompare;
    const payments = (next ?? []).map((paymentIntentId) => ({
      ...{ orderId: ids.orderId, generation: 1, paymentIntentId },
    }));
    const mark = { at: '2026-03-01T11:00:00.000Z', orderId: ids.orderId, generation: 1 };
    return { payments, mark: next === undefined ? null : mark, waiting: this.#justSeen.size };
  }

  /** An order that was placed and waits for its payment. */
  placed(): this {
    this.order = 'awaiting_payment';
    this.payment = 'requires_payment';
    this.intent = 'open';
    this.goodsHeld = true;
    return this;
  }

  /** An order that lies packed and waits for its money to be taken. */
  packed(): this {
    this.confirmed();
    this.order = 'packed';
    this.goodsHeld = false;
    this.outcomes.pick = {
      outcome: 'packed',
      paymentIntentId: ids.paymentIntentId,
      captureAmount: 2490,
      currency: 'EUR',
    };
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
