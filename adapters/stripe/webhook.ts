import Stripe from 'stripe';
import * as z from 'zod';
import {
  type KeptWebhook,
  keptWebhookSchema,
  metadataKeys,
} from '../../domain/payments/webhooks.ts';
import {
  generationSchema,
  orderIdSchema,
  paymentIntentIdSchema,
  refundIdSchema,
} from '../../domain/shared/ids.ts';

/** Seconds a signature stays good: https://docs.stripe.com/webhooks#replay-attacks */
const tolerance = 300;

/** What is read of a snapshot event: https://docs.stripe.com/api/events/object */
const eventSchema = z.object({
  id: z.string(),
  type: z.string(),
  created: z.number(),
  data: z.object({
    object: z.object({
      object: z.string(),
      id: z.string().nullish(),
      status: z.string().nullish(),
      amount_capturable: z.number().nullish(),
      amount_received: z.number().nullish(),
      metadata: z.record(z.string(), z.string()).nullish(),
      last_payment_error: z.object({ code: z.string().nullish() }).nullish(),
      payment_intent: z.string().nullish(),
      amount: z.number().nullish(),
      reason: z.string().nullish(),
      failure_reason: z.string().nullish(),
      payment_method_details: z
        .object({ card: z.object({ capture_before: z.number().nullish() }).nullish() })
        .nullish(),
    }),
  }),
});

/** Metadata values are text, and anybody with the dashboard can write them. */
const generationTextSchema = z
  .string()
  .regex(/^[1-9][0-9]{0,3}$/)
  .transform(Number)
  .pipe(generationSchema);

export type WebhookReading =
  | { readonly outcome: 'read'; readonly webhook: KeptWebhook }
  | { readonly outcome: 'bad_signature' }
  /** Stripe signed it, and it is no event we know the shape of. */
  | { readonly outcome: 'unreadable' };

/**
 * Verifies a webhook with the official SDK over the exact bytes that came, and reads of it what is kept.
 * `now` is what the signature's age is counted against.
 */
export function readWebhook(
  payload: Buffer,
  signature: string,
  signingSecret: string,
  now: Date,
): WebhookReading {
  let event: unknown;
  try {
    event = Stripe.webhooks.constructEvent(
      payload,
      signature,
      signingSecret,
      tolerance,
      undefined,
      now.getTime(),
    );
  } catch (error) {
    const forged = error instanceof Stripe.errors.StripeSignatureVerificationError;
    return { outcome: forged ? 'bad_signature' : 'unreadable' };
  }
  const parsed = eventSchema.safeParse(event);
  if (!parsed.success) return { outcome: 'unreadable' };
  const kept = keptWebhookSchema.safeParse(whatIsKept(parsed.data));
  return kept.success ? { outcome: 'read', webhook: kept.data } : { outcome: 'unreadable' };
}

type EventObject = z.infer<typeof eventSchema>['data']['object'];
type KeptObject = z.input<typeof keptWebhookSchema>['object'];

function whatIsKept(event: z.infer<typeof eventSchema>): z.input<typeof keptWebhookSchema> {
  const { object } = event.data;
  const kind = kindOf(object.object);
  const order = kind === 'payment_intent' ? orderOf(object) : undefined;
  return {
    eventId: event.id,
    type: event.type,
    created: event.created,
    object: {
      kind,
      id: object.id ?? '',
      status: object.status ?? null,
      amountCapturable: object.amount_capturable ?? null,
      amountReceived: object.amount_received ?? null,
      orderId: order?.orderId ?? null,
      generation: order?.generation ?? null,
      failureCode: object.last_payment_error?.code ?? null,
      ...detailsOf(kind, object),
    },
  };
}

/** Stripe's name of the object: https://docs.stripe.com/api/events/types */
function kindOf(name: string): KeptObject['kind'] {
  switch (name) {
    case 'payment_intent':
    case 'charge':
    case 'refund':
    case 'dispute':
      return name;
    default:
      return 'other';
  }
}

/** Undefined where the intent is not one of ours. What else belongs to an intent is found by the intent's id. */
function orderOf({ metadata }: EventObject) {
  const orderId = orderIdSchema.safeParse(metadata?.[metadataKeys.orderId]);
  const generation = generationTextSchema.safeParse(metadata?.[metadataKeys.generation]);
  if (!orderId.success || !generation.success) return undefined;
  return { orderId: orderId.data, generation: generation.data };
}

/** What is kept of one kind alone. Expanded objects are never in an event, so the intent is its id. */
function detailsOf(kind: KeptObject['kind'], object: EventObject): Partial<KeptObject> {
  if (kind === 'payment_intent' || kind === 'other') return {};
  const intent = paymentIntentIdSchema.safeParse(object.payment_intent);
  const paymentIntentId = intent.success ? intent.data : null;
  if (kind === 'charge') {
    const captureBefore = object.payment_method_details?.card?.capture_before ?? null;
    return { paymentIntentId, captureBefore };
  }
  const amount = object.amount ?? null;
  if (kind === 'dispute') return { paymentIntentId, amount, reason: object.reason ?? null };
  const refundId = refundIdSchema.safeParse(object.metadata?.[metadataKeys.refundId]);
  return {
    paymentIntentId,
    amount,
    refundId: refundId.success ? refundId.data : null,
    reason: object.failure_reason ?? null,
  };
}
