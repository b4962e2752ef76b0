import type * as z from 'zod';
import type { paymentSteps } from '../../domain/orders/steps.ts';
import { paymentFaultCodes } from '../../domain/payments/faults.ts';
import type { PaymentProvider } from '../../domain/payments/ports.ts';
import { OutcomeUnknownFault } from '../../domain/shared/errors.ts';
import type { PaymentIntentId } from '../../domain/shared/ids.ts';

type Step = (typeof paymentSteps)['cancel-intent'];
type Provider = Pick<
  PaymentProvider,
  'createIntent' | 'findIntents' | 'createStandIn' | 'cancelIntent'
>;

/** Cancels the intent of this generation; where none is on record, whatever Stripe may have made for it. */
export async function cancel(
  provider: Provider,
  { orderId, generation, paymentIntentId, amount, currency }: z.infer<Step['input']>,
): Promise<z.infer<Step['output']>> {
  const order = { orderId, generation };
  const [first, ...others] =
    paymentIntentId === null
      ? await unrecorded(provider, order, { amount, currency })
      : ([paymentIntentId] as const);
  for (const id of [first, ...others]) await provider.cancelIntent(id, order);
  return { outcome: 'canceled', paymentIntentId: first };
}

/**
 * Making the intent again under its own key finds it, or makes one that nobody can pay, since nobody was given its
 * secret. Where Stripe has stored a failure under that key it is searched by its metadata.
 */
async function unrecorded(
  provider: Provider,
  ...[order, amount]: Parameters<Provider['createIntent']>
): Promise<readonly [PaymentIntentId, ...PaymentIntentId[]]> {
  try {
    return [(await provider.createIntent(order, amount)).paymentIntentId];
  } catch (error) {
    const answered =
      error instanceof OutcomeUnknownFault && error.code !== paymentFaultCodes.silent;
    if (!answered) throw error;
  }
  const [first, ...others] = await provider.findIntents(order);
  return first === undefined ? [await provider.createStandIn(order, amount)] : [first, ...others];
}
