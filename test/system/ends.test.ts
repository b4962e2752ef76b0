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

const customer = 'ends-customer';
const address = {
  recipient: 'Ada Byron',
  line1: 'Torstrasse 1',
  postalCode: '10119',
  city: 'Berlin',
  country: 'DE',
};

async function call(
  group: string,
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
) {
  const token = await shop.world.token(group === 'customer' ? customer : `ends-${group}`, group);
  const answer = await send(`${shop.world.at.api}${path}`, {
    token,
    headers,
    ...(body === undefined ? {} : { body }),
  });
  const json: unknown = JSON.parse(answer.text);
  return { status: answer.status, json };
}

async function confirmed(sku: string, quantity: number, shortagePolicy: 'partial' | 'nothing') {
  const { json } = await call(
    'customer',
    '/orders',
    { items: [{ sku, quantity }], shippingAddress: address, shortagePolicy },
    { 'idempotency-key': randomUUID() },
  );
  const { orderId } = z.looseObject({ orderId: z.string() }).parse(json);
  await shop.world.pay(customer, orderId, 'pm_card_visa');
  await reaches(orderId, { status: 'confirmed' });
  return orderId;
}

async function reaches(orderId: string, wanted: Readonly<Record<string, string>>) {
  return until(
    `the order to be ${JSON.stringify(wanted)}`,
    () => shop.world.order(customer, orderId),
    (seen) => Object.entries(wanted).every(([field, value]) => seen[field] === value),
    120,
  );
}

const tasksSchema = z.object({
  tasks: z.array(z.looseObject({ taskId: z.string(), orderId: z.string() })),
});

async function taskOf(orderId: string, path: string): Promise<string> {
  const task = await until(
    'the task',
    async () => {
      const { json } = await call('warehouse', `${path}?limit=100`);
      return tasksSchema.parse(json).tasks.find((one) => one.orderId === orderId);
    },
    (seen) => seen !== undefined,
  );
  return task?.taskId ?? '';
}

/** A worker looks for the pieces and finds this many. */
async function picked(orderId: string, sku: string, quantity: number) {
  const path = `/warehouse/tasks/${await taskOf(orderId, '/warehouse/tasks')}`;
  expect((await call('warehouse', `${path}/claim`, {})).status).toBe(200);
  const found = quantity === 0 ? [] : [{ sku, quantity }];
  return call('warehouse', `${path}/complete`, { picked: found, missing: true });
}

const levelSchema = z.array(z.object({ on_hand: z.int(), reserved: z.int() }));
async function levelOf(sku: string) {
  const [level] = levelSchema.parse(
    await shop.sql`SELECT on_hand, reserved FROM stock WHERE sku = ${sku}`,
  );
  if (level === undefined) throw new Error(`${sku} is not in stock`);
  return level;
}

/** What Stripe holds and took of the order's card. */
async function atStripe(orderId: string) {
  const { status, amount_received, amount_capturable } = await shop.world.intent(
    shop.world.intentOf(orderId),
  );
  return { status, amount_received, amount_capturable };
}
const nothingTaken = { status: 'canceled', amount_received: 0, amount_capturable: 0 };

async function openFindings(orderId: string) {
  return shop.sql`SELECT kind FROM findings WHERE order_id = ${orderId} AND resolved_at IS NULL`;
}

const endWait = (orderId: string, wait: string, outcome: unknown) =>
  call('operations', `/operations/orders/${orderId}/waits/${wait}/end`, {
    outcome,
    reason: 'nobody else will',
  });

/** Ends it as soon as the machine waits there. */
async function ended(orderId: string, wait: string, outcome: unknown) {
  const answer = await until(
    `the wait ${wait}`,
    () => endWait(orderId, wait, outcome),
    ({ status }) => status !== 409,
  );
  expect(answer).toMatchObject({ status: 200, json: { orderId, status: 'ended' } });
  expect((await endWait(orderId, wait, outcome)).status, 'it has its outcome').toBe(409);
}

async function isRefunded(orderId: string) {
  await until(
    'all that was captured to be given back',
    () => shop.sql`SELECT 1 FROM payments p WHERE order_id = ${orderId} AND captured_amount > 0
      AND captured_amount = (SELECT sum(amount) FROM refunds r
        WHERE r.order_id = p.order_id AND r.status = 'succeeded')`,
    (rows) => rows.length === 1,
    120,
  );
}

test('one of two cannot be found, and the customer wants all or nothing: cancelled, voided, the found one stays for sale', async () => {
  const sku = 'TAB-PLT-27';
  const before = await levelOf(sku);
  const orderId = await confirmed(sku, 2, 'nothing');
  expect((await picked(orderId, sku, 1)).status).toBe(200);
  await reaches(orderId, { status: 'cancelled', paymentStatus: 'voided' });
  expect(await levelOf(sku)).toEqual({ on_hand: before.on_hand - 1, reserved: before.reserved });
  expect(await atStripe(orderId)).toEqual(nothingTaken);
  expect(await openFindings(orderId)).toEqual([]);
}, 120_000);

test('nothing at all can be found: cancelled and voided, though a part would have done', async () => {
  const sku = 'TAB-PLT-21';
  const before = await levelOf(sku);
  const orderId = await confirmed(sku, 2, 'partial');
  expect((await picked(orderId, sku, 0)).status).toBe(200);
  await reaches(orderId, { status: 'cancelled', paymentStatus: 'voided' });
  expect(await levelOf(sku)).toEqual({ on_hand: before.on_hand - 2, reserved: before.reserved });
  expect(await atStripe(orderId)).toEqual(nothingTaken);
  expect(await openFindings(orderId)).toEqual([]);
}, 120_000);

test('a manager ends a pick nobody makes: the order is cancelled, its goods free, its money let go', async () => {
  const sku = 'TAB-BWL-16';
  const before = await levelOf(sku);
  const orderId = await confirmed(sku, 1, 'nothing');
  const taskId = await taskOf(orderId, '/warehouse/tasks');
  expect((await endWait(orderId, 'delivery/1', { outcome: 'lost' })).status, 'no such wait').toBe(
    409,
  );
  await ended(orderId, 'pick/1', { outcome: 'cancelled' });
  await reaches(orderId, { status: 'cancelled', paymentStatus: 'voided' });
  expect((await call('warehouse', `/warehouse/tasks/${taskId}/claim`, {})).status).toBe(409);
  expect(await levelOf(sku)).toEqual(before);
  expect(await atStripe(orderId)).toEqual(nothingTaken);
}, 120_000);

test('a manager ends a delivery of which no courier tells any more: lost, refunded', async () => {
  const sku = 'KIT-PAN-CST';
  const before = await levelOf(sku);
  const orderId = await confirmed(sku, 1, 'nothing');
  await shop.world.pickAndPack('ends-picker', orderId);
  await ended(orderId, 'delivery/1', { outcome: 'lost' });
  await reaches(orderId, { status: 'lost' });
  await isRefunded(orderId);
  expect(await levelOf(sku)).toEqual({ on_hand: before.on_hand - 1, reserved: before.reserved });
}, 120_000);

test('a manager ends a delivery whose parcel is known to have arrived: delivered, and paid for', async () => {
  const orderId = await confirmed('BRW-KTL-900', 1, 'nothing');
  await shop.world.pickAndPack('ends-picker', orderId);
  await ended(orderId, 'delivery/1', { outcome: 'delivered' });
  await reaches(orderId, { status: 'delivered', paymentStatus: 'captured' });
}, 120_000);

test('a manager ends a return: what came back is for sale again, the rest written off, all refunded', async () => {
  const sku = 'KIT-WOK-STL';
  const before = await levelOf(sku);
  const orderId = await confirmed(sku, 2, 'nothing');
  await shop.world.pickAndPack('ends-picker', orderId);
  for (const attempt of [1, 2, 3]) {
    await ended(orderId, `delivery/${attempt}`, { outcome: 'failed', reason: 'address_unknown' });
  }
  await reaches(orderId, { status: 'returning' });
  const tooMany = [{ sku, good: 2, damaged: 1 }];
  const refused = await until(
    'the return to be waited for',
    () => endWait(orderId, 'return/1', { outcome: 'returned', lines: tooMany }),
    ({ status }) => status !== 409,
  );
  expect(refused.status, 'more than was packed').toBe(422);
  await ended(orderId, 'return/1', { outcome: 'returned', lines: [{ sku, good: 1, damaged: 1 }] });
  await reaches(orderId, { status: 'returned' });
  await isRefunded(orderId);
  expect(await levelOf(sku)).toEqual({ on_hand: before.on_hand - 1, reserved: before.reserved });
}, 240_000);
