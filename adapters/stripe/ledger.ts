import Stripe from 'stripe';
import * as z from 'zod';
import type { StripeLedger } from '../../domain/payments/ledger.ts';
import {
  type LedgerPage,
  type LedgerPageRequest,
  listedAtOnce,
  listedDisputeSchema,
  listedIntentSchema,
  listedRefundSchema,
  reconciliationSteps,
} from '../../domain/payments/reconciliation.ts';
import { metadataKeys } from '../../domain/payments/webhooks.ts';
import { generationSchema, orderIdSchema, refundIdSchema } from '../../domain/shared/ids.ts';
import { stripeFault } from './faults.ts';

const answerSchema = reconciliationSteps['read-ledger'].output.shape.answers.element;

/** Metadata anybody with the dashboard can write: what does not fit is nothing of ours. */
const claimSchema = z
  .object({
    [metadataKeys.orderId]: orderIdSchema.nullable().catch(null).default(null),
    [metadataKeys.generation]: z.coerce
      .number()
      .pipe(generationSchema)
      .nullable()
      .catch(null)
      .default(null),
    [metadataKeys.refundId]: refundIdSchema.nullable().catch(null).default(null),
  })
  .transform((read) => ({
    orderId: read[metadataKeys.orderId],
    generation: read[metadataKeys.generation],
    refundId: read[metadataKeys.refundId],
  }));

/**
 * Reads only: one call an intent whose money was not taken, two where it was, three where it is disputed.
 */
export function createStripeLedger(stripe: Stripe): StripeLedger {
  return {
    async read(payment) {
      const intent = await lookAt(stripe, payment.paymentIntentId);
      if (intent === undefined) return { ...payment, known: false };
      const taken = intent.amount_received > 0;
      const filter = { payment_intent: payment.paymentIntentId, limit: listedAtOnce };
      const refunds = taken ? await reading(() => stripe.refunds.list(filter)) : { data: [] };
      const disputes = isDisputed(intent)
        ? await reading(() => stripe.disputes.list(filter))
        : { data: [] };
      return answerSchema.parse({
        ...payment,
        known: true,
        ...figuresOf(intent),
        amountCapturable: intent.amount_capturable,
        refunds: refunds.data.filter(isMoney).map(refundOf),
        disputes: disputes.data.map(disputeOf),
      });
    },

    async list(request) {
      const created = {
        gte: Math.floor(Date.parse(request.from) / 1000),
        lt: Math.floor(Date.parse(request.until) / 1000),
      };
      const page = {
        limit: listedAtOnce,
        created,
        ...(request.after === null ? {} : { starting_after: request.after }),
      };
      return pageOf(stripe, request, page);
    },
  };
}

interface Page {
  readonly limit: number;
  readonly created: { readonly gte: number; readonly lt: number };
  readonly starting_after?: string;
}

async function pageOf(
  stripe: Stripe,
  { feed, from, until }: LedgerPageRequest,
  page: Page,
): Promise<LedgerPage> {
  const empty = { feed, from, until, intents: [], refunds: [], disputes: [] };
  switch (feed) {
    case 'intents': {
      const list = await reading(() => stripe.paymentIntents.list(page));
      const intents = list.data.map((each) => {
        const { orderId, generation } = claimSchema.parse(each.metadata);
        const figures = { paymentIntentId: each.id, ...figuresOf(each) };
        return listedIntentSchema.parse({ ...figures, orderId, generation });
      });
      return { ...empty, intents, next: nextOf(list) };
    }
    case 'refunds': {
      const list = await reading(() => stripe.refunds.list(page));
      const refunds = list.data
        .filter(isMoney)
        .map((each) =>
          listedRefundSchema.parse({ ...refundOf(each), paymentIntentId: idOf(each) }),
        );
      return { ...empty, refunds, next: nextOf(list) };
    }
    case 'disputes': {
      const list = await reading(() => stripe.disputes.list(page));
      const disputes = list.data.map((each) =>
        listedDisputeSchema.parse({ ...disputeOf(each), paymentIntentId: idOf(each) }),
      );
      return { ...empty, disputes, next: nextOf(list) };
    }
    default:
      return feed satisfies never;
  }
}

function nextOf(list: Stripe.ApiList<{ id: string }>): string | null {
  return list.has_more ? (list.data.at(-1)?.id ?? null) : null;
}

async function lookAt(stripe: Stripe, id: string): Promise<Stripe.PaymentIntent | undefined> {
  try {
    return await stripe.paymentIntents.retrieve(id, { expand: ['latest_charge'] });
  } catch (error) {
    const unknown = error instanceof Stripe.errors.StripeError && error.code === 'resource_missing';
    if (unknown) return undefined;
    throw stripeFault('reads', error);
  }
}

async function reading<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw stripeFault('reads', error);
  }
}

function figuresOf(intent: Stripe.PaymentIntent) {
  return {
    status: intent.status,
    amount: intent.amount,
    currency: intent.currency.toUpperCase(),
    amountReceived: intent.amount_received,
  };
}

function isDisputed({ latest_charge: charge }: Stripe.PaymentIntent): boolean {
  return typeof charge === 'object' && charge !== null && charge.disputed;
}

/**
 * A void, and the rest of a partial capture, leave a refund that moved no money: it succeeded without a balance
 * transaction. (Refunds of ours name themselves in their metadata.)
 */
function isMoney(refund: Stripe.Refund): boolean {
  return (
    refund.status !== 'succeeded' ||
    refund.balance_transaction !== null ||
    claimSchema.parse(refund.metadata ?? {}).refundId !== null
  );
}

function refundOf(refund: Stripe.Refund) {
  const failed = refund.status === 'failed' || refund.status === 'canceled';
  return {
    stripeRefundId: refund.id,
    amount: refund.amount,
    status: failed ? 'failed' : refund.status === 'succeeded' ? 'succeeded' : 'pending',
    refundId: claimSchema.parse(refund.metadata ?? {}).refundId,
    reason: refund.failure_reason ?? null,
  };
}

function disputeOf({ id, amount, status, reason }: Stripe.Dispute) {
  return { disputeId: id, amount, status, reason };
}

function idOf({ payment_intent: intent }: Stripe.Refund | Stripe.Dispute): string | null {
  return typeof intent === 'string' ? intent : (intent?.id ?? null);
}
