import Stripe from 'stripe';

/** Milliseconds. The lowest rung of the ladder: Stripe < Express workflow < API Lambda < API. */
export const stripeTimeout = 6000;

/**
 * The official SDK without retries of its own: a machine retries, and knows by the fault's name whether it may.
 * (Only a connection that breaks it tries once more by itself, under the same idempotency key.)
 * `apiBase` (`http://127.0.0.1:4242`) points it at another server that speaks Stripe's API.
 */
export function createStripe(
  secretKey: string,
  apiBase?: string,
  timeout: number = stripeTimeout,
): Stripe {
  return new Stripe(secretKey, {
    maxNetworkRetries: 0,
    timeout,
    telemetry: false,
    ...(apiBase === undefined ? {} : hostOf(apiBase)),
  });
}

function hostOf(apiBase: string) {
  const url = new URL(apiBase);
  const protocol = url.protocol === 'http:' ? 'http' : 'https';
  return {
    host: url.hostname,
    port: url.port === '' ? (protocol === 'http' ? 80 : 443) : Number(url.port),
    protocol,
  } as const;
}
