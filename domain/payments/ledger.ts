import type { OverdueIntent } from './ports.ts';
import type {
  IntentStatus,
  KnownAnswer,
  LedgerAnswer,
  LedgerMark,
  LedgerPage,
  LedgerPageRequest,
  ListedDispute,
  ListedIntent,
  ListedRefund,
  PaymentPage,
  StripeDispute,
  StripeRefund,
} from './reconciliation.ts';
import type { PaymentStatus, RefundStatus } from './status.ts';
import { disputeWebhook, intentWebhook, refundWebhook } from './synthetic.ts';
import type { KeptWebhook } from './webhooks.ts';

/** A payment with its refunds and disputes, as our books have it. Amounts in minor units. */
export interface BooksRecord extends OverdueIntent {
  readonly paymentStatus: PaymentStatus;
  readonly currency: string;
  readonly amount: number;
  readonly capturedAmount: number;
  readonly refunds: readonly {
    readonly refundId: string;
    readonly stripeRefundId: string | null;
    readonly amount: number;
    readonly status: RefundStatus;
  }[];
  readonly disputes: readonly { readonly disputeId: string; readonly status: string }[];
}

export const ledgerDifferenceKinds = [
  'intent_unknown_at_stripe',
  'amount_differs',
  'currency_differs',
  'status_differs',
  'captured_differs',
  'refunds_differ',
  'disputes_differ',
] as const;
export type LedgerDifferenceKind = (typeof ledgerDifferenceKinds)[number];

export interface LedgerDifference {
  readonly kind: LedgerDifferenceKind;
  /** Both sides' figures. */
  readonly detail: Readonly<Record<string, string | number | null>>;
}

/** Stripe, as the nightly comparison reads it. Throws as `PaymentProvider` does. */
export interface StripeLedger {
  read(payment: OverdueIntent): Promise<LedgerAnswer>;
  list(request: LedgerPageRequest): Promise<LedgerPage>;
}

/** The books, as the nightly comparison reads and keeps them. */
export interface LedgerStore {
  /** Due for a look (again): differences seen before, what was touched since the mark, what is open. At most `limit`. */
  nextPayments(limit: number, now: Date): Promise<PaymentPage>;
  /** Seconds the mark lies behind. */
  secondsBehind(now: Date): Promise<number>;
  recordsOf(payments: readonly OverdueIntent[]): Promise<readonly BooksRecord[]>;
  /**
   * Keeps one page's result in one transaction. A difference that was seen ten minutes before becomes a finding, one
   * that is gone is forgotten; those asked about without an answer stay to be looked at.
   * @returns how many findings are new
   */
  keepComparison(
    comparison: {
      readonly asked: readonly OverdueIntent[];
      readonly answered: readonly OverdueIntent[];
      readonly differences: readonly (OverdueIntent & LedgerDifference)[];
      readonly mark: LedgerMark | null;
    },
    now: Date,
  ): Promise<{ readonly found: number }>;
  /** Which part of Stripe's lists to look at next; null where all was seen up to a quarter of an hour ago. */
  nextWindow(now: Date): Promise<LedgerPageRequest | null>;
  /** Findings of what nobody here knows; and of what is known, the ids that are news to the books. */
  matchIntents(intents: readonly ListedIntent[], now: Date): Promise<{ readonly found: number }>;
  matchRefunds(
    refunds: readonly ListedRefund[],
    now: Date,
  ): Promise<{ readonly found: number; readonly news: readonly string[] }>;
  matchDisputes(
    disputes: readonly ListedDispute[],
    now: Date,
  ): Promise<{ readonly found: number; readonly news: readonly string[] }>;
  keepWindow(page: Pick<LedgerPage, 'feed' | 'until' | 'next'>): Promise<void>;
}

const unpaid = [
  'requires_payment_method',
  'requires_confirmation',
  'requires_action',
  'processing',
] as const satisfies readonly IntentStatus[];

/** What Stripe may call an intent while the books call its payment so. */
const fitting: Readonly<Record<PaymentStatus, readonly IntentStatus[]>> = {
  pending: unpaid,
  intent_unknown: unpaid,
  requires_payment: unpaid,
  authorised: ['requires_capture'],
  voiding: [...unpaid, 'requires_capture', 'canceled'],
  voided: ['canceled'],
  captured: ['succeeded'],
};

/** Which of Stripe's newer statuses go the way of a webhook. */
const hearing: Readonly<Partial<Record<PaymentStatus, readonly IntentStatus[]>>> = {
  requires_payment: ['processing', 'requires_capture', 'canceled'],
  authorised: ['canceled'],
  voiding: ['canceled'],
};

/**
 * Compares one payment with what Stripe says of it. `late` is what a webhook should have told: fed to the inbox it may
 * mend the difference, which is then gone at the second look.
 */
export function compareWithStripe(
  books: BooksRecord,
  answer: LedgerAnswer,
  now: Date,
): { readonly differences: readonly LedgerDifference[]; readonly late: readonly KeptWebhook[] } {
  const { paymentIntentId } = books;
  if (!answer.known) {
    const detail = { paymentIntentId, ourStatus: books.paymentStatus };
    return { differences: [{ kind: 'intent_unknown_at_stripe', detail }], late: [] };
  }
  // A refund or a dispute of money that was never taken is a void's.
  const captured = books.paymentStatus === 'captured';
  const refunds = captured ? answer.refunds.filter((each) => isNews(books, each)) : [];
  const disputes = captured ? answer.disputes.filter((each) => isNewDispute(books, each)) : [];
  return {
    differences: [
      ...amountDifferences(books, answer),
      ...(captured ? refundDifferences(books, answer) : []),
      ...(captured ? disputeDifferences(books, answer) : []),
    ],
    late: [
      ...lateStatus(books, answer, now),
      ...refunds.map((each) => refundWebhook(paymentIntentId, each, now)),
      ...disputes.map((each) => disputeWebhook(paymentIntentId, each, now)),
    ],
  };
}

function amountDifferences(books: BooksRecord, answer: KnownAnswer): readonly LedgerDifference[] {
  const { paymentIntentId, paymentStatus, amount, currency, capturedAmount } = books;
  const found: LedgerDifference[] = [];
  const differs = (kind: LedgerDifferenceKind, ours: string | number, stripes: string | number) =>
    found.push({ kind, detail: { paymentIntentId, ours, stripes } });
  if (currency !== answer.currency) differs('currency_differs', currency, answer.currency);
  if (amount !== answer.amount) differs('amount_differs', amount, answer.amount);
  if (!fitting[paymentStatus].includes(answer.status)) {
    differs('status_differs', paymentStatus, answer.status);
  }
  if (capturedAmount !== answer.amountReceived) {
    differs('captured_differs', capturedAmount, answer.amountReceived);
  }
  return found;
}

function lateStatus(books: BooksRecord, answer: KnownAnswer, now: Date): readonly KeptWebhook[] {
  if (!hearing[books.paymentStatus]?.includes(answer.status)) return [];
  const webhook = intentWebhook(answer, now);
  return webhook === undefined ? [] : [webhook];
}

const matching = (books: BooksRecord, { stripeRefundId, refundId }: StripeRefund) =>
  books.refunds.find((ours) => ours.stripeRefundId === stripeRefundId) ??
  books.refunds.find((ours) => ours.stripeRefundId === null && ours.refundId === refundId);

function isNews(books: BooksRecord, refund: StripeRefund): boolean {
  return matching(books, refund)?.status !== refund.status;
}

function isNewDispute(books: BooksRecord, { disputeId, status }: StripeDispute): boolean {
  return books.disputes.find((ours) => ours.disputeId === disputeId)?.status !== status;
}

/** Of the money that goes or has gone back; what Stripe has not been asked for yet does not count. */
function refundDifferences(books: BooksRecord, answer: KnownAnswer): readonly LedgerDifference[] {
  const atStripe = new Map(answer.refunds.map((each) => [each.stripeRefundId, each]));
  const strange = answer.refunds.filter((each) => {
    const ours = matching(books, each);
    return ours === undefined || ours.amount !== each.amount || ours.status !== each.status;
  });
  const gone = books.refunds.filter(
    ({ stripeRefundId }) => stripeRefundId !== null && !atStripe.has(stripeRefundId),
  );
  const odd = strange[0]?.stripeRefundId ?? gone[0]?.stripeRefundId;
  if (odd === undefined || odd === null) return [];
  const goesBack = ({ status }: { readonly status: RefundStatus }) =>
    status === 'pending' || status === 'succeeded';
  const sum = (refunds: readonly { readonly amount: number; readonly status: RefundStatus }[]) =>
    refunds.filter(goesBack).reduce((total, { amount }) => total + amount, 0);
  const figures = { ours: sum(books.refunds), stripes: sum(answer.refunds) };
  const count = strange.length + gone.length;
  const { paymentIntentId } = books;
  return [{ kind: 'refunds_differ', detail: { paymentIntentId, ...figures, count, refund: odd } }];
}

function disputeDifferences(books: BooksRecord, answer: KnownAnswer): readonly LedgerDifference[] {
  const atStripe = new Set(answer.disputes.map(({ disputeId }) => disputeId));
  const strange = answer.disputes.find((each) => isNewDispute(books, each));
  const gone = books.disputes.find(({ disputeId }) => !atStripe.has(disputeId));
  const disputeId = strange?.disputeId ?? gone?.disputeId;
  if (disputeId === undefined) return [];
  const ours = books.disputes.find((each) => each.disputeId === disputeId)?.status ?? null;
  const { paymentIntentId } = books;
  return [
    {
      kind: 'disputes_differ',
      detail: { paymentIntentId, disputeId, ours, stripes: strange?.status ?? null },
    },
  ];
}
