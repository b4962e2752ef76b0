import { expect, test } from 'vitest';
import { compareWaits } from '../../../domain/shared/mailbox.ts';
import { useDatabase } from '../../support/database.ts';
import { at } from '../../support/shop.ts';

const db = useDatabase();

async function ordered() {
  await db.shop.seed({ 'MUG-1': 5 });
  const orderId = await db.shop.ordered([['MUG-1', 1]]);
  return { orderId, key: { orderId, step: 'payment', round: 1 } as const };
}
const lease = (seconds: number) =>
  db.shop.mailbox.leaseDeliveries(10, at(seconds), at(seconds + 30));
const tokens = async (seconds: number) => (await lease(seconds)).map((each) => each.token);

test('the callback comes before anyone waits for it: kept, and sent once the token is there', async () => {
  const { shop } = db;
  const { orderId, key } = await ordered();
  await shop.webhook(orderId, 'authorised', at(1));
  expect(await lease(1)).toEqual([]);
  expect(await shop.mailbox.registerToken(key, shop.wait('t'), at(2))).toEqual({ ready: true });
  expect(await tokens(2)).toEqual(['t']);
});

test('the token comes first: the outcome makes it ready', async () => {
  const { shop } = db;
  const { orderId, key } = await ordered();
  expect(await shop.mailbox.registerToken(key, shop.wait('t'), at(1))).toEqual({ ready: false });
  expect(await lease(1)).toEqual([]);
  await shop.webhook(orderId, 'authorised', at(2));
  expect(await tokens(2)).toEqual(['t']);
});

test('an older Lambda that registers its token afterwards changes nothing', async () => {
  const { shop } = db;
  const { orderId, key } = await ordered();
  const later = new Date(at(5)).toISOString();
  await shop.mailbox.registerToken(key, shop.wait('new', { run: 2 }), at(1));
  const older = [
    shop.wait('retried', { retryCount: 9 }),
    { ...shop.wait('redriven'), redriveCount: 3 },
    { ...shop.wait('entered'), enteredAt: later },
  ];
  for (const wait of older) {
    expect(await shop.mailbox.registerToken(key, wait, at(2))).toEqual({ ready: false });
  }
  await shop.webhook(orderId, 'authorised', at(3));
  expect(await tokens(3)).toEqual(['new']);
});

test('of two waits the later run is newer, then the redriven, then the later entered, then the retried', async () => {
  const { shop } = db;
  const { orderId, key } = await ordered();
  // Each newer one is behind in everything that counts for less.
  const waits = [
    { token: '1', run: 1, redriveCount: 0, enteredAt: at(5).toISOString(), retryCount: 0 },
    { token: '2', run: 1, redriveCount: 0, enteredAt: at(5).toISOString(), retryCount: 9 },
    { token: '3', run: 1, redriveCount: 0, enteredAt: at(9).toISOString(), retryCount: 5 },
    { token: '4', run: 1, redriveCount: 1, enteredAt: at(2).toISOString(), retryCount: 3 },
    { token: '5', run: 2, redriveCount: 0, enteredAt: at(1).toISOString(), retryCount: 0 },
  ];
  await shop.webhook(orderId, 'authorised', at(1));
  for (const wait of waits) {
    expect(await shop.mailbox.registerToken(key, wait, at(2))).toEqual({ ready: true });
  }
  for (const wait of waits.slice(0, -1).reverse()) {
    expect(await shop.mailbox.registerToken(key, wait, at(3))).toEqual({ ready: false });
  }
  expect(await tokens(3)).toEqual(['5']);
  const sorted = waits.toSorted(compareWaits).map((wait) => wait.token);
  expect(sorted).toEqual(['1', '2', '3', '4', '5']);
});

test('a round has at most one outcome', async () => {
  const { admin } = db;
  const { orderId } = await ordered();
  const put = async (outcome: string) => {
    const rows = await admin.begin(async (transaction) => {
      await transaction`set local search_path = kassa`;
      return transaction`select put_outcomes(array[${orderId}::uuid], 'payment', 1,
        ${JSON.stringify({ outcome })}::text::jsonb, ${at(1)}) as put`;
    });
    return rows[0]?.['put'];
  };
  expect(await put('expired')).toBe(1);
  expect(await put('authorised')).toBe(0);
  const rows = await admin`select outcome from kassa.mailbox`;
  expect(rows.map((row) => row['outcome'])).toEqual([{ outcome: 'expired' }]);
});

test('what one relay is leasing the other leaves alone, and does not wait for', async () => {
  const { shop, admin } = db;
  const { orderId, key } = await ordered();
  await shop.mailbox.registerToken(key, shop.wait('t'), at(1));
  await shop.webhook(orderId, 'authorised', at(2));
  await admin.begin(async (transaction) => {
    await transaction`select kassa.lease_mailbox(10, ${at(3)}, ${at(33)})`;
    expect(await lease(3)).toEqual([]);
  });
});

test('a newer token gets the stored outcome again, though the older was already answered', async () => {
  const { shop } = db;
  const { orderId, key } = await ordered();
  await shop.mailbox.registerToken(key, shop.wait('old'), at(1));
  await shop.webhook(orderId, 'authorised', at(2));
  expect(await tokens(2)).toEqual(['old']);
  await shop.mailbox.settleDeliveries([{ ...key, token: 'old', result: 'closed' }], at(3));
  expect(await lease(100)).toEqual([]);
  const wait = shop.wait('new', { retryCount: 1 });
  expect(await shop.mailbox.registerToken(key, wait, at(101))).toEqual({ ready: true });
  expect(await lease(101)).toMatchObject([{ token: 'new', attempts: 1 }]);
  await shop.mailbox.settleDeliveries([{ ...key, token: 'new', result: 'sent' }], at(102));
  expect(await lease(1000)).toEqual([]);
  expect(await shop.mailbox.registerToken(key, wait, at(1001))).toEqual({ ready: false });
});

test('the answer for an older token does not settle the newer one that came meanwhile', async () => {
  const { shop } = db;
  const { orderId, key } = await ordered();
  await shop.mailbox.registerToken(key, shop.wait('old'), at(1));
  await shop.webhook(orderId, 'authorised', at(2));
  await lease(2);
  await shop.mailbox.registerToken(key, shop.wait('new', { retryCount: 1 }), at(3));
  await shop.mailbox.settleDeliveries([{ ...key, token: 'old', result: 'sent' }], at(4));
  expect(await tokens(4)).toEqual(['new']);
});

test('a leased delivery comes back when its lease ends or when its answer says so, and not before', async () => {
  const { shop } = db;
  const { orderId, key } = await ordered();
  await shop.mailbox.registerToken(key, shop.wait('t'), at(1));
  await shop.webhook(orderId, 'authorised', at(2));
  const both = await Promise.all([lease(2), lease(2)]);
  expect(both.map((each) => each.length).sort()).toEqual([0, 1]);
  expect(await lease(31)).toEqual([]);
  expect(await lease(32)).toMatchObject([{ attempts: 2 }]);
  const retry = { ...key, token: 't', result: 'retry', retryAt: at(40) } as const;
  await shop.mailbox.settleDeliveries([retry], at(33));
  expect(await lease(39)).toEqual([]);
  expect(await lease(40)).toMatchObject([{ attempts: 3 }]);
});

test("the first delivery's outcome does not answer the second delivery's wait", async () => {
  const { shop } = db;
  const { orderId } = await ordered();
  const second = { orderId, step: 'delivery', round: 2 } as const;
  await shop.mailbox.registerToken({ ...second, round: 1 }, shop.wait('first'), at(1));
  await shop.mailbox.registerToken(second, shop.wait('second'), at(2));
  await db.admin`update kassa.mailbox set outcome = '{"outcome": "delivered"}'
    where order_id = ${orderId} and round = 1`;
  expect(await tokens(3)).toEqual(['first']);
});
