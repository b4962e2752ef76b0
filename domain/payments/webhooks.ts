import * as z from 'zod';
import {
  generationSchema,
  orderIdSchema,
  paymentIntentIdSchema,
  refundIdSchema,
} from '../shared/ids.ts';

/** What is kept of a Stripe event: ids, status and amounts (minor units), nothing of the card or its holder. */
export const keptWebhookSchema = z.strictObject({
  /** Stripe's event id, unique in the inbox. */
  eventId: z.string().regex(/^evt_[A-Za-z0-9_]{1,250}$/),
  type: z.string().max(100),
  /** When Stripe made it, seconds since the epoch. */
  created: z.int().min(0),
  object: z.strictObject({
    kind: z.enum(['payment_intent', 'charge', 'refund', 'dispute', 'other']),
    id: z.string().max(255),
    status: z.string().max(60).nullable(),
    amountCapturable: z.int().min(0).nullable(),
    amountReceived: z.int().min(0).nullable(),
    /** From the intent's metadata. Null where the intent is not one of ours. */
    orderId: orderIdSchema.nullable(),
    generation: generationSchema.nullable(),
    /** Stripe's code where an attempt failed (`card_declined`). */
    failureCode: z.string().max(100).nullable(),
    /** Of a charge, a refund or a dispute: the intent it belongs to. */
    paymentIntentId: paymentIntentIdSchema.nullable().optional(),
    /** Of a refund or a dispute, in minor units. */
    amount: z.int().min(0).nullable().optional(),
    /** Of a refund: ours, from its metadata. Null where it was made in Stripe's dashboard. */
    refundId: refundIdSchema.nullable().optional(),
    /** Of a refund that failed (`failure_reason`), of a dispute (`reason`): Stripe's code. */
    reason: z.string().max(100).nullable().optional(),
    /** Of a charge: `payment_method_details.card.capture_before`, seconds since the epoch. */
    captureBefore: z.int().min(0).nullable().optional(),
  }),
});
export type KeptWebhook = z.infer<typeof keptWebhookSchema>;

export type WebhookMeaning =
  | { readonly kind: 'authorised' }
  | { readonly kind: 'declined' }
  | { readonly kind: 'canceled' }
  /** The payment method takes its time (minutes to a day): the order does not expire meanwhile. */
  | { readonly kind: 'processing' }
  /** A refund is where its status says, whoever made it. */
  | { readonly kind: 'refund' }
  | { readonly kind: 'dispute' }
  /** A charge tells until when its authorisation holds. */
  | { readonly kind: 'charge' }
  /** Nothing of ours changes by it (`payment_intent.created`), or not by this event (captures are recorded by the machine). */
  | { readonly kind: 'ignored' };

/**
 * What a webhook endpoint subscribes to: what `meaningOf` makes something of, and `payment_intent.created`. That one
 * changes nothing, but it comes with every checkout: as long as it does, webhooks are not silent, though nobody pays.
 */
export const subscribedEvents = [
  'payment_intent.created',
  'payment_intent.amount_capturable_updated',
  'payment_intent.payment_failed',
  'payment_intent.processing',
  'payment_intent.canceled',
  'charge.succeeded',
  'refund.created',
  'refund.updated',
  'refund.failed',
  'charge.dispute.created',
  'charge.dispute.updated',
  'charge.dispute.closed',
] as const;

/** What an event means to an order. `amount_capturable_updated` is Stripe's word for authorised. */
export function meaningOf(webhook: KeptWebhook): WebhookMeaning {
  switch (webhook.object.kind) {
    case 'payment_intent':
      return webhook.object.orderId === null ? { kind: 'ignored' } : meaningOfIntent(webhook);
    case 'refund':
      return webhook.type.startsWith('refund.') ? { kind: 'refund' } : { kind: 'ignored' };
    case 'dispute':
      return webhook.type.startsWith('charge.dispute.') ? { kind: 'dispute' } : { kind: 'ignored' };
    case 'charge':
      return webhook.type === 'charge.succeeded' ? { kind: 'charge' } : { kind: 'ignored' };
    default:
      return { kind: 'ignored' };
  }
}

/** Whether it is done with once it is kept. */
export function changesNothing(webhook: KeptWebhook): boolean {
  return meaningOf(webhook).kind === 'ignored';
}

function meaningOfIntent(webhook: KeptWebhook): WebhookMeaning {
  switch (webhook.type) {
    case 'payment_intent.amount_capturable_updated':
      return webhook.object.status === 'requires_capture'
        ? { kind: 'authorised' }
        : { kind: 'ignored' };
    case 'payment_intent.payment_failed':
      return { kind: 'declined' };
    case 'payment_intent.processing':
      return webhook.object.status === 'processing' ? { kind: 'processing' } : { kind: 'ignored' };
    case 'payment_intent.canceled':
      return { kind: 'canceled' };
    default:
      return { kind: 'ignored' };
  }
}

/** What came of applying an event. `early`: the order or its intent is not on record yet, so it is tried again. */
export const webhookResultSchema = z.enum([
  'applied',
  'already',
  'revived',
  'late_voided',
  'ignored',
  'early',
]);
export type WebhookResult = z.infer<typeof webhookResultSchema>;

/** An unknown order is waited for this long (seconds), then the event is given up with a finding. */
export const earlyWebhookPatience = 3600;

export const metadataKeys = {
  orderId: 'order_id',
  generation: 'generation',
  refundId: 'refund_id',
} as const;
