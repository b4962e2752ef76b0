import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { invariants, levelOf } from '../../support/invariants.ts';
import { openTestDatabase, type TestDatabase } from '../../support/postgres.ts';
import { at, createShop, newOrderId, type Shop } from '../../support/shop.ts';

let database: TestDatabase;
let shop: Shop;
beforeAll(async () => {
  database = await openTestDatabase();
  shop = createShop(database.sql);
});
afterAll(() => database.close());
beforeEach(() => database.clear());

const count = async (table: string) => {
  const rows =
    await database.admin`select count(*)::int as n from ${database.admin(`kassa.${table}`)}`;
  return rows[0]?.['n'];
};

test('the last unit is not sold twice by checkouts at the same moment', async () => {
  for (let round = 0; round < 10; round += 1) {
    await database.clear();
    await shop.seed({ 'LAST-1': 1 });
    const answers = await Promise.all([0, 1, 2, 3].map(() => shop.place([['LAST-1', 1]])));
    expect(answers.map((each) => each.outcome).sort()).toEqual([
      'placed',
      'short',
      'short',
      'short',
    ]);
    expect(answers.find((each) => each.outcome === 'short')).toEqual({
      outcome: 'short',
      shortages: [{ sku: 'LAST-1', requested: 1, available: 0 }],
    });
  }
});

test('400 buyers of 100 pieces: exactly 100 orders', async () => {
  await shop.seed({ 'MUG-1': 100 });
  const answers = await Promise.all(Array.from({ length: 400 }, () => shop.place([['MUG-1', 1]])));
  expect(answers.filter((each) => each.outcome === 'placed')).toHaveLength(100);
  expect(answers.filter((each) => each.outcome === 'short')).toHaveLength(300);
  expect(await count('orders')).toBe(100);
  expect(await levelOf(database.admin, 'MUG-1')).toEqual({ onHand: 100, reserved: 100 });
  await invariants(database.admin);
});

test('20 concurrent requests with one key: one order, 20 equal answers', async () => {
  await shop.seed({ 'MUG-1': 20 });
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => shop.place([['MUG-1', 1]], { key: 'one-key-for-all' })),
  );
  expect(answers.filter((each) => each.outcome === 'placed')).toHaveLength(1);
  const same = answers.map((each) => ({ ...each, outcome: 'any' }));
  expect(same).toEqual(same.map(() => same[0]));
  expect(await count('orders')).toBe(1);
  expect(await levelOf(database.admin, 'MUG-1')).toEqual({ onHand: 20, reserved: 1 });
});

test('20 concurrent requests with one key for the last piece: all get the order, none a shortage', async () => {
  await shop.seed({ 'MUG-1': 1 });
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => shop.place([['MUG-1', 1]], { key: 'one-key-for-all' })),
  );
  expect(answers.filter((each) => each.outcome === 'placed')).toHaveLength(1);
  expect(answers.filter((each) => each.outcome === 'existing')).toHaveLength(19);
});

test('two lines of one order that share a SKU are summed before they are checked', async () => {
  await shop.seed({ 'MUG-1': 5 });
  expect(
    await shop.place([
      ['MUG-1', 3],
      ['MUG-1', 3],
    ]),
  ).toEqual({ outcome: 'short', shortages: [{ sku: 'MUG-1', requested: 6, available: 5 }] });
  const orderId = await shop.ordered([
    ['MUG-1', 3],
    ['MUG-1', 2],
  ]);
  expect(await levelOf(database.admin, 'MUG-1')).toEqual({ onHand: 5, reserved: 5 });
  expect((await shop.orders.orderOf(orderId))?.lines).toHaveLength(2);
  await invariants(database.admin);
});

test('a shortage names every short SKU, an unknown one too, and leaves nothing behind', async () => {
  await shop.seed({ 'MUG-1': 1, 'TEE-1': 5 });
  expect(
    await shop.place(
      [
        ['TEE-1', 5],
        ['NONE-1', 1],
        ['MUG-1', 2],
      ],
      { key: 'short-request' },
    ),
  ).toEqual({
    outcome: 'short',
    shortages: [
      { sku: 'MUG-1', requested: 2, available: 1 },
      { sku: 'NONE-1', requested: 1, available: 0 },
    ],
  });
  for (const table of ['orders', 'checkout_requests', 'reservations', 'payments', 'outbox']) {
    expect([table, await count(table)]).toEqual([table, 0]);
  }
  expect(await levelOf(database.admin, 'TEE-1')).toEqual({ onHand: 5, reserved: 0 });
  expect((await shop.place([['MUG-1', 1]], { key: 'short-request' })).outcome).toBe('placed');
});

test('the same key with another body is refused, and with the same body answers the same order', async () => {
  await shop.seed({ 'MUG-1': 10 });
  const first = await shop.place([['MUG-1', 1]], { key: 'a-client-key', body: 'one' });
  const orderId = first.outcome === 'placed' ? first.orderId : newOrderId();
  expect(first).toMatchObject({ outcome: 'placed', intentRecorded: false });
  expect(await shop.place([['MUG-1', 2]], { key: 'a-client-key', body: 'other' })).toEqual({
    outcome: 'key_reused',
  });
  expect(
    await shop.place([['MUG-1', 1]], { key: 'a-client-key', body: 'one', now: at(60) }),
  ).toEqual({ ...first, outcome: 'existing' });
  await shop.recordIntent(orderId);
  expect(await shop.place([['MUG-1', 1]], { key: 'a-client-key', body: 'one' })).toMatchObject({
    outcome: 'existing',
    orderId,
    intentRecorded: true,
  });
  expect(
    await shop.place([['MUG-1', 1]], { key: 'a-client-key', body: 'one', customer: 'another' }),
  ).toMatchObject({ outcome: 'placed' });
});

test('after a release the same key places a new order', async () => {
  await shop.seed({ 'MUG-1': 1 });
  const dead = newOrderId();
  await shop.place([['MUG-1', 1]], { key: 'a-client-key', orderId: dead });
  expect(await shop.release(dead)).toEqual({ outcome: 'released' });
  const again = await shop.place([['MUG-1', 1]], { key: 'a-client-key', now: at(5) });
  expect(again.outcome).toBe('placed');
  expect(again).not.toMatchObject({ orderId: dead });
});

test('after an expiry without an intent the same key places a new order, with one it does not', async () => {
  await shop.seed({ 'MUG-1': 2 });
  const bare = newOrderId();
  await shop.place([['MUG-1', 1]], { key: 'without-intent', orderId: bare });
  const orderId = await shop.ordered([['MUG-1', 1]], { key: 'with-an-intent' });
  expect(await shop.expireAll(at(1000))).toBe(2);
  expect(await shop.place([['MUG-1', 1]], { key: 'without-intent', now: at(1000) })).toMatchObject({
    outcome: 'placed',
  });
  expect(await shop.place([['MUG-1', 1]], { key: 'with-an-intent', now: at(1000) })).toMatchObject({
    outcome: 'existing',
    orderId,
  });
});

test('compensation releases once, and nothing that another order holds', async () => {
  await shop.seed({ 'MUG-1': 5 });
  const dead = newOrderId();
  await shop.place([['MUG-1', 2]], { orderId: dead });
  await shop.ordered([['MUG-1', 3]]);
  const answers = await Promise.all([1, 2, 3, 4].map(() => shop.release(dead)));
  expect(answers.map((each) => each.outcome)).toEqual(Array(4).fill('released'));
  expect(await levelOf(database.admin, 'MUG-1')).toEqual({ onHand: 5, reserved: 3 });
  expect(await shop.recordIntent(dead)).toEqual({ outcome: 'superseded' });
  await invariants(database.admin);
});

test('an order with a recorded intent is not released', async () => {
  await shop.seed({ 'MUG-1': 5 });
  const orderId = await shop.ordered([['MUG-1', 2]]);
  expect(await shop.release(orderId, true)).toEqual({ outcome: 'intent_recorded' });
  expect(await levelOf(database.admin, 'MUG-1')).toEqual({ onHand: 5, reserved: 2 });
  expect((await shop.orders.orderOf(orderId))?.status).toBe('awaiting_payment');
});

test('orders with the same SKUs in another order do not deadlock', async () => {
  await shop.seed({ 'AAA-1': 1000, 'BBB-1': 1000, 'CCC-1': 1000 });
  const wishes = [
    [
      ['AAA-1', 1],
      ['BBB-1', 1],
      ['CCC-1', 1],
    ],
    [
      ['CCC-1', 1],
      ['BBB-1', 1],
      ['AAA-1', 1],
    ],
    [
      ['BBB-1', 1],
      ['AAA-1', 1],
    ],
  ] as const;
  await Promise.all(
    Array.from({ length: 300 }, (_, index) => shop.place(wishes[index % 3] ?? wishes[0])),
  );
  expect(await deadlocks(database)).toBe(0);
  await invariants(database.admin);
});

test('eight lanes of expiry, cancellations, late money and new orders over the same SKUs do not deadlock', async () => {
  await shop.seed({ 'AAA-1': 5000, 'BBB-1': 5000, 'CCC-1': 5000 });
  const wishes = [
    [
      ['AAA-1', 1],
      ['BBB-1', 1],
      ['CCC-1', 1],
    ],
    [
      ['CCC-1', 1],
      ['AAA-1', 1],
    ],
    [
      ['BBB-1', 1],
      ['AAA-1', 1],
    ],
  ] as const;
  const orders = await Promise.all(
    Array.from({ length: 240 }, (_, index) => shop.ordered(wishes[index % 3] ?? wishes[0])),
  );
  const lanes = Array.from({ length: 8 }, (_, lane) => lane).flatMap((lane) =>
    [1, 2, 3].map(() => shop.expiry.expireBatch({ lane, lanes: 8, batchSize: 10 }, at(1000))),
  );
  await Promise.all([
    ...lanes,
    ...orders.slice(0, 40).map((orderId) => shop.webhook(orderId, 'authorised', at(1000))),
    ...orders.slice(40, 80).map((orderId) => shop.cancelIt(orderId, at(1000))),
    ...orders.slice(80, 120).map((orderId) => shop.webhook(orderId, 'canceled', at(1000))),
    ...Array.from({ length: 60 }, (_, index) =>
      shop.place(wishes[index % 3] ?? wishes[0], { now: at(1000) }),
    ),
  ]);
  expect(await deadlocks(database)).toBe(0);
  await invariants(database.admin);
});

/** As PostgreSQL counts them: the stores would try again and hide them. */
async function deadlocks({ admin }: TestDatabase): Promise<unknown> {
  await admin`select pg_stat_force_next_flush()`;
  const rows =
    await admin`select deadlocks::int as n from pg_stat_database where datname = current_database()`;
  return rows[0]?.['n'];
}
