import { expect, test } from 'vitest';
import { untilBlocked, useDatabase } from '../../support/database.ts';
import { invariants, levelOf } from '../../support/invariants.ts';
import { at, newOrderId, webhookOf } from '../../support/shop.ts';

const db = useDatabase();

test('overdue orders are expired in batches, others left; their goods and mailboxes follow', async () => {
  const { shop, admin } = db;
  await shop.seed({ 'MUG-1': 100 });
  const overdue = await Promise.all(Array.from({ length: 25 }, () => shop.ordered([['MUG-1', 2]])));
  const later = await shop.ordered([['MUG-1', 1]], { now: at(500) });
  expect(await shop.expiry.measureTail(at(899))).toEqual({ size: 0, oldestAge: 0 });
  expect(await shop.expiry.measureTail(at(1000))).toEqual({
    size: 25,
    oldestAge: 100,
    silent: true,
  });
  const batch = { lane: 0, lanes: 1, batchSize: 10 };
  expect(await shop.expiry.expireBatch(batch, at(899))).toEqual({ expired: 0 });
  expect(await shop.expiry.expireBatch(batch, at(1000))).toEqual({ expired: 10 });
  expect(await shop.expiry.expireBatch(batch, at(1000))).toEqual({ expired: 10 });
  expect(await shop.expiry.expireBatch(batch, at(1000))).toEqual({ expired: 5 });
  expect(await shop.expiry.expireBatch(batch, at(1000))).toEqual({ expired: 0 });
  expect(await levelOf(admin, 'MUG-1')).toEqual({ onHand: 100, reserved: 1 });
  expect((await shop.orders.orderOf(later))?.status).toBe('awaiting_payment');
  const [orderId] = overdue;
  if (orderId === undefined) throw new Error('no order');
  const key = { orderId, step: 'payment', round: 1 } as const;
  expect(await shop.mailbox.registerToken(key, shop.wait('t'), at(1001))).toEqual({ ready: true });
  expect(await shop.mailbox.leaseDeliveries(10, at(1001), at(1060))).toMatchObject([
    { ...key, outcome: { outcome: 'expired' } },
  ]);
  await invariants(admin);
});

test('lanes share the tail out and together take all of it', async () => {
  const { shop, admin } = db;
  await shop.seed({ 'AAA-1': 500, 'BBB-1': 500 });
  await Promise.all(
    Array.from({ length: 80 }, (_, index) =>
      shop.ordered(
        index % 2 === 0
          ? [
              ['AAA-1', 1],
              ['BBB-1', 2],
            ]
          : [['BBB-1', 1]],
      ),
    ),
  );
  const lanes = [0, 1, 2, 3].map((lane) =>
    shop.expiry.expireBatch({ lane, lanes: 4, batchSize: 100 }, at(1000)),
  );
  const expired = (await Promise.all(lanes)).map((each) => each.expired);
  expect(expired.reduce((sum, each) => sum + each, 0)).toBe(80);
  expect(expired.every((each) => each > 0)).toBe(true);
  expect(await levelOf(admin, 'BBB-1')).toEqual({ onHand: 500, reserved: 0 });
  await invariants(admin);
});

test('an order chosen as overdue that was paid meanwhile is checked again on the writer', async () => {
  const { shop, admin } = db;
  await shop.seed({ 'MUG-1': 5 });
  const orderId = await shop.ordered([['MUG-1', 1]]);
  const { expiry } = await admin.begin(async (transaction) => {
    // Expiry chooses the order, then waits for its stock.
    await transaction`select 1 from kassa.stock where sku = 'MUG-1' for update`;
    const expired = shop.expireAll(at(1000));
    await untilBlocked(admin);
    expect(await shop.webhook(orderId, 'authorised', at(1000))).toBe('applied');
    return { expiry: expired };
  });
  expect(await expiry).toBe(0);
  expect((await shop.orders.orderOf(orderId))?.status).toBe('authorised');
  await invariants(admin);
});

test('a webhook kept while expiry waits for its locks saves the order', async () => {
  const { shop, admin } = db;
  await shop.seed({ 'MUG-1': 5 });
  const orderId = await shop.ordered([['MUG-1', 1]]);
  const { expiry } = await admin.begin(async (transaction) => {
    await transaction`select 1 from kassa.stock where sku = 'MUG-1' for update`;
    const expired = shop.expireAll(at(1000));
    await untilBlocked(admin);
    await shop.inbox.keep(webhookOf(orderId, 'authorised', 'evt_1'), at(1000));
    return { expiry: expired };
  });
  expect(await expiry).toBe(0);
});

test('an order with an unprocessed webhook is left alone for ten minutes', async () => {
  const { shop } = db;
  await shop.seed({ 'MUG-1': 5 });
  const orderId = await shop.ordered([['MUG-1', 1]]);
  await shop.inbox.keep(webhookOf(orderId, 'authorised', 'evt_1'), at(890));
  expect(await shop.expiry.measureTail(at(1000))).toEqual({ size: 0, oldestAge: 0 });
  expect(await shop.expireAll(at(1489))).toBe(0);
  expect(await shop.expireAll(at(1490))).toBe(1);
});

test('a webhook that changes nothing is no reason to leave an order alone', async () => {
  const { shop } = db;
  await shop.seed({ 'MUG-1': 5 });
  const orderId = await shop.ordered([['MUG-1', 1]]);
  const created = { ...webhookOf(orderId, 'declined', 'evt_1'), type: 'payment_intent.created' };
  expect(await shop.inbox.keep(created, at(999))).toBe('kept');
  expect(await shop.inbox.keep(created, at(999))).toBe('duplicate');
  expect(await shop.expireAll(at(1000))).toBe(1);
  expect(await shop.inbox.lease(10, at(1001), at(1030))).toEqual([]);
});

test('expiry does not wait for an order that another transaction holds', async () => {
  const { shop, admin } = db;
  await shop.seed({ 'MUG-1': 5 });
  const held = await shop.ordered([['MUG-1', 1]]);
  await shop.ordered([['MUG-1', 1]]);
  await admin.begin(async (transaction) => {
    await transaction`select 1 from kassa.orders where order_id = ${held} for update`;
    expect(await shop.expireAll(at(1000))).toBe(1);
  });
  expect(await shop.expireAll(at(1000))).toBe(1);
});

const runs = async () => {
  const rows = await db.admin`select machine || ' ' || run as run from kassa.outbox
    where kind = 'execution' order by outbox_id`;
  return rows.map((row) => row['run']);
};
const nothing = { payments: 0, fulfilments: 0, settlements: 0 };

test('a payment execution that never began is started, and a failed one goes on under the next name', async () => {
  const { shop } = db;
  await shop.seed({ 'MUG-1': 5 });
  const orderId = await shop.ordered([['MUG-1', 1]]);
  expect(await shop.expiry.restartExecutions(at(119), 10)).toEqual(nothing);
  expect(await shop.expiry.restartExecutions(at(120), 10)).toEqual({ ...nothing, payments: 1 });
  expect(await shop.expiry.restartExecutions(at(180), 10)).toEqual(nothing);
  const [, entry] = await shop.outbox.leaseOutbox(10, at(180), at(240));
  expect(entry).toMatchObject({
    ...{ kind: 'execution', machine: 'payment', name: `${orderId}.1.1` },
    input: { orderId, generation: 1, run: 1, correlationId: 'test-1' },
  });
  if (entry === undefined) throw new Error('no entry');
  await shop.outbox.settleOutbox([{ id: entry.id, result: 'failed_execution' }], at(181));
  expect(await shop.expiry.restartExecutions(at(300), 10)).toEqual({ ...nothing, payments: 1 });
  expect(await runs()).toEqual(['payment 1', 'payment 2']);
  await shop.mailbox.registerToken({ orderId, step: 'payment', round: 1 }, shop.wait('t'), at(301));
  expect(await shop.expiry.restartExecutions(at(500), 10)).toEqual(nothing);
});

test('ten runs are enough: then a person is told, once', async () => {
  const { shop, admin } = db;
  await shop.seed({ 'MUG-1': 5 });
  await shop.ordered([['MUG-1', 1]]);
  for (let round = 1; round <= 13; round += 1) {
    await shop.expiry.restartExecutions(at(round * 120), 10);
    await admin`update kassa.outbox set settled_at = ${at(round * 120)}, settled_as = 'failed_execution'
      where kind = 'execution' and settled_at is null`;
  }
  expect(await runs()).toHaveLength(10);
  expect(await admin`select 1 from kassa.findings where kind = 'runs_exhausted'`).toHaveLength(1);
});

test('an execution that was started and never asked for its token is asked after again', async () => {
  const { shop } = db;
  await shop.seed({ 'MUG-1': 5 });
  await shop.ordered([['MUG-1', 1]]);
  await shop.expiry.restartExecutions(at(120), 10);
  const settleAll = async (now: Date) => {
    const entries = await shop.outbox.leaseOutbox(10, now, now);
    await shop.outbox.settleOutbox(
      entries.map(({ id }) => ({ id, result: 'done' })),
      now,
    );
    return entries.filter((each) => each.kind === 'execution').length;
  };
  expect(await settleAll(at(121))).toBe(1);
  expect(await shop.expiry.restartExecutions(at(300), 10)).toEqual(nothing);
  expect(await settleAll(at(301))).toBe(1);
  expect(await runs()).toEqual(['payment 1']);
});

test('an order whose execution is over before it heard the outcome gets the next run', async () => {
  const { shop } = db;
  await shop.seed({ 'MUG-1': 5 });
  const orderId = await shop.ordered([['MUG-1', 1]]);
  const key = { orderId, step: 'payment', round: 1 } as const;
  await shop.mailbox.registerToken(key, shop.wait('t'), at(1));
  await shop.webhook(orderId, 'authorised', at(2));
  await shop.mailbox.leaseDeliveries(10, at(2), at(60));
  await shop.mailbox.settleDeliveries([{ ...key, token: 't', result: 'closed' }], at(3));
  expect(await shop.expiry.restartExecutions(at(200), 10)).toEqual({ ...nothing, payments: 1 });
});

test('an intent of unknown fate, and a checkout that died before its intent, are settled', async () => {
  const { shop } = db;
  await shop.seed({ 'MUG-1': 5 });
  const unknown = newOrderId();
  await shop.place([['MUG-1', 1]], { orderId: unknown });
  await shop.release(unknown, true);
  const released = newOrderId();
  await shop.place([['MUG-1', 1]], { orderId: released });
  await shop.release(released, false);
  const died = newOrderId();
  await shop.place([['MUG-1', 1]], { orderId: died });
  expect(await shop.expiry.restartExecutions(at(119), 10)).toEqual(nothing);
  expect(await shop.expiry.restartExecutions(at(120), 10)).toEqual({ ...nothing, settlements: 1 });
  await shop.expireAll(at(1000));
  expect(await shop.expiry.restartExecutions(at(1119), 10)).toEqual(nothing);
  expect(await shop.expiry.restartExecutions(at(1120), 10)).toEqual({ ...nothing, settlements: 1 });
  expect(await shop.payments.markVoiding(shop.order(died), at(1121))).toMatchObject({
    outcome: 'voiding',
    paymentIntentId: null,
  });
  expect((await shop.orders.orderOf(released))?.paymentStatus).toBe('voided');
});

test('a confirmed order that nobody picks gets its fulfilment', async () => {
  const { shop } = db;
  await shop.seed({ 'MUG-1': 5 });
  const orderId = await shop.confirmed([['MUG-1', 1]]);
  await shop.mailbox.registerToken({ orderId, step: 'payment', round: 1 }, shop.wait('t'), at(1));
  expect(await shop.expiry.restartExecutions(at(119), 10)).toEqual(nothing);
  expect(await shop.expiry.restartExecutions(at(120), 10)).toEqual({ ...nothing, fulfilments: 1 });
  await shop.warehouse.openPickTask({ orderId, step: 'pick', round: 1 }, shop.wait('p'), at(121));
  expect(await shop.expiry.restartExecutions(at(600), 10)).toEqual(nothing);
  expect(await runs()).toEqual(['fulfilment 1']);
});

test('a void that nobody carried out for six hours is settled', async () => {
  const { shop } = db;
  await shop.seed({ 'MUG-1': 5 });
  const orderId = await shop.ordered([['MUG-1', 1]]);
  await shop.expireAll(at(1000));
  await shop.payments.markVoiding(shop.order(orderId), at(1001));
  expect(await shop.expiry.restartExecutions(at(1001 + 6 * 3600 - 1), 10)).toEqual(nothing);
  expect(await shop.expiry.restartExecutions(at(1001 + 6 * 3600), 10)).toEqual({
    ...nothing,
    settlements: 1,
  });
});
