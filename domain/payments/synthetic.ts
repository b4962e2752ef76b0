import type { IntentAnswer } from '../orders/steps.ts';
import type { StripeDispute, StripeRefund } from './reconciliation.ts';
import type { KeptWebhook } from './webhooks.ts';

/**
 * Webhooks that never came, made of what Stripe answers when it is asked. The event id is made of the object and its
 * status, so the same news is kept once.
 */

/** The event Stripe would have sent of each status that is news. Without one nobody has paid. */
const intentEvents: Readonly<Partial<Record<IntentAnswer['status'], string>>> = {
  requires_capture: 'payment_intent.amount_capturable_updated',
  processing: 'payment_intent.processing',
  canceled: 'payment_intent.canceled',
  succeeded: 'payment_intent.succeeded',
};

const closed: ReadonlySet<string> = new Set(['won', 'lost', 'warning_closed']);

const nothing = {
  amountCapturable: null,
  amountReceived: null,
  orderId: null,
  generation: null,
  failureCode: null,
} as const;

/** Undefined where the status is no news: nobody has paid. */
export function intentWebhook(answer: IntentAnswer, now: Date): KeptWebhook | undefined {
  const { orderId, generation, paymentIntentId: id, status } = answer;
  const { amountCapturable, amountReceived } = answer;
  const type = intentEvents[status];
  if (type === undefined) return undefined;
  const amounts = { amountCapturable, amountReceived };
  return webhook(type, now, {
    ...nothing,
    ...{ kind: 'payment_intent', id, status, ...amounts, orderId, generation },
  });
}

export function refundWebhook(
  paymentIntentId: IntentAnswer['paymentIntentId'],
  { stripeRefundId, amount, status, refundId, reason }: StripeRefund,
  now: Date,
): KeptWebhook {
  const type = status === 'failed' ? 'refund.failed' : 'refund.updated';
  const money = { paymentIntentId, amount, refundId, reason };
  return webhook(type, now, {
    ...nothing,
    ...{ kind: 'refund', id: stripeRefundId, status, ...money },
  });
}

export function disputeWebhook(
  paymentIntentId: IntentAnswer['paymentIntentId'],
  { disputeId, amount, status, reason }: StripeDispute,
  now: Date,
): KeptWebhook {
  const type = closed.has(status) ? 'charge.dispute.closed' : 'charge.dispute.updated';
  const money = { paymentIntentId, amount, reason };
  return webhook(type, now, { ...nothing, kind: 'dispute', id: disputeId, status, ...money });
}

function webhook(type: string, now: Date, object: KeptWebhook['object']): KeptWebhook {
  const { id, status } = object;
  const created = Math.floor(now.getTime() / 1000);
  return { eventId: `evt_kassa_${id}_${status}`, type, created, object };
}
