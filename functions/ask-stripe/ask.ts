import type * as z from 'zod';
import type { expirySteps, IntentAnswer } from '../../domain/orders/steps.ts';
import type { OverdueIntent, PaymentProvider } from '../../domain/payments/ports.ts';
import { TransientFault } from '../../domain/shared/errors.ts';
import { inParallel } from '../shared/lease.ts';
import { describeError, logger } from '../shared/telemetry.ts';

/** Far below what Stripe lets an account read in a second. */
const atOnce = 10;

/**
 * What became of each. One that Stripe does not know is left out, and so is one it did not answer about: that is
 * asked again in a later run. Where it answered about none, the step fails as the first of them did.
 */
export async function ask(
  provider: Pick<PaymentProvider, 'look'>,
  intents: readonly OverdueIntent[],
): Promise<z.infer<(typeof expirySteps)['ask-stripe']['output']>> {
  let fault: TransientFault | undefined;
  let answered = false;
  const looks = await inParallel(intents, atOnce, async (intent) => {
    try {
      const seen = await provider.look(intent.paymentIntentId);
      answered = true;
      return seen === undefined ? [] : [answerOf(intent, seen)];
    } catch (error) {
      if (!(error instanceof TransientFault)) throw error;
      logger.warn('Stripe did not answer', describeError(error));
      fault ??= error;
      return [];
    }
  });
  if (!answered && fault !== undefined) throw fault;
  return { answers: looks.flat() };
}

function answerOf(
  { orderId, generation, paymentIntentId }: OverdueIntent,
  seen: NonNullable<Awaited<ReturnType<PaymentProvider['look']>>>,
): IntentAnswer {
  return { orderId, generation, paymentIntentId, ...seen };
}
