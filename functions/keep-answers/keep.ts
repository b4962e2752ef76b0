import type * as z from 'zod';
import type { expirySteps, IntentAnswer } from '../../domain/orders/steps.ts';
import type { KeptWebhook } from '../../domain/payments/webhooks.ts';
import type { Dependencies } from './dependencies.ts';

/** The event Stripe would have sent of each status that is news. Without one nobody has paid, and the order may expire. */
const eventOf: Readonly<Partial<Record<IntentAnswer['status'], string>>> = {
  requires_capture: 'payment_intent.amount_capturable_updated',
  processing: 'payment_intent.processing',
  canceled: 'payment_intent.canceled',
  succeeded: 'payment_intent.succeeded',
};

/** Keeps news as the webhooks that did not come; a repeated answer has the same event id. */
export async function keepAnswersOf(
  { inbox, silence, nudge }: Dependencies,
  answers: readonly IntentAnswer[],
  now: Date,
): Promise<z.infer<(typeof expirySteps)['keep-answers']['output']>> {
  let learned = 0;
  for (const answer of answers) {
    const type = eventOf[answer.status];
    if (type === undefined) continue;
    if ((await inbox.keep(webhookOf(answer, type, now), now)) === 'kept') learned += 1;
  }
  const unpaid = answers.filter(({ status }) => eventOf[status] === undefined);
  if (unpaid.length > 0) await silence.recordUnpaid(unpaid, now);
  if (learned > 0) await nudge.inbox();
  return { learned, unpaid: unpaid.length };
}

function webhookOf(answer: IntentAnswer, type: string, now: Date): KeptWebhook {
  const { orderId, generation, paymentIntentId, status, amountCapturable, amountReceived } = answer;
  return {
    eventId: `evt_kassa_${paymentIntentId}_${status}`,
    type,
    created: Math.floor(now.getTime() / 1000),
    object: {
      kind: 'payment_intent',
      id: paymentIntentId,
      status,
      amountCapturable,
      amountReceived,
      orderId,
      generation,
      failureCode: null,
    },
  };
}
