import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { send, until } from '../../local/demo/http.ts';
import { Ledger } from '../../local/demo/ledger.ts';
import { withSimulator } from '../../local/demo/scenarios.ts';
import { Story } from '../../local/demo/story.ts';
import { type Shop, startShop } from '../support/running-shop.ts';

let shop: Shop;

beforeAll(async () => {
  shop = await startShop();
});

afterAll(async () => {
  await shop.close();
});

const address = {
  recipient: 'Ada Byron',
  line1: 'Torstrasse 1',
  postalCode: '10119',
  city: 'Berlin',
  country: 'DE',
};

interface Checkout {
  readonly customer: string;
  readonly key?: string;
  readonly sku: string;
  readonly quantity?: number;
}

async function checkout({ customer, key = randomUUID(), sku, quantity = 1 }: Checkout) {
  return send(`${shop.world.at.api}/orders`, {
    token: await shop.world.token(customer, 'customer'),
    headers: { 'idempotency-key': key },
    body: { items: [{ sku, quantity }], shippingAddress: address },
  });
}

async function stockOf(sku: string) {
  const rows = z
    .array(z.object({ on_hand: z.int(), reserved: z.int(), live: z.coerce.number() }))
    .parse(
      await shop.sql`
        SELECT s.on_hand, s.reserved, coalesce((SELECT sum(quantity) FROM reservations r
          WHERE r.sku = s.sku AND r.status IN ('held', 'committed')), 0) AS live
        FROM stock s WHERE s.sku = ${sku}`,
    );
  return rows[0];
}

/** Rows of everything a checkout may leave behind. */
async function traces() {
  const [row] = z.array(z.record(z.string(), z.coerce.number())).parse(
    await shop.sql`
        SELECT (SELECT count(*) FROM orders) AS orders, (SELECT count(*) FROM reservations) AS reservations,
          (SELECT count(*) FROM checkout_requests) AS requests, (SELECT count(*) FROM payments) AS payments,
          (SELECT count(*) FROM outbox) AS outbox, (SELECT sum(reserved) FROM stock) AS reserved,
          (SELECT count(*) FROM stock_movements) AS movements, (SELECT count(*) FROM webhook_inbox) AS inbox,
          (SELECT count(*) FROM findings) AS findings`,
  );
  return row;
}

const problem = z.looseObject({ type: z.string(), title: z.string(), status: z.int() });

describe('a flash sale', () => {
  test('the last units are sold twice: 400 buyers at once for 100 pieces are 100 orders and 300 refusals naming the SKU', async () => {
    const sku = 'BRW-FLT-100';
    await shop.sql`UPDATE stock SET on_hand = 100 + reserved WHERE sku = ${sku}`;
    const reservedBefore = (await stockOf(sku))?.reserved ?? 0;
    // Tokens first, so that the checkouts really come at once.
    const customers = Array.from({ length: 400 }, (_, index) => `flash-${index}`);
    for (const customer of customers) await shop.world.token(customer, 'customer');

    const answers = await Promise.all(customers.map((customer) => checkout({ customer, sku })));

    const byStatus = Map.groupBy(answers, (answer) => answer.status);
    expect(
      Object.fromEntries([...byStatus].map(([status, list]) => [status, list.length])),
    ).toEqual({ 201: 100, 409: 300 });
    for (const refused of byStatus.get(409) ?? []) {
      const body = problem
        .extend({ shortages: z.array(z.looseObject({ sku: z.string() })) })
        .parse(JSON.parse(refused.text));
      expect(body.shortages.map((each) => each.sku)).toEqual([sku]);
    }
    expect(await stockOf(sku)).toEqual({
      on_hand: 100 + reservedBefore,
      reserved: 100 + reservedBefore,
      live: 100 + reservedBefore,
    });
    const [orders] = z.array(z.object({ count: z.coerce.number() })).parse(
      await shop.sql`
        SELECT count(*) FROM orders o JOIN order_lines l USING (order_id)
        WHERE l.sku = ${sku} AND o.customer_id LIKE 'flash-%' AND o.status = 'awaiting_payment'`,
    );
    expect(orders?.count).toBe(100);
  }, 120_000);

  test('the same POST sent twice: 20 concurrent requests with one key are one order and 20 equal answers', async () => {
    const customer = 'impatient';
    await shop.world.token(customer, 'customer');
    const key = randomUUID();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => checkout({ customer, key, sku: 'TEA-CHA-020' })),
    );
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([201]));
    expect(new Set(answers.map((answer) => answer.text)).size).toBe(1);
    const [orders] = z
      .array(z.object({ count: z.coerce.number() }))
      .parse(await shop.sql`SELECT count(*) FROM orders WHERE customer_id = ${customer}`);
    expect(orders?.count).toBe(1);
  }, 60_000);
});

describe('bad input at the API is refused with problem details and changes nothing', () => {
  const good = { items: [{ sku: 'TEA-CHA-020', quantity: 1 }], shippingAddress: address };
  const item = (change: Record<string, unknown>) => ({
    ...good,
    items: [{ sku: 'TEA-CHA-020', quantity: 1, ...change }],
  });
  const cases: readonly [
    string,
    { status: number; body?: unknown; raw?: string; headers?: Record<string, string> },
  ][] = [
    ['a negative quantity', { status: 422, body: item({ quantity: -1 }) }],
    ['a quantity of zero', { status: 422, body: item({ quantity: 0 }) }],
    ['a huge quantity', { status: 422, body: item({ quantity: 1e15 }) }],
    ['a fraction of a piece', { status: 422, body: item({ quantity: 0.5 }) }],
    ['a number as a string', { status: 422, body: item({ quantity: '1' }) }],
    ['a price sent by the client', { status: 422, body: item({ unitPrice: 1 }) }],
    ['a total sent by the client', { status: 422, body: { ...good, total: 1 } }],
    ['no items', { status: 422, body: { ...good, items: [] } }],
    ['no address', { status: 422, body: { items: good.items } }],
    ['an array for a body', { status: 422, body: [] }],
    ['an unknown SKU', { status: 422, body: item({ sku: 'NO-SUCH-SKU' }) }],
    ['a body that is not JSON', { status: 400, raw: '{"items": [' }],
    [
      'a body that is not UTF-8',
      { status: 400, raw: Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]).toString('latin1') },
    ],
    [
      'a body of 100 KB',
      { status: 413, raw: JSON.stringify({ ...good, padding: 'x'.repeat(100_000) }) },
    ],
    [
      'another content type',
      { status: 415, raw: JSON.stringify(good), headers: { 'content-type': 'text/plain' } },
    ],
    ['no idempotency key', { status: 400, body: good, headers: { 'idempotency-key': '' } }],
    [
      'an idempotency key with a space',
      { status: 400, body: good, headers: { 'idempotency-key': 'a key with spaces' } },
    ],
    [
      'another total expected',
      { status: 409, body: { ...good, expectedTotal: { amount: 1, currency: 'EUR' } } },
    ],
  ];

  test.each(cases)('%s', async (_, { status, body, raw, headers }) => {
    const token = await shop.world.token('careless', 'customer');
    await shop.cloud.settled();
    const before = await traces();
    const response = await fetch(`${shop.world.at.api}/orders`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'idempotency-key': randomUUID(),
        ...headers,
      },
      body: raw === undefined ? JSON.stringify(body) : Buffer.from(raw, 'latin1'),
    });
    const answer = problem.parse(await response.json());
    expect({ status: response.status, said: answer.status }).toEqual({ status, said: status });
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(await traces()).toEqual(before);
  });

  test('the same key with another body', async () => {
    const key = randomUUID();
    expect((await checkout({ customer: 'careless', key, sku: 'TEA-CHA-020' })).status).toBe(201);
    await shop.cloud.settled();
    const before = await traces();
    const again = await checkout({ customer: 'careless', key, sku: 'TEA-CHA-020', quantity: 2 });
    expect(again.status).toBe(422);
    expect(await traces()).toEqual(before);
  });

  test("another customer's order is not found, nor cancelled", async () => {
    const order = await shop.world.placeOrder('owner', [{ sku: 'TEA-CHA-020', quantity: 1 }]);
    const token = await shop.world.token('stranger', 'customer');
    const url = `${shop.world.at.api}/orders/${order.orderId}`;
    expect((await send(url, { token })).status).toBe(404);
    expect((await send(`${url}/timeline`, { token })).status).toBe(404);
    expect((await send(`${url}/cancel`, { token, body: {} })).status).toBe(404);
    expect((await shop.world.order('owner', order.orderId)).status).toBe('awaiting_payment');
  });

  test('no token, a forged one, and one of another group', async () => {
    const url = `${shop.world.at.api}/warehouse/tasks`;
    expect((await send(url)).status).toBe(401);
    const real = await shop.world.token('picker', 'warehouse');
    expect((await send(url, { token: real })).status).toBe(200);
    const [head, claims] = real.split('.');
    expect((await send(url, { token: `${head}.${claims}.${'A'.repeat(342)}` })).status).toBe(401);
    expect((await send(url, { token: await shop.world.token('nosy', 'customer') })).status).toBe(
      403,
    );
  });

  test('no endpoint is open but health and the webhook', async () => {
    expect((await send(`${shop.world.at.api}/health`)).status).toBe(200);
    for (const route of shop.cloud.routes) {
      const [method = '', path = ''] = route.split(' ');
      if (path === '/health' || path === '/webhooks/stripe') continue;
      const answer = await send(
        `${shop.world.at.api}${path.replaceAll(/\{[^}]+\}/g, randomUUID())}`,
        method === 'GET' ? {} : { method, body: {} },
      );
      expect([route, answer.status]).toEqual([route, 401]);
    }
    const webhook = await send(`${shop.world.at.api}/webhooks/stripe`, {
      headers: { 'stripe-signature': 't=1,v1=00' },
      body: { id: 'evt_1' },
    });
    expect(webhook.status).toBe(400);
  });
});

describe('the cache', () => {
  const sku = 'DSK-CAL-027';
  const entry = z.looseObject({ sku: z.string(), unitPrice: z.int() });
  const key = `{product:v1}:${sku}`;
  let redis: Redis;
  beforeAll(() => {
    redis = new Redis(shop.cloud.cacheUrl ?? '', { protocol: 2 });
  });
  afterAll(() => redis.disconnect());

  const order = z.looseObject({ orderId: z.string(), total: z.object({ amount: z.int() }) });
  const placed = async (customer: string) => {
    const answer = await checkout({ customer, sku });
    expect(answer.status).toBe(201);
    return order.parse(JSON.parse(answer.text));
  };

  /** Orders until `seen`: the cache may have been too slow for one of them, and says nothing just after a change. */
  const placing = async (seen: (total: number) => Promise<boolean>) => {
    for (let attempt = 1; attempt <= 12; attempt += 1) {
      const { orderId, total } = await placed('calendar');
      if (await seen(total.amount)) return { orderId, amount: total.amount };
      await new Promise((resolve) => setTimeout(resolve, 100 * attempt));
    }
    throw new Error('no order was priced so');
  };
  const kept = async () => {
    const value = (await redis.get(key)) ?? '';
    return value.startsWith('{') ? entry.parse(JSON.parse(value)) : undefined;
  };

  test('carts are priced from it, and an order keeps the price it was placed with', async () => {
    await redis.del(key);
    const first = await placing(async () => (await kept())?.sku === sku);
    const product = await kept();
    const dearer = JSON.stringify({ ...product, unitPrice: (product?.unitPrice ?? 0) + 100 });
    const second = await placing(async (total) => {
      await redis.set(key, dearer, 'EX', 30);
      return total === first.amount + 100;
    });
    await redis.del(key);
    await placing(async (total) => total === first.amount);
    const seen = await shop.world.order('calendar', second.orderId);
    expect(order.parse(seen).total.amount).toBe(first.amount + 100);
  }, 60_000);

  test('nonsense in it fails nobody’s order, and is gone after it', async () => {
    await redis.set(key, 'nonsense', 'EX', 300);
    await placing(async () => (await kept())?.sku === sku);
  }, 60_000);
});

describe('orders over HTTP', () => {
  test('every way of the demo ends as promised, in the database and at Stripe', async () => {
    const lines: string[] = [];
    const story = new Story(shop.world, (line) => lines.push(line));
    const goods = [
      { sku: 'COF-ESP-250', quantity: 1 },
      { sku: 'TEA-ASM-100', quantity: 2 },
    ];
    const ledger = new Ledger(shop.world);
    try {
      const promises = [];
      for (const scenario of withSimulator) {
        promises.push(...(await scenario({ world: shop.world, story, goods })));
      }
      const rows = await ledger.compare(promises);
      expect(rows.filter((row) => !row.kept)).toEqual([]);
    } finally {
      await ledger.close();
    }
  }, 180_000);

  test('an order too late to cancel says so and stays', async () => {
    const customer = 'hesitant';
    const order = await shop.world.placeOrder(customer, [{ sku: 'COF-ESP-250', quantity: 1 }]);
    await shop.world.pay(customer, order.orderId, 'pm_card_visa');
    await until(
      'the order to be confirmed',
      () => shop.world.order(customer, order.orderId),
      (seen) => seen.status === 'confirmed',
    );
    await shop.world.pickAndPack('picker', order.orderId);
    await shop.world.deliver('rider', order.orderId);
    const answer = await send(`${shop.world.at.api}/orders/${order.orderId}/cancel`, {
      token: await shop.world.token(customer, 'customer'),
      body: {},
    });
    expect(answer.status).toBe(409);
    expect(problem.parse(JSON.parse(answer.text)).status).toBe(409);
  }, 60_000);
});
