import type * as z from 'zod';
import type { expirySteps, IntentAnswer } from '../../domain/orders/steps.ts';
import { intentWebhook } from '../../domain/payments/synthetic.ts';
import type { Dependencies } from './dependencies.ts';

/** Keeps news as the webhooks that did not come; a repeated answer has the same event id. */
export async function keepAnswersOf(
  { inbox, silence, nudge }: Dependencies,
  answers: readonly IntentAnswer[],
  now: Date,
): Promise<z.infer<(typeof expirySteps)['keep-answers']['output']>> {
  let learned = 0;
  const unpaid: IntentAnswer[] = [];
  for (const answer of answers) {
    const webhook = intentWebhook(answer, now);
    if (webhook === undefined) unpaid.push(answer);
    else if ((await inbox.keep(webhook, now)) === 'kept') learned += 1;
  }
  if (unpaid.length > 0) await silence.recordUnpaid(unpaid, now);
  if (learned > 0) await nudge.inbox();
  return { learned, unpaid: unpaid.length };
}
