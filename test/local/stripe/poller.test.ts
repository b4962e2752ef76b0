import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startStripePoller } from '../../../local/stripe/poller.ts';
import { endpoint, held, start, webhookSecret, world } from './harness.ts';

/** A Stripe that sends no webhooks, as a laptop's, and a shop that only the poller reaches. */
async function laptop() {
  const stripe = await world();
  stripe.control.webhooks.hold();
  const shop = await endpoint(stripe.clock);
  const folder = mkdtempSync(join(tmpdir(), 'poller-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const { hostname, port } = new URL(stripe.simulator.url);
  const open = () => {
    const poller = startStripePoller({
      apiKey: stripe.simulator.secretKey,
      api: { host: hostname, port, protocol: 'http' },
      webhook: { url: shop.url, secret: webhookSecret },
      clock: stripe.clock,
      stateFile: join(folder, 'poller.db'),
      since: start / 1_000,
      interval: 3_600_000,
    });
    onTestFinished(() => poller.close());
    return poller;
  };
  return { ...stripe, shop, open };
}

describe('the poller', () => {
  it('delivers every event once, oldest first, signed with the local secret', async () => {
    const { stripe, shop, open } = await laptop();
    const poller = open();
    await poller.poll();
    await stripe.paymentIntents.create({ ...held, confirm: true, payment_method: 'pm_card_visa' });
    expect(await poller.poll()).toBe(3);
    expect(shop.types()).toEqual([
      'payment_intent.created',
      'charge.succeeded',
      'payment_intent.amount_capturable_updated',
    ]);
    expect(await poller.poll()).toBe(0);
    expect(shop.events).toHaveLength(3);
  });

  it('reads page after page', async () => {
    const { stripe, shop, open } = await laptop();
    for (let count = 0; count < 120; count += 1) await stripe.paymentIntents.create(held);
    await open().poll();
    expect(new Set(shop.events.map((event) => event.id)).size).toBe(120);
  });

  it('remembers over a restart what it has delivered, and misses nothing meanwhile', async () => {
    const { stripe, advance, shop, open } = await laptop();
    await stripe.paymentIntents.create(held);
    const first = open();
    await first.poll();
    await first.close();
    await advance(3_600_000);
    await stripe.customers.create();
    await open().poll();
    expect(shop.types()).toEqual(['payment_intent.created', 'customer.created']);
  });

  it('tries a refused event again, hours of other events later', async () => {
    const { stripe, advance, shop, open } = await laptop();
    const poller = open();
    await poller.poll();
    await stripe.paymentIntents.create(held);
    shop.state.status = 500;
    await expect(poller.poll()).rejects.toThrow('500');
    await advance(3_600_000);
    await stripe.customers.create();
    await expect(poller.poll()).rejects.toThrow('500');
    shop.state.status = 200;
    expect(await poller.poll()).toBe(2);
    expect(await poller.poll()).toBe(0);
  });

  it('takes no live key', () => {
    const options = { webhook: { url: 'http://127.0.0.1:9', secret: 's' }, stateFile: ':memory:' };
    expect(() =>
      startStripePoller({
        ...options,
        apiKey: 'sk_live_x',
        clock: { now: Date.now, at: fail, after: fail },
      }),
    ).toThrow('test key');
  });
});

function fail(): never {
  throw new Error('not to be called');
}
