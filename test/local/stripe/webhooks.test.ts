import { describe, expect, it, vi } from 'vitest';
import { apiVersion } from '../../../local/stripe/world.ts';
import { held, world } from './harness.ts';

describe('webhooks', () => {
  it('carry the event as /v1/events lists it, signed so that the SDK accepts it', async () => {
    const { stripe, settled, hook } = await world();
    const intent = await stripe.paymentIntents.create(held, { idempotencyKey: 'order-1.1' });
    await settled();
    const [event] = hook.events;
    expect(event).toMatchObject({
      object: 'event',
      type: 'payment_intent.created',
      api_version: apiVersion,
      livemode: false,
      data: { object: { id: intent.id, object: 'payment_intent' } },
      request: { id: intent.lastResponse.requestId, idempotency_key: 'order-1.1' },
    });
    const listed = await stripe.events.retrieve(event?.id ?? '');
    expect(JSON.parse(hook.bodies[0] ?? '')).toEqual(JSON.parse(JSON.stringify(listed)));
  });

  it('are those the endpoint subscribes to', async () => {
    const { stripe, settled, hook } = await world({}, ['payment_intent.canceled']);
    const { id } = await stripe.paymentIntents.create(held);
    await stripe.paymentIntents.cancel(id);
    await settled();
    expect(hook.types()).toEqual(['payment_intent.canceled']);
    expect((await stripe.events.list()).data).toHaveLength(2);
  });

  it('are tried again on the clock until the endpoint takes them', async () => {
    const { stripe, advance, settled, hook } = await world();
    hook.state.status = 500;
    await stripe.paymentIntents.create(held);
    await settled();
    expect(hook.events).toHaveLength(1);
    await advance(5_000);
    expect(hook.events).toHaveLength(2);
    hook.state.status = 200;
    await advance(30_000);
    expect(hook.events).toHaveLength(3);
    await advance(24 * 3_600_000);
    expect(hook.events).toHaveLength(3);
    expect(new Set(hook.events.map((event) => event.id)).size).toBe(1);
  });

  it('come twice when told to', async () => {
    const { stripe, control, settled, hook } = await world();
    control.webhooks.duplicate(3);
    await stripe.paymentIntents.create(held);
    await settled();
    expect(hook.types()).toEqual(Array(3).fill('payment_intent.created'));
  });

  it('are held back and released in another order', async () => {
    let turn = 0;
    const { stripe, control, simulator, settled, hook } = await world({
      random: () => {
        turn = (turn * 16_807 + 11) % 2_147_483_647;
        return turn / 2_147_483_647;
      },
    });
    control.webhooks.hold();
    control.webhooks.shuffle(true);
    for (let count = 0; count < 30; count += 1)
      await stripe.paymentIntents.create({ ...held, metadata: { count } });
    expect(simulator.idle()).toBe(true);
    expect(hook.events).toHaveLength(0);
    control.webhooks.release();
    expect(simulator.idle()).toBe(false);
    await settled();
    const sent = (await stripe.events.list({ limit: 100 })).data.map((event) => event.id).reverse();
    const came = hook.events.map((event) => event.id);
    expect(came).not.toEqual(sent);
    expect(came.toSorted()).toEqual(sent.toSorted());
  });

  it('fall silent for the next few, which /v1/events still lists', async () => {
    const { stripe, control, settled, hook } = await world();
    control.webhooks.drop(1);
    await stripe.paymentIntents.create(held);
    await settled();
    expect(hook.events).toHaveLength(0);
    const [event] = (await stripe.events.list()).data;
    control.webhooks.resend(event?.id ?? '');
    await settled();
    expect(hook.types()).toEqual(['payment_intent.created']);
  });

  it('are steered over HTTP as well', async () => {
    const { stripe, simulator, settled, hook } = await world();
    const command = (path: string, body: object) =>
      fetch(`${simulator.url}/_control/${path}`, { method: 'POST', body: JSON.stringify(body) });
    expect((await command('webhooks/duplicate', { copies: 2 })).status).toBe(200);
    const intent = await stripe.paymentIntents.create(held);
    expect((await command(`payment_intents/${intent.id}/process`, {})).status).toBe(200);
    expect((await stripe.paymentIntents.retrieve(intent.id)).status).toBe('processing');
    expect((await command(`payment_intents/${intent.id}/process`, {})).status).toBe(400);
    expect((await command('webhooks/drop', { count: 'x' })).status).toBe(400);
    expect((await command('nonsense', {})).status).toBe(404);
    await settled();
    expect(hook.events).toHaveLength(4);
    await vi.waitFor(async () => {
      const state = await fetch(`${simulator.url}/_control/state`);
      expect(await state.json()).toEqual({ idle: true });
    });
  });
});
