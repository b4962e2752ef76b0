import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { send, until } from '../../local/demo/http.ts';
import { type Shop, startShop } from '../support/running-shop.ts';

let shop: Shop;

beforeAll(async () => {
  shop = await startShop();
});

afterAll(async () => {
  await shop.close();
});

/** A call of the API as somebody of a group; the answer's body is read as JSON. */
async function call(
  group: 'warehouse' | 'courier' | 'operations',
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
) {
  const token = await shop.world.token(`${group}-1`, group);
  const answer = await send(`${shop.world.at.api}${path}`, {
    token,
    headers,
    ...(body === undefined ? {} : { body }),
  });
  const json: unknown = JSON.parse(answer.text);
  return { status: answer.status, json };
}

const stockSchema = z.object({
  stock: z.array(z.object({ sku: z.string(), onHand: z.int(), reserved: z.int() })),
});

async function levelOf(sku: string) {
  const { json } = await call('warehouse', `/warehouse/stock?sku=${sku}`);
  return stockSchema.parse(json).stock[0];
}

function reaches(customer: string, orderId: string, status: string) {
  return until(
    `the order to be ${status}`,
    () => shop.world.order(customer, orderId),
    (seen) => seen.status === status,
  );
}

/** As a client does it: a checkout that did not answer in time is sent again under its key. */
async function placeOrder(customer: string, sku: string, quantity: number): Promise<string> {
  const token = await shop.world.token(customer, 'customer');
  const key = randomUUID();
  const answer = await until(
    'the checkout to answer',
    () =>
      send(`${shop.world.at.api}/orders`, {
        token,
        headers: { 'idempotency-key': key },
        body: { items: [{ sku, quantity }], shippingAddress: address },
      }),
    ({ status }) => status !== 503,
  );
  expect(answer.status).toBe(201);
  return z.object({ orderId: z.string() }).parse(JSON.parse(answer.text)).orderId;
}

const address = {
  recipient: 'Ada Byron',
  line1: 'Torstrasse 1',
  postalCode: '10119',
  city: 'Berlin',
  country: 'DE',
};

test('a goods receipt sent twice under one key is booked once', async () => {
  const before = await levelOf('TEA-SEN-100');
  const headers = { 'idempotency-key': randomUUID() };
  const body = { lines: [{ sku: 'TEA-SEN-100', quantity: 40 }], reason: 'delivery note 4711' };
  for (let n = 0; n < 2; n += 1) {
    expect((await call('warehouse', '/warehouse/receipts', body, headers)).status).toBe(201);
  }
  expect(await levelOf('TEA-SEN-100')).toMatchObject({ onHand: (before?.onHand ?? 0) + 40 });
  const other = { ...body, reason: 'another' };
  expect((await call('warehouse', '/warehouse/receipts', other, headers)).status).toBe(422);
});

test('the warehouse counts 1 where 2 are reserved: the unpaid order is cancelled', async () => {
  const orderId = await placeOrder('collector', 'RAR-CHW-002', 2);
  const body = { sku: 'RAR-CHW-002', counted: 1, reason: 'one is broken' };
  const headers = { 'idempotency-key': randomUUID() };
  const answer = await call('warehouse', '/warehouse/corrections', body, headers);
  expect(answer).toMatchObject({ status: 201, json: { cancelledOrders: [orderId] } });
  await reaches('collector', orderId, 'cancelled');
  expect(await levelOf('RAR-CHW-002')).toMatchObject({ onHand: 1, reserved: 0 });
}, 60_000);

test('operations finds a delivered order, and gives back no more than was captured', async () => {
  const customer = 'returner';
  const orderId = await placeOrder(customer, 'BRW-KTL-900', 1);
  await shop.world.pay(customer, orderId, 'pm_card_visa');
  await reaches(customer, orderId, 'confirmed');
  await shop.world.pickAndPack('picker', orderId);
  await shop.world.deliver('rider', orderId);
  await reaches(customer, orderId, 'delivered');

  for (const by of ['sku=BRW-KTL-900', `customerId=${customer}`, `orderId=${orderId}`]) {
    expect(await call('operations', `/operations/orders?${by}`)).toMatchObject({
      status: 200,
      json: { orders: [{ orderId, customerId: customer }] },
    });
  }
  const seen = await until(
    'the timeline to be whole',
    () => call('operations', `/operations/orders/${orderId}`),
    ({ json }) => JSON.stringify(json).includes('OrderDelivered'),
  );
  expect(JSON.stringify(seen.json)).not.toContain('_secret');

  const refunds = `/operations/orders/${orderId}/refunds`;
  const refund = (amount: number, key: string) =>
    call('operations', refunds, { amount, reason: 'scratched' }, { 'idempotency-key': key });
  const key = randomUUID();
  const first = await refund(300, key);
  expect(first).toMatchObject({
    status: 202,
    json: { refund: { amount: { amount: 300, currency: 'EUR' } } },
  });
  const again = await refund(300, key);
  const refundIdOf = (json: unknown) =>
    z.object({ refund: z.object({ refundId: z.string() }) }).parse(json).refund.refundId;
  expect(refundIdOf(again.json)).toBe(refundIdOf(first.json));
  expect(await refund(1_000_000, randomUUID())).toMatchObject({ status: 409 });
}, 120_000);

async function packed(customer: string, sku: string): Promise<string> {
  const orderId = await placeOrder(customer, sku, 2);
  await shop.world.pay(customer, orderId, 'pm_card_visa');
  await reaches(customer, orderId, 'confirmed');
  await shop.world.pickAndPack('picker', orderId);
  return orderId;
}

const refundSchema = z.object({ refundedAmount: z.object({ amount: z.int() }).optional() });

/** What operations sees to have gone back, once it has. */
async function refundOf(orderId: string) {
  const orderSchema = z.object({ order: refundSchema });
  const seen = await until(
    'the refund',
    async () => {
      const { json } = await call('operations', `/operations/orders/${orderId}`);
      return orderSchema.parse(json).order.refundedAmount?.amount ?? 0;
    },
    (amount) => amount > 0,
  );
  return seen;
}

test('cancelled after packing: the parcel is withdrawn, the goods are back, the money too', async () => {
  const before = await levelOf('KIT-PAN-CST');
  const orderId = await packed('regretful', 'KIT-PAN-CST');
  const answer = await send(`${shop.world.at.api}/orders/${orderId}/cancel`, {
    token: await shop.world.token('regretful', 'customer'),
    body: { reason: 'changed my mind' },
  });
  expect(answer.status).toBe(202);
  await reaches('regretful', orderId, 'cancelled');
  expect(await levelOf('KIT-PAN-CST')).toEqual(before);
  expect(await refundOf(orderId)).toBeGreaterThan(0);
}, 180_000);

test('three failed attempts: the parcel comes back, what is good is for sale again, all is refunded', async () => {
  const before = await levelOf('KIT-WOK-STL');
  const orderId = await packed('absent', 'KIT-WOK-STL');
  for (const attempt of [1, 2, 3]) {
    const path = `/courier/deliveries/${orderId}.${attempt}`;
    const accepted = await until(
      `attempt ${attempt} to be accepted`,
      () => call('courier', `${path}/accept`, {}),
      ({ status }) => status !== 404,
    );
    expect(accepted.status).toBe(200);
    expect((await call('courier', `${path}/failed`, { reason: 'nobody_home' })).status).toBe(200);
  }
  await reaches('absent', orderId, 'returning');
  const tasksSchema = z.object({
    tasks: z.array(z.object({ taskId: z.string(), orderId: z.string() })),
  });
  const { json } = await call('warehouse', '/warehouse/returns');
  const task = tasksSchema.parse(json).tasks.find((each) => each.orderId === orderId);
  const received = await call('warehouse', `/warehouse/tasks/${task?.taskId}/return-received`, {
    lines: [{ sku: 'KIT-WOK-STL', good: 1, damaged: 1 }],
  });
  expect(received.status).toBe(200);
  await reaches('absent', orderId, 'returned');
  expect(await levelOf('KIT-WOK-STL')).toMatchObject({ onHand: (before?.onHand ?? 0) - 1 });
  expect(await refundOf(orderId)).toBeGreaterThan(0);
}, 240_000);
