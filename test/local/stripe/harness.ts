import { createServer } from 'node:http';
import Stripe from 'stripe';
import { onTestFinished } from 'vitest';
import * as z from 'zod';
import { turn, VirtualClock } from '../../../local/clock.ts';
import { listen, readBody, shut } from '../../../local/http.ts';
import {
  type StripeSimulator,
  type StripeSimulatorOptions,
  startStripeSimulator,
} from '../../../local/stripe/index.ts';

export const webhookSecret = 'whsec_test';
/** A fixed morning; nothing moves it but the test. */
export const start = Date.UTC(2026, 0, 5, 9);
export const day = 24 * 3_600_000;

export function client(simulator: StripeSimulator, key = simulator.secretKey): Stripe {
  const { hostname, port } = new URL(simulator.url);
  return new Stripe(key, {
    host: hostname,
    port,
    protocol: 'http',
    maxNetworkRetries: 0,
    timeout: 5_000,
  });
}

/** A webhook endpoint that keeps what it is sent, checked by the SDK, and answers as told. */
export async function endpoint(clock: VirtualClock) {
  const events: Stripe.Event[] = [];
  const bodies: string[] = [];
  const state = { status: 200 };
  const stripe = new Stripe('sk_test_unused');
  const server = createServer((request, response) => {
    void readBody(request, 1_000_000).then((body) => {
      const text = body?.toString('utf8') ?? '';
      const header = String(request.headers['stripe-signature']);
      const at = Math.floor(clock.now() / 1_000);
      events.push(stripe.webhooks.constructEvent(text, header, webhookSecret, 300, undefined, at));
      bodies.push(text);
      response.writeHead(state.status).end();
    });
  });
  const url = await listen(server, 0);
  onTestFinished(() => shut(server));
  return { url, events, bodies, state, types: () => events.map((event) => event.type) };
}

/** A simulator on a clock that stands, its client, and the endpoint its webhooks go to. */
export async function world(
  options: Partial<StripeSimulatorOptions> = {},
  /** Types of events the endpoint subscribes to; all without it. */
  events?: readonly string[],
) {
  const clock = new VirtualClock({ stoppedAt: start });
  const hook = await endpoint(clock);
  const simulator = await startStripeSimulator({
    clock,
    port: 0,
    webhook: { url: hook.url, secret: webhookSecret, ...(events && { events }) },
    ...options,
  });
  onTestFinished(() => simulator.close());
  const settled = async () => {
    do await turn();
    while (!simulator.idle());
  };
  return {
    clock,
    hook,
    simulator,
    control: simulator.control,
    stripe: client(simulator),
    settled,
    advance: (ms: number) => clock.advance(ms, settled),
  };
}

/** An order's PaymentIntent as the shop makes it. */
export const held = {
  amount: 2_000,
  currency: 'eur',
  capture_method: 'manual',
  allowed_payment_method_types: ['card'],
  metadata: { order_id: 'o-1' },
} satisfies Stripe.PaymentIntentCreateParams;

/** What Stripe.js does in the customer's browser: a publishable key and the intent's client secret. */
export async function browser(
  simulator: StripeSimulator,
  intent: { readonly id: string; readonly client_secret: string | null },
  params: Record<string, string>,
  action = '/confirm',
) {
  const kind = intent.id.startsWith('seti_') ? 'setup_intents' : 'payment_intents';
  const response = await fetch(`${simulator.url}/v1/${kind}/${intent.id}${action}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${simulator.publishableKey}` },
    body: new URLSearchParams({ client_secret: intent.client_secret ?? '', ...params }),
  });
  return {
    status: response.status,
    body: z.record(z.string(), z.unknown()).parse(await response.json()),
  };
}

/** The Stripe error that a call ends in. */
export async function refusal(call: Promise<unknown>): Promise<Stripe.errors.StripeError> {
  try {
    await call;
  } catch (error) {
    if (error instanceof Stripe.errors.StripeError) return error;
    throw error;
  }
  throw new Error('Stripe did not refuse');
}
