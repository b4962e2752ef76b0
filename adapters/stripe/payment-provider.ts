import Stripe from 'stripe';
import { intentAnswerSchema } from '../../domain/orders/steps.ts';
import type { PaymentProvider } from '../../domain/payments/ports.ts';
import { metadataKeys } from '../../domain/payments/webhooks.ts';
import { NotYetFault, PermanentFault } from '../../domain/shared/errors.ts';
import {
  intentKey,
  type OrderId,
  type PaymentIntentId,
  paymentIntentIdSchema,
  type RefundId,
  stripeRefundIdSchema,
} from '../../domain/shared/ids.ts';
import type { Money } from '../../domain/shared/money.ts';
import { type Effect, stripeFault } from './faults.ts';

/**
 * `PaymentProvider` over Stripe's PaymentIntents. Only making intents and refunds has an idempotency key: cancelling and
 * capturing look at the intent first and are idempotent by its state, where a key would only have Stripe repeat an
 * old refusal for a day.
 * Cards only is `allowed_payment_method_types` since API version 2026-09-30.endive, which refuses the older
 * `payment_method_types` (https://docs.stripe.com/changelog/endive/2026-09-30).
 */
export function createPaymentProvider(stripe: Stripe): PaymentProvider {
  return {
    async createIntent(order, amount) {
      const key = intentKey(order.orderId, order.generation);
      const intent = await createUnder(stripe, key, order, amount);
      if (intent.client_secret === null) {
        throw new PermanentFault('no_client_secret', 'the intent has no client secret');
      }
      return {
        paymentIntentId: paymentIntentIdSchema.parse(intent.id),
        clientSecret: intent.client_secret,
      };
    },

    async findIntents(order) {
      const query = Object.entries(intentMetadata(order))
        .map(([key, value]) => `metadata['${key}']:'${value}'`)
        .join(' AND ');
      const found = await asking('reads', () => stripe.paymentIntents.search({ query }));
      return found.data.map(({ id }) => paymentIntentIdSchema.parse(id));
    },

    async createStandIn(order, amount) {
      const key = `${intentKey(order.orderId, order.generation)}.stand-in`;
      return paymentIntentIdSchema.parse((await createUnder(stripe, key, order, amount)).id);
    },

    async cancelIntent(paymentIntentId) {
      const intent = await retrieve(stripe, paymentIntentId);
      if (isCanceled(intent)) return;
      try {
        await stripe.paymentIntents.cancel(paymentIntentId);
      } catch (error) {
        // It changed since the look: Stripe's refusal carries what it has become.
        const now = intentOf(error);
        if (now === undefined || !isCanceled(now)) throw stripeFault('settles', error);
      }
    },

    async capture(paymentIntentId, _order, amount) {
      const intent = await retrieve(stripe, paymentIntentId);
      const captured = capturedAmount(intent);
      if (captured !== undefined) return { amount: captured };
      try {
        const done = await stripe.paymentIntents.capture(paymentIntentId, {
          amount_to_capture: amount,
        });
        return { amount: done.amount_received };
      } catch (error) {
        const now = intentOf(error);
        const after = now === undefined ? undefined : capturedAmount(now);
        if (after === undefined) throw stripeFault('settles', error);
        return { amount: after };
      }
    },

    async refund({ paymentIntentId, refundId, amount, ...order }) {
      const made = await askingAbout('reads', () => findRefund(stripe, paymentIntentId, refundId));
      const refund =
        made ??
        (await askingAbout('settles', () =>
          stripe.refunds.create(
            {
              payment_intent: paymentIntentId,
              amount,
              metadata: { ...intentMetadata(order), [metadataKeys.refundId]: refundId },
            },
            { idempotencyKey: refundId },
          ),
        ));
      return {
        stripeRefundId: stripeRefundIdSchema.parse(refund.id),
        ...refundState(refund),
      };
    },

    async look(paymentIntentId) {
      try {
        const intent = await retrieve(stripe, paymentIntentId);
        return lookSchema.parse({
          status: intent.status,
          amountCapturable: intent.amount_capturable,
          amountReceived: intent.amount_received,
        });
      } catch (error) {
        if (error instanceof NotYetFault && error.code === 'intent_missing') return undefined;
        throw error;
      }
    },
  };
}

const lookSchema = intentAnswerSchema.pick({
  status: true,
  amountCapturable: true,
  amountReceived: true,
});

interface IntentRef {
  readonly orderId: OrderId;
  readonly generation: number;
}

function intentMetadata({ orderId, generation }: IntentRef) {
  return { [metadataKeys.orderId]: orderId, [metadataKeys.generation]: String(generation) };
}

function createUnder(stripe: Stripe, idempotencyKey: string, order: IntentRef, amount: Money) {
  return asking('makes', () =>
    stripe.paymentIntents.create(
      {
        amount: amount.amount,
        currency: amount.currency.toLowerCase(),
        capture_method: 'manual',
        allowed_payment_method_types: ['card'],
        metadata: intentMetadata(order),
      },
      { idempotencyKey },
    ),
  );
}

async function findRefund(stripe: Stripe, paymentIntentId: PaymentIntentId, refundId: RefundId) {
  for await (const refund of stripe.refunds.list({ payment_intent: paymentIntentId, limit: 100 })) {
    if (refund.metadata?.[metadataKeys.refundId] === refundId) return refund;
  }
  return undefined;
}

/** Of Stripe's five states, the three that the books know. */
function refundState({ status, failure_reason: reason }: Stripe.Refund) {
  switch (status) {
    case 'succeeded':
      return { status, failureReason: null } as const;
    case 'failed':
    case 'canceled':
      return { status: 'failed', failureReason: reason ?? status } as const;
    default:
      return { status: 'pending', failureReason: null } as const;
  }
}

function retrieve(stripe: Stripe, paymentIntentId: PaymentIntentId) {
  return askingAbout('reads', () => stripe.paymentIntents.retrieve(paymentIntentId));
}

/**
 * For calls about an intent that is on our books: one that Stripe does not know says that the key is of another account,
 * or of the other mode, and not that this payment is refused.
 */
async function askingAbout<T>(effect: Effect, call: () => Promise<T>): Promise<T> {
  try {
    return await asking(effect, call);
  } catch (error) {
    throw error instanceof PermanentFault && error.code === 'resource_missing'
      ? new NotYetFault('intent_missing', 'Stripe does not know the intent')
      : error;
  }
}

async function asking<T>(effect: Effect, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw stripeFault(effect, error);
  }
}

/** Whether there is nothing left to cancel. False: it may be tried. */
function isCanceled(intent: Stripe.PaymentIntent): boolean {
  switch (intent.status) {
    case 'canceled':
      return true;
    case 'succeeded':
      throw new PermanentFault('intent_captured', 'the money was taken: refund it instead');
    case 'processing':
      throw new NotYetFault('intent_processing', 'Stripe is still working on the payment');
    default:
      return false;
  }
}

/** What was captured of it, minor units. Undefined: it may be tried. */
function capturedAmount(intent: Stripe.PaymentIntent): number | undefined {
  switch (intent.status) {
    case 'succeeded':
      return intent.amount_received;
    case 'requires_capture':
      return undefined;
    case 'processing':
      throw new NotYetFault('intent_processing', 'Stripe is still working on the payment');
    case 'canceled':
      throw new PermanentFault('intent_canceled', 'the authorisation is gone');
    default:
      throw new PermanentFault('intent_not_authorised', `the intent is ${intent.status}`);
  }
}

function intentOf(error: unknown): Stripe.PaymentIntent | undefined {
  return error instanceof Stripe.errors.StripeError &&
    error.code === 'payment_intent_unexpected_state'
    ? error.payment_intent
    : undefined;
}
