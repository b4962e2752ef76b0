import type { Clock } from '../clock.ts';
import { startStripeSimulator } from '../stripe/index.ts';
import { startStripePoller } from '../stripe/poller.ts';
import type { Endpoint } from '../stripe/webhooks.ts';
import type { DeployedApi } from './api.ts';

/** Both sides of the webhook's signature are on this laptop. */
export const stripeSigningSecret = 'whsec_kassa_local';

/** Stripe as this laptop has it: the simulator, or the real one with its events polled. */
export interface LocalStripe {
  /** The simulator's address; undefined with the real Stripe. */
  readonly simulatorUrl: string | undefined;
  readonly secretKey: string;
  readonly publishableKey: string;
  idle(): boolean;
  close(): Promise<void>;
}

/**
 * @param options.secretKey a test key of the real Stripe; without one the simulator starts on `port`
 * @param options.webhook where events go; without one they are only listed
 */
export async function startStripe(options: {
  readonly clock: Clock;
  readonly port: number;
  readonly path: (file: string) => string;
  readonly secretKey: string | undefined;
  readonly publishableKey: string | undefined;
  readonly webhook: Endpoint | undefined;
  readonly report: (line: string) => void;
}): Promise<LocalStripe> {
  const { clock, port, path, secretKey, webhook, report } = options;
  if (secretKey === undefined) {
    const simulator = await startStripeSimulator({
      clock,
      port,
      stateFile: path('stripe.db'),
      ...(webhook === undefined ? {} : { webhook }),
    });
    return { ...simulator, simulatorUrl: simulator.url };
  }
  const poller =
    webhook === undefined
      ? undefined
      : startStripePoller({
          apiKey: secretKey,
          webhook,
          clock,
          stateFile: path('stripe-poller.db'),
          onError: (error) => report(`Stripe's events: ${String(error)}`),
        });
  return {
    simulatorUrl: undefined,
    secretKey,
    publishableKey: options.publishableKey ?? '',
    // What Stripe is about to say cannot be known.
    idle: () => true,
    close: async () => poller?.close(),
  };
}

/** Where Stripe's events go: the one POST route whose path speaks of Stripe; and which, if an output `StripeEvents` says. */
export function webhookOf(
  apis: readonly DeployedApi[],
  apiUrl: string,
  outputs: ReadonlyMap<string, unknown>,
): Endpoint | undefined {
  const route = apis[0]?.routes.find((one) => /^POST .*stripe/.test(one));
  if (route === undefined) return undefined;
  const url = `${apiUrl}${route.slice('POST '.length)}`;
  const [, subscribed] = [...outputs].find(([name]) => name.endsWith('.StripeEvents')) ?? [];
  return {
    ...{ url, secret: stripeSigningSecret },
    ...(typeof subscribed === 'string' ? { events: subscribed.split(',') } : {}),
  };
}
