import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { held, refusal, start, world } from './harness.ts';

async function several(stripe: Stripe, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const metadata = { order_id: `o-${index}` };
    ids.push((await stripe.paymentIntents.create({ ...held, metadata })).id);
  }
  return ids.reverse();
}

describe('lists', () => {
  it('are newest first and paged both ways', async () => {
    const { stripe } = await world();
    const ids = await several(stripe, 7);
    const idsOf = (page: { data: { id: string }[] }) => page.data.map((one) => one.id);
    const first = await stripe.paymentIntents.list({ limit: 3 });
    expect(idsOf(first)).toEqual(ids.slice(0, 3));
    expect(first.has_more).toBe(true);
    const second = await stripe.paymentIntents.list({ limit: 4, starting_after: ids[2] ?? '' });
    expect(idsOf(second)).toEqual(ids.slice(3));
    expect(second.has_more).toBe(false);
    const back = await stripe.paymentIntents.list({ limit: 2, ending_before: ids[4] ?? '' });
    expect(idsOf(back)).toEqual(ids.slice(2, 4));
    expect(back.has_more).toBe(true);
    const all: string[] = [];
    for await (const intent of stripe.paymentIntents.list({ limit: 2 })) all.push(intent.id);
    expect(all).toEqual(ids);
    const lost = await refusal(stripe.paymentIntents.list({ starting_after: 'pi_none' }));
    expect(lost).toMatchObject({ code: 'resource_missing', param: 'starting_after' });
  });

  it('are narrowed by time and by customer', async () => {
    const { stripe, advance } = await world();
    const customer = await stripe.customers.create({ email: 'a@example.com' });
    const early = await stripe.paymentIntents.create({ ...held, customer: customer.id });
    await advance(10_000);
    await stripe.paymentIntents.create(held);
    const before = await stripe.paymentIntents.list({ created: { lt: start / 1_000 + 5 } });
    expect(before.data.map((one) => one.id)).toEqual([early.id]);
    const theirs = await stripe.paymentIntents.list({ customer: customer.id });
    expect(theirs.data.map((one) => one.id)).toEqual([early.id]);
  });

  it('of events are narrowed by type and read from a cursor', async () => {
    const { stripe } = await world();
    await stripe.paymentIntents.create({ ...held, confirm: true, payment_method: 'pm_card_visa' });
    const all = (await stripe.events.list()).data.map((event) => event.type);
    expect(all).toEqual([
      'payment_intent.amount_capturable_updated',
      'charge.succeeded',
      'payment_intent.created',
    ]);
    const some = await stripe.events.list({ types: ['charge.succeeded', 'charge.failed'] });
    expect(some.data.map((event) => event.type)).toEqual(['charge.succeeded']);
    const later = await stripe.events.list({ ending_before: some.data[0]?.id ?? '' });
    expect(later.data.map((event) => event.type)).toEqual([
      'payment_intent.amount_capturable_updated',
    ]);
  });
});

describe('expansion', () => {
  it('puts the object for its id, also inside lists', async () => {
    const { stripe } = await world();
    const made = await stripe.paymentIntents.create({
      ...held,
      confirm: true,
      payment_method: 'pm_card_visa',
      expand: ['latest_charge', 'payment_method'],
    });
    expect(made).toMatchObject({
      latest_charge: { object: 'charge' },
      payment_method: { object: 'payment_method', card: { last4: '4242' } },
    });
    const list = await stripe.paymentIntents.list({
      expand: ['data.latest_charge.payment_intent'],
    });
    expect(list.data[0]).toMatchObject({ latest_charge: { payment_intent: { id: made.id } } });
    const gone = await refusal(stripe.paymentIntents.retrieve(made.id, { expand: ['charges'] }));
    expect(gone.message).toContain('cannot be expanded');
  });
});

describe('search', () => {
  it('finds by metadata, though not what changed a moment ago', async () => {
    const { stripe, control, advance } = await world();
    const ids = await several(stripe, 3);
    const query = "metadata['order_id']:'o-1' AND status:'requires_payment_method'";
    const found = await stripe.paymentIntents.search({ query });
    expect(found.data.map((one) => one.id)).toEqual([ids[1]]);
    control.searchLag(60_000);
    expect((await stripe.paymentIntents.search({ query })).data).toEqual([]);
    await advance(60_000);
    expect((await stripe.paymentIntents.search({ query })).data).toHaveLength(1);
    const odd = await refusal(stripe.paymentIntents.search({ query: 'amount>5' }));
    expect(odd.param).toBe('query');
  });
});

describe('metadata', () => {
  it('merges, and an empty value removes a key', async () => {
    const { stripe } = await world();
    const intent = await stripe.paymentIntents.create({ ...held, metadata: { a: '1', b: '2' } });
    const changed = await stripe.paymentIntents.update(intent.id, { metadata: { a: '', c: '3' } });
    expect(changed.metadata).toEqual({ b: '2', c: '3' });
    const cleared = await stripe.paymentIntents.update(intent.id, { metadata: '' });
    expect(cleared.metadata).toEqual({});
  });
});
