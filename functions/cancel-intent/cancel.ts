import type { z } from 'zod';
import type { paymentSteps } from '../../domain/orders/steps.ts';
import type { PaymentProvider } from '../../domain/payments/ports.ts';

type Step = (typeof paymentSteps)['cancel-intent'];

/**
 * Cancels the intent of this generation. Where none is on record, one may exist all the same: making it again under
 * its own key finds that one, or makes one that nobody can pay since nobody was given its secret.
 */
export async function cancel(
  provider: Pick<PaymentProvider, 'createIntent' | 'cancelIntent'>,
  { orderId, generation, paymentIntentId, amount, currency }: z.infer<Step['input']>,
): Promise<z.infer<Step['output']>> {
  const order = { orderId, generation };
  const id =
    paymentIntentId ?? (await provider.createIntent(order, { amount, currency })).paymentIntentId;
  await provider.cancelIntent(id, order);
  return { outcome: 'canceled', paymentIntentId: id };
}
