import Stripe from 'stripe';
import { paymentFaultCodes } from '../../domain/payments/faults.ts';
import {
  type Fault,
  InvalidInputFault,
  NotYetFault,
  OutcomeUnknownFault,
  PermanentFault,
  TransientFault,
} from '../../domain/shared/errors.ts';

/**
 * What the failed call would have done. `reads`: nothing. `makes`: an intent that we may then know nothing of.
 * `settles`: cancels or captures a known intent, which a look at it tells afterwards.
 */
export type Effect = 'reads' | 'makes' | 'settles';

/** System errors that come before a single byte of the request is sent. */
const neverSent = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/** Stripe's codes for "nothing was done, come again" (https://docs.stripe.com/error-codes). */
const comeAgain = new Set(['idempotency_key_in_use', 'lock_timeout', 'rate_limit']);

/** Our key is wrong or may not do this: it says nothing about the payment, and somebody has to put the key right. */
const keyRefused = new Set([401, 403]);

/** The same, said by a code (https://docs.stripe.com/error-codes). */
const keyRefusedCodes = new Set([
  'account_invalid',
  'api_key_expired',
  'livemode_mismatch',
  'platform_api_key_expired',
  'secret_key_required',
  'testmode_charges_only',
]);

/** Codes that begin so say that our request is malformed, nothing about the payment. */
const malformed = 'parameter_';

/**
 * The Fault an error of Stripe's SDK is, by its class, status and code and never by its text. The messages name
 * Stripe's request id, by which its dashboard finds the call, and quote nothing of Stripe's. The error is not kept
 * as the cause: it carries the intent with its client secret, and a runtime may log a cause.
 */
export function stripeFault(effect: Effect, cause: unknown): Fault {
  if (!(cause instanceof Stripe.errors.StripeError)) {
    // The SDK, or what is under it, failed in a way nobody foresaw: before or after the call, nobody knows.
    return new OutcomeUnknownFault('stripe_unexpected', 'not an error of Stripe');
  }
  if (cause instanceof Stripe.errors.StripeConnectionError) return connectionFault(effect, cause);
  const code = cause.code ?? cause.rawType ?? 'stripe_error';
  const message = `Stripe answered ${cause.statusCode ?? 'nothing'} to ${cause.requestId ?? 'a request without id'}`;
  if (cause instanceof Stripe.errors.StripeRateLimitError || comeAgain.has(code)) {
    return new TransientFault(code, message);
  }
  if (cause.statusCode === undefined || cause.statusCode >= 500) {
    // Stripe may have done it before it failed; what is retried under the same key gets the same 500 again.
    return effect === 'makes'
      ? new OutcomeUnknownFault(code, message)
      : new TransientFault(code, message);
  }
  if (keyRefused.has(cause.statusCode) || keyRefusedCodes.has(code)) {
    return new NotYetFault('stripe_key_refused', message);
  }
  if (code.startsWith(malformed)) return new InvalidInputFault(code, message);
  return new PermanentFault(code, message);
}

function connectionFault(effect: Effect, cause: Stripe.errors.StripeConnectionError): Fault {
  const code = systemCode(cause.detail);
  if (code !== undefined && neverSent.has(code)) {
    return new TransientFault('stripe_unreachable', code);
  }
  return effect === 'reads'
    ? new TransientFault(paymentFaultCodes.silent, code ?? 'connection lost')
    : new OutcomeUnknownFault(paymentFaultCodes.silent, code ?? 'connection lost');
}

function systemCode(detail: unknown): string | undefined {
  return detail instanceof Error && 'code' in detail && typeof detail.code === 'string'
    ? detail.code
    : undefined;
}
