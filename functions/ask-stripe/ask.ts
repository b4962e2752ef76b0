import type * as z from 'zod';
import type { expirySteps, IntentAnswer } from '../../domain/orders/steps.ts';
import type { OverdueIntent, PaymentProvider } from '../../domain/payments/ports.ts';
import { answersOf } from '../shared/answers.ts';

/** What became of each. One that Stripe does not know is left out. */
export async function ask(
  provider: Pick<PaymentProvider, 'look'>,
  intents: readonly OverdueIntent[],
): Promise<z.infer<(typeof expirySteps)['ask-stripe']['output']>> {
  const looks = await answersOf(intents, async (intent) => {
    const seen = await provider.look(intent.paymentIntentId);
    return seen === undefined ? [] : [answerOf(intent, seen)];
  });
  return { answers: looks.flat() };
}

function answerOf(
  { orderId, generation, paymentIntentId }: OverdueIntent,
  seen: NonNullable<Awaited<ReturnType<PaymentProvider['look']>>>,
): IntentAnswer {
  return { orderId, generation, paymentIntentId, ...seen };
}
