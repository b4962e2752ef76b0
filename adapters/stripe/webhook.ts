import Stripe from 'stripe';
import { z } from 'zod';
import {
  type KeptWebhook,
  keptWebhookSchema,
  metadataKeys,
} from '../../domain/payments/webhooks.ts';
import { generationSchema, orderIdSchema } from '../../domain/shared/ids.ts';

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

function whatIsKept(event: z.infer<typeof eventSchema>): z.input<typeof keptWebhookSchema> {
  const { object } = event.data;
  const orderId = orderIdSchema.safeParse(object.metadata?.[metadataKeys.orderId]);
  const generation = generationTextSchema.safeParse(object.metadata?.[metadataKeys.generation]);
  const ours = object.object === 'payment_intent' && orderId.success && generation.success;
  return {
    eventId: event.id,
    type: event.type,
    created: event.created,
    object: {
      kind: object.object === 'payment_intent' ? 'payment_intent' : 'other',
      id: object.id ?? '',
      status: object.status ?? null,
      amountCapturable: object.amount_capturable ?? null,
      amountReceived: object.amount_received ?? null,
      orderId: ours ? orderId.data : null,
      generation: ours ? generation.data : null,
      failureCode: object.last_payment_error?.code ?? null,
    },
  };
}
