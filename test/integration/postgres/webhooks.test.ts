import { expect, test } from 'vitest';
import { meaningOf } from '../../../domain/payments/webhooks.ts';
import type { OrderId } from '../../../domain/shared/ids.ts';
import { untilBlocked, useDatabase } from '../../support/database.ts';
import { invariants, levelOf } from '../../support/invariants.ts';
import { at, intentOf, newOrderId, webhookOf } from '../../support/shop.ts';

const db = useDatabase();

const eventsOf = async (orderId: OrderId) => {
  const rows = await db.admin`select type from kassa.outbox
    where order_id = ${orderId} and kind = 'event' order by sequence`;
  return rows.map((row) => row['type']);
};
const runsOf = async (orderId: OrderId) => {
  const rows = await db.admin`select machine, run, input from kassa.outbox
    where order_id = ${orderId} and kind = 'execution' order by machine, run`;
  return rows.map((row) => `${row['machine']} ${row['run']}`);
};
const statusOf = async (orderId: OrderId) => {
  const view = await db.shop.orders.orderOf(orderId);
  return [view?.status, view?.paymentStatus];
};
const outcomeOf = async (orderId: OrderId) => {
  const rows = await db.admin`select outcome ->> 'outcome' as outcome from kassa.mailbox
    where order_id = ${orderId} and step = 'payment'`;
  return rows[0]?.['outcome'];
};

test('the webhook comes before the order, and before its intent is recorded: kept, and applied later', async () => {
  const { shop } = db;
  await shop.seed({ 'MUG-1': 5 });
  const orderId = newOrderId();
  expect(await shop.webhook(orderId, 'authorised', at(0), 'evt_1')).toBe('early');
  await shop.place([['MUG-1', 1]], { orderId });
  const [leased] = await shop.inbox.lease(10, at(1), at(30));
  expect(leased).toMatchObject({ eventId: 'evt_1', attempts: 1, keptAt: at(0).toISOString() });
  for (const kind of ['authorised', 'declined', 'canceled'] as const) {
    expect(
      await shop.webhook(orderId, kind, at(1), kind === 'authorised' ? 'evt_1' : undefined),
    ).toBe('early');
  }
  await shop.inbox.postpone('evt_1', { retryAt: at(10) }, at(1));
  expect(await shop.inbox.lease(10, at(9), at(30))).toHaveLength(2);
  expect((await shop.inbox.lease(10, at(10), at(30))).map((each) => each.eventId)).toEqual([
    'evt_1',
  ]);
  await shop.recordIntent(orderId);
  expect(await shop.webhook(orderId, 'authorised', at(11), 'evt_1')).toBe('applied');
  expect(await statusOf(orderId)).toEqual(['authorised', 'authorised']);
});

test('the same webhook three times, and at once, moves the order once', async () => {
  const { shop } = db;
  await shop.seed({ 'MUG-1': 5 });
  const orderId = await shop.ordered([['MUG-1', 1]]);
  const webhook = webhookOf(orderId, 'authorised', 'evt_same');
  const kept = await Promise.all([1, 2, 3].map(() => shop.inbox.keep(webhook, at(1))));
  expect(kept.sort()).toEqual(['duplicate', 'duplicate', 'kept']);
  const results = await Promise.all(
    [1, 2, 3].map(() => shop.inbox.apply(webhook, meaningOf(webhook), at(1))),
  );
  expect(results.sort()).toEqual(['already', 'already', 'applied']);
  expect(await eventsOf(orderId)).toEqual(['OrderPlaced', 'OrderAuthorised']);
  expect(await shop.inbox.lease(10, at(2), at(30))).toEqual([]);
});

test('a payment told by its webhook and by our own asking, at once, moves the order once', async () => {
  const { shop } = db;
  await shop.seed({ 'MUG-1': 5 });
  const orderId = await shop.ordered([['MUG-1', 1]]);
  const told = ['evt_told', 'evt_kassa_asked'].map((id) => webhookOf(orderId, 'authorised', id));
  for (const each of told) expect(await shop.inbox.keep(each, at(1))).toBe('kept');
  const results = await Promise.all(
    told.map((each) => shop.inbox.apply(each, meaningOf(each), at(1))),
  );
  expect(results.sort()).toEqual(['already', 'applied']);
  expect(await eventsOf(orderId)).toEqual(['OrderPlaced', 'OrderAuthorised']);
  expect(await shop.inbox.lease(10, at(2), at(30))).toEqual([]);
});

test('the same declined webhook applied by two workers at once makes one event', async () => {
  const { shop } = db;
  await shop.seed({ 'MUG-1': 5 });
  const orderId = await shop.ordered([['MUG-1', 1]]);
  const webhook = webhookOf(orderId, 'declined', 'evt_declined');
  await shop.inbox.keep(webhook, at(1));
  await Promise.all([1, 2, 3].map(() => shop.inbox.apply(webhook, meaningOf(webhook), at(1))));
  expect(await eventsOf(orderId)).toEqual(['OrderPlaced', 'PaymentDeclined']);
  expect(await statusOf(orderId)).toEqual(['awaiting_payment', 'requires_payment']);
  expect(await outcomeOf(orderId)).toBeUndefined();
});

test('webhooks out of order: an older decline after the authorisation, an authorisation after the void', async () => {
  const { shop } = db;
  await shop.seed({ 'MUG-1': 5 });
  const paid = await shop.ordered([['MUG-1', 1]]);
  expect(await shop.webhook(paid, 'authorised', at(1))).toBe('applied');
  expect(await shop.webhook(paid, 'declined', at(2))).toBe('ignored');
  expect(await statusOf(paid)).toEqual(['authorised', 'authorised']);

  const voided = await shop.ordered([['MUG-1', 1]]);
  expect(await shop.webhook(voided, 'canceled', at(1))).toBe('applied');
  expect(await shop.webhook(voided, 'authorised', at(2))).toBe('already');
  expect(await statusOf(voided)).toEqual(['cancelled', 'voided']);
  expect(await runsOf(voided)).toEqual([]);
  await invariants(db.admin);
});

test('payment at the moment of expiry, expiry commits first: the order is revived with its goods', async () => {
  const { shop, admin } = db;
  await shop.seed({ 'MUG-1': 1 });
  const orderId = await shop.ordered([['MUG-1', 1]]);
  const result = await admin.begin(async (transaction) => {
    await transaction`select kassa.expire_batch(0, 1, 10, ${at(1000)})`;
    const applied = shop.webhook(orderId, 'authorised', at(1000));
    await untilBlocked(admin);
    return { applied };
  });
  expect(await result.applied).toBe('revived');
  expect(await statusOf(orderId)).toEqual(['authorised', 'authorised']);
  expect(await levelOf(admin, 'MUG-1')).toEqual({ onHand: 1, reserved: 1 });
  expect(await outcomeOf(orderId)).toBe('expired');
  expect(await shop.payments.markVoiding(shop.order(orderId), at(1001))).toEqual({
    outcome: 'revived',
  });
  expect(await shop.payments.confirmOrder(shop.order(orderId), at(1002))).toEqual({
    outcome: 'confirmed',
  });
  await invariants(admin);
});

test('an order that expired while its payment waited is not revived without the lock on its stock', async () => {
  const { shop, admin } = db;
  await shop.seed({ 'MUG-1': 1 });
  const orderId = await shop.ordered([['MUG-1', 1]]);
  const { refused } = await admin.begin(async (transaction) => {
    await transaction`select kassa.expire_batch(0, 1, 10, ${at(1000)})`;
    // Past the store, which would make the call again.
    const once = expect(
      db.sql`select kassa.apply_webhook('evt_1', ${orderId}, 1, ${intentOf(orderId)},
        'authorised', ${at(1000)})`,
    ).rejects.toMatchObject({ code: '40001' });
    await untilBlocked(admin);
    return { refused: once };
  });
  await refused;
});

test('payment at the moment of expiry, payment commits first: expiry leaves the order alone', async () => {
  const { shop, admin } = db;
  await shop.seed({ 'MUG-1': 1 });
  const orderId = await shop.ordered([['MUG-1', 1]]);
  const webhook = webhookOf(orderId, 'authorised', 'evt_1');
  await admin.begin(async (transaction) => {
    await transaction`select kassa.apply_webhook(${webhook.eventId}, ${orderId}, 1,
      ${intentOf(orderId)}, 'authorised', ${at(1000)})`;
    expect(await shop.expireAll(at(1000))).toBe(0);
  });
  expect(await shop.expireAll(at(1000))).toBe(0);
  expect(await statusOf(orderId)).toEqual(['authorised', 'authorised']);
  expect(await eventsOf(orderId)).toEqual(['OrderPlaced', 'OrderAuthorised']);
  await invariants(admin);
});

test('payment and expiry that race: one of them wins, and the goods are right', async () => {
  const { shop, admin } = db;
  await shop.seed({ 'MUG-1': 60 });
  const orders = await Promise.all(Array.from({ length: 60 }, () => shop.ordered([['MUG-1', 1]])));
  const expiries = Array.from({ length: 12 }, () =>
    shop.expiry.expireBatch({ lane: 0, lanes: 1, batchSize: 5 }, at(1000)),
  );
  const webhooks = orders.map(async (orderId) => {
    const webhook = webhookOf(orderId, 'authorised', `evt_${orderId.replaceAll('-', '')}`);
    return shop.inbox.apply(webhook, meaningOf(webhook), at(1000));
  });
  const results = await Promise.all(webhooks);
  await Promise.all(expiries);
  expect(results.filter((each) => each !== 'applied' && each !== 'revived')).toEqual([]);
  for (const orderId of orders)
    expect(await statusOf(orderId)).toEqual(['authorised', 'authorised']);
  expect(await levelOf(admin, 'MUG-1')).toEqual({ onHand: 60, reserved: 60 });
  await invariants(admin);
});

test('payment minutes after expiry, the goods gone: voided by settlement, started once, never revived', async () => {
  const { shop, admin } = db;
  await shop.seed({ 'MUG-1': 1 });
  const orderId = await shop.ordered([['MUG-1', 1]]);
  expect(await shop.expireAll(at(1000))).toBe(1);
  const other = await shop.ordered([['MUG-1', 1]], { now: at(1001) });
  expect(await shop.webhook(orderId, 'authorised', at(1100))).toBe('late_voided');
  expect(await statusOf(orderId)).toEqual(['expired', 'voiding']);
  await shop.cancelIt(other, at(1101));
  expect(await shop.webhook(orderId, 'authorised', at(1102))).toBe('late_voided');
  expect(await statusOf(orderId)).toEqual(['expired', 'voiding']);
  expect(await runsOf(orderId)).toEqual(['settlement 1']);
  expect(await shop.payments.markVoiding(shop.order(orderId), at(1103))).toMatchObject({
    outcome: 'voiding',
    paymentIntentId: intentOf(orderId),
  });
  const voided = { ...shop.order(orderId), paymentIntentId: intentOf(orderId) };
  await shop.payments.recordVoided(voided, at(1104));
  expect(await shop.payments.recordVoided(voided, at(1105))).toEqual({ outcome: 'voided' });
  expect(await eventsOf(orderId)).toEqual(['OrderPlaced', 'OrderExpired', 'PaymentVoided']);
  expect(await shop.payments.markVoiding(shop.order(orderId), at(1106))).toEqual({
    outcome: 'settled',
  });
  await invariants(admin);
});

test('a payment that is being voided is not revived, though the goods are there', async () => {
  const { shop } = db;
  await shop.seed({ 'MUG-1': 1 });
  const orderId = await shop.ordered([['MUG-1', 1]]);
  await shop.expireAll(at(1000));
  await shop.payments.markVoiding(shop.order(orderId), at(1001));
  expect(await shop.webhook(orderId, 'authorised', at(1002))).toBe('late_voided');
  expect(await statusOf(orderId)).toEqual(['expired', 'voiding']);
});

test('a cancelled order never comes back to life because its goods are still there', async () => {
  const { shop, admin } = db;
  await shop.seed({ 'MUG-1': 5 });
  const orderId = await shop.ordered([['MUG-1', 1]]);
  expect(await shop.cancelIt(orderId, at(1))).toEqual({ outcome: 'cancelled' });
  expect(await outcomeOf(orderId)).toBe('cancelled');
  expect(await shop.webhook(orderId, 'authorised', at(2))).toBe('late_voided');
  expect(await statusOf(orderId)).toEqual(['cancelled', 'voiding']);
  expect(await runsOf(orderId)).toEqual(['settlement 1']);
  expect(await shop.payments.confirmOrder(shop.order(orderId), at(3))).toEqual({ outcome: 'lost' });
  expect(await levelOf(admin, 'MUG-1')).toEqual({ onHand: 5, reserved: 0 });
  await invariants(admin);
});

test('an intent canceled by Stripe cancels whatever round waits', async () => {
  const { shop, admin } = db;
  await shop.seed({ 'MUG-1': 5 });
  const waiting = await shop.ordered([['MUG-1', 1]]);
  const authorised = await shop.ordered([['MUG-1', 1]]);
  await shop.webhook(authorised, 'authorised', at(1));
  const confirmed = await shop.confirmed([['MUG-1', 1]]);
  const key = { orderId: confirmed, step: 'pick', round: 1 } as const;
  await shop.warehouse.openPickTask(key, shop.wait('pick'), at(2));
  for (const orderId of [waiting, authorised, confirmed]) {
    expect(await shop.webhook(orderId, 'canceled', at(3))).toBe('applied');
    expect(await shop.webhook(orderId, 'canceled', at(3))).toBe('already');
    expect(await statusOf(orderId)).toEqual(['cancelled', 'voided']);
    expect((await eventsOf(orderId)).slice(-2)).toEqual(['PaymentVoided', 'OrderCancelled']);
  }
  expect(await outcomeOf(waiting)).toBe('intent_canceled');
  expect(await outcomeOf(authorised)).toBe('authorised');
  expect(await shop.mailbox.leaseDeliveries(10, at(4), at(60))).toMatchObject([
    { ...key, token: 'pick', outcome: { outcome: 'cancelled' } },
  ]);
  expect(await shop.warehouse.tasks({ limit: 10 })).toEqual([]);
  expect(await levelOf(admin, 'MUG-1')).toEqual({ onHand: 5, reserved: 0 });
  await invariants(admin);
});

test("another intent's webhook does nothing to the order, and a person is told", async () => {
  const { shop, admin } = db;
  await shop.seed({ 'MUG-1': 5 });
  const orderId = await shop.ordered([['MUG-1', 1]]);
  const webhook = webhookOf(orderId, 'canceled', 'evt_1');
  const foreign = { ...webhook, object: { ...webhook.object, id: 'pi_other' } };
  expect(await shop.inbox.apply(foreign, { kind: 'canceled' }, at(1))).toBe('ignored');
  expect(await statusOf(orderId)).toEqual(['awaiting_payment', 'requires_payment']);
  expect(await admin`select kind from kassa.findings`).toHaveLength(1);
});

test('an event that is given up is closed with a finding; an ignored one without', async () => {
  const { shop, admin } = db;
  const unknown = webhookOf(newOrderId(), 'authorised', 'evt_unknown');
  await shop.inbox.keep(unknown, at(0));
  await shop.inbox.postpone(unknown.eventId, { giveUp: 'order_unknown' }, at(3601));
  await shop.inbox.postpone(unknown.eventId, { giveUp: 'order_unknown' }, at(3602));
  const other = {
    ...webhookOf(newOrderId(), 'declined', 'evt_other'),
    type: 'payment_intent.created',
  };
  await shop.inbox.keep(other, at(0));
  expect(await shop.inbox.apply(other, meaningOf(other), at(1))).toBe('ignored');
  expect(await shop.inbox.lease(10, at(4000), at(4030))).toEqual([]);
  const findings = await admin`select kind from kassa.findings`;
  expect(findings.map((row) => row['kind'])).toEqual(['webhook_given_up']);
});

test('late money of a checkout that was given up: the intent is kept and voided', async () => {
  const { shop } = db;
  await shop.seed({ 'MUG-1': 5 });
  const orderId = newOrderId();
  await shop.place([['MUG-1', 1]], { orderId });
  expect(await shop.release(orderId, true)).toEqual({ outcome: 'released' });
  expect(await shop.recordIntent(orderId, at(2))).toEqual({ outcome: 'superseded' });
  expect(await shop.webhook(orderId, 'authorised', at(3))).toBe('late_voided');
  expect(await shop.payments.markVoiding(shop.order(orderId), at(4))).toMatchObject({
    outcome: 'voiding',
    paymentIntentId: intentOf(orderId),
  });
});

test('webhooks of an older generation leave the order alone; money on it is told to a person', async () => {
  const { shop, admin } = db;
  await shop.seed({ 'MUG-1': 5 });
  const orderId = await shop.ordered([['MUG-1', 1]]);
  await admin`insert into kassa.payments (order_id, generation, status, payment_intent_id, currency, amount,
      created_at, changed_at)
    values (${orderId}, 2, 'requires_payment', 'pi_second', 'EUR', 1390, ${at(1)}, ${at(1)})`;
  await admin`update kassa.orders set generation = 2 where order_id = ${orderId}`;
  expect(await shop.webhook(orderId, 'canceled', at(2))).toBe('ignored');
  expect(await admin`select 1 from kassa.findings`).toHaveLength(0);
  expect(await shop.webhook(orderId, 'authorised', at(3))).toBe('ignored');
  expect(await admin`select 1 from kassa.findings`).toHaveLength(1);
  expect(await statusOf(orderId)).toEqual(['awaiting_payment', 'requires_payment']);
});
