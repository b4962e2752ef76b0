import { randomUUID } from 'node:crypto';
import { beforeAll, expect, test } from 'vitest';
import type { OrderId } from '../../../domain/shared/ids.ts';
import { useDatabase } from '../../support/database.ts';
import { invariants, levelOf } from '../../support/invariants.ts';
import { at, intentOf, sku, start, webhookOf } from '../../support/shop.ts';
import { createWays, manager, type Ways } from '../../support/ways.ts';

const db = useDatabase();
let ways: Ways;
beforeAll(() => {
  ways = createWays(db.sql);
});
const hour = 3600;
const lane = { lane: 0, lanes: 1, batchSize: 100 };

async function findings(kind: string): Promise<number> {
  const rows = await db.admin`select 1 from kassa.findings where kind = ${kind}`;
  return rows.length;
}

async function manyOrders(count: number): Promise<readonly OrderId[]> {
  await ways.seed({ 'MUG-1': 50 });
  const orders: OrderId[] = [];
  for (let index = 0; index < count; index += 1) orders.push(await ways.ordered([['MUG-1', 1]]));
  return orders;
}

test("Stripe's webhooks stop for an hour and every paid order expires: only those Stripe calls unpaid do", async () => {
  const [paid, unpaid, ...others] = await manyOrders(6);
  if (paid === undefined || unpaid === undefined) throw new Error('no orders');
  expect(await ways.expiry.measureTail(at(1000))).toMatchObject({ size: 6, silent: true });
  expect(await ways.expiry.expireBatch({ ...lane, onlyAsked: true }, at(1000))).toEqual({
    expired: 0,
  });
  const asked = await ways.silence.overdueIntents(at(1000), 10);
  expect(asked.map((each) => each.paymentIntentId).sort()).toEqual(
    [paid, unpaid, ...others].map(intentOf).sort(),
  );
  expect(await findings('webhooks_silent')).toBe(1);

  const event = webhookOf(paid, 'authorised', `evt_kassa_${intentOf(paid)}_requires_capture`);
  await ways.inbox.keep(event, at(1001));
  await ways.silence.recordUnpaid([{ orderId: unpaid, generation: 1 }], at(1001));
  expect(
    await ways.expiry.measureTail(at(1002)),
    'our own asking is no sign of life',
  ).toMatchObject({
    silent: true,
  });
  expect(await ways.silence.overdueIntents(at(1002), 10)).toHaveLength(4);
  expect(await ways.expiry.expireBatch({ ...lane, onlyAsked: true }, at(1002))).toEqual({
    expired: 1,
  });
  expect(await ways.orders.orderOf(unpaid)).toMatchObject({ status: 'expired' });
  expect(await ways.orders.orderOf(paid)).toMatchObject({ status: 'awaiting_payment' });
  expect(
    await ways.expiry.expireBatch({ ...lane, onlyAsked: true }, at(1003)),
    'those nobody asked about stay',
  ).toEqual({ expired: 0 });
  expect((await ways.expiry.measureTail(at(1003))).silent).toBe(true);
  await invariants(db.admin);
});

test('expiry is not braked while webhooks come, nor in a quiet shop', async () => {
  const [first] = await manyOrders(5);
  if (first === undefined) throw new Error('no orders');
  expect((await ways.expiry.measureTail(at(800))).silent, 'nothing is overdue').toBeUndefined();
  await ways.inbox.keep(webhookOf(first, 'declined', `evt_${randomUUID().slice(0, 8)}`), at(900));
  expect((await ways.expiry.measureTail(at(1000))).silent).toBeUndefined();
  expect((await ways.expiry.measureTail(at(1801))).silent, 'a quarter of an hour').toBeUndefined();
  expect((await ways.expiry.measureTail(at(1799))).silent).toBeUndefined();
  await db.clear();
  await manyOrders(4);
  expect((await ways.expiry.measureTail(at(1000))).silent, 'too few to tell').toBeUndefined();
});

test('a payment in processing keeps its order from expiring for a day, or until it is declined', async () => {
  const [waiting, declined] = await manyOrders(2);
  if (waiting === undefined || declined === undefined) throw new Error('no orders');
  const processing = (orderId: OrderId) =>
    ways.told(
      orderId,
      'payment_intent.processing',
      {
        kind: 'payment_intent',
        id: intentOf(orderId),
        status: 'processing',
        orderId,
        generation: 1,
      },
      at(100),
    );
  expect(await processing(waiting)).toBe('applied');
  expect(await processing(declined)).toBe('applied');
  expect(await ways.expireAll(at(2 * hour))).toBe(0);
  await ways.webhook(declined, 'declined', at(2 * hour));
  expect(await ways.expireAll(at(2 * hour + 1))).toBe(1);
  expect(await ways.orders.orderOf(waiting)).toMatchObject({ status: 'awaiting_payment' });
  expect(await ways.expireAll(at(100 + 24 * hour - 1))).toBe(0);
  expect(await ways.expireAll(at(100 + 24 * hour))).toBe(1);
  await invariants(db.admin);
});

test('an authorisation that ends is told of once, then its order is cancelled before the hold runs out', async () => {
  await ways.seed({ 'MUG-1': 5 });
  const orderId = await ways.confirmed([['MUG-1', 2]]);
  await ways.pickOf(orderId);
  const seconds = (date: Date) => Math.floor(date.getTime() / 1000);
  const until = at(7 * 24 * hour);
  const charge = { kind: 'charge', id: 'ch_1', captureBefore: seconds(until), orderId };
  expect(await ways.told(orderId, 'charge.succeeded', charge, at(1))).toBe('applied');
  expect(await ways.told(orderId, 'charge.succeeded', charge, at(2))).toBe('already');

  const watch = (beforeTheEnd: number) =>
    ways.watcher.watchAuthorisations(at(7 * 24 * hour - beforeTheEnd), 10);
  expect(await watch(25 * hour)).toEqual({ warned: 0, cancelled: 0 });
  expect(await watch(23 * hour)).toEqual({ warned: 1, cancelled: 0 });
  expect(await watch(22 * hour)).toEqual({ warned: 0, cancelled: 0 });
  expect(await findings('authorisation_ending')).toBe(1);
  expect(await watch(hour)).toEqual({ warned: 0, cancelled: 1 });
  expect(await watch(hour)).toEqual({ warned: 0, cancelled: 0 });
  expect(await ways.orders.orderOf(orderId)).toMatchObject({ status: 'cancelled' });
  expect(await levelOf(db.admin, 'MUG-1')).toEqual({ onHand: 5, reserved: 0 });
  const [delivery] = await ways.mailbox.leaseDeliveries(10, until, until);
  expect(delivery).toMatchObject({ step: 'pick', outcome: { outcome: 'cancelled' } });
  expect(await ways.payments.markVoiding(ways.order(orderId), until)).toMatchObject({
    outcome: 'voiding',
  });
  await invariants(db.admin);
});

test('without a word of the bank an authorisation is held to end after six days; a packed order is left alone', async () => {
  await ways.seed({ 'MUG-1': 5 });
  const packed = await ways.packed([['MUG-1', 1]]);
  const nextDay = at(6 * 24 * hour + 20);
  expect(await ways.watcher.watchAuthorisations(at(4 * 24 * hour), 10)).toEqual({
    warned: 0,
    cancelled: 0,
  });
  expect(await ways.watcher.watchAuthorisations(nextDay, 10)).toEqual({ warned: 1, cancelled: 0 });
  expect(await ways.orders.orderOf(packed)).toMatchObject({ status: 'packed' });
});

test('operations find an order by what they have in hand, and settle findings', async () => {
  const [orderId] = await manyOrders(3);
  if (orderId === undefined) throw new Error('no orders');
  const page = { limit: 10 };
  const ids = async (by: Parameters<Ways['operations']['findOrders']>[0]) =>
    (await ways.operations.findOrders(by, page)).map((each) => each.orderId);
  expect(await ids({ orderId })).toEqual([orderId]);
  expect(await ids({ paymentIntentId: intentOf(orderId) })).toEqual([orderId]);
  expect(await ids({ sku: sku('MUG-1') })).toHaveLength(3);
  expect(await ids({ customerId: manager })).toEqual([]);
  const first = await ids({ sku: sku('MUG-1') });
  const before = first[0];
  if (before === undefined) throw new Error('nothing found');
  expect(
    (await ways.operations.findOrders({ sku: sku('MUG-1') }, { limit: 1, before })).map(
      (each) => each.orderId,
    ),
  ).toEqual([first[1]]);

  const difference = () =>
    ways.books.recordDifference({ orderId, generation: 1 }, 'amount_differs', { stripe: 5 }, start);
  expect(await difference()).toEqual({ outcome: 'recorded' });
  expect(await difference()).toEqual({ outcome: 'already' });
  const [finding] = await ways.operations.findings({ open: true, orderId, limit: 10 });
  if (finding === undefined) throw new Error('no finding');
  const by = { subject: manager, note: 'booked by hand' };
  expect(await ways.operations.resolveFinding(finding.findingId, by, at(9))).toBe('resolved');
  expect(await ways.operations.resolveFinding(finding.findingId, by, at(10))).toBe('already');
  expect(await ways.operations.resolveFinding('0', by, at(10))).toBe('not_found');
  expect(await ways.operations.findings({ open: true, limit: 10 })).toEqual([]);
  expect(await ways.operations.findings({ open: false, limit: 10 })).toMatchObject([
    { kind: 'amount_differs', resolvedBy: manager, resolution: 'booked by hand' },
  ]);
  expect(await difference(), 'what comes back is told again').toEqual({ outcome: 'recorded' });
});

test('the nightly look at the books reads every payment once and sees a counter that drifted', async () => {
  const orders = await manyOrders(3);
  const first = await ways.books.payments({ limit: 2 });
  const after = first.at(-1)?.orderId;
  if (after === undefined) throw new Error('no payments');
  const rest = await ways.books.payments({ limit: 2, after });
  expect([...first, ...rest].map((each) => each.orderId)).toEqual([...orders].sort());
  expect(first[0]).toMatchObject({ paymentStatus: 'requires_payment', refundedAmount: 0 });
  expect(await ways.books.checkStock(start)).toEqual({ differences: 0 });
  await db.admin`update kassa.stock set reserved = reserved + 1`;
  expect(await ways.books.checkStock(start)).toEqual({ differences: 1 });
  expect(await findings('stock_difference')).toBe(1);
});
