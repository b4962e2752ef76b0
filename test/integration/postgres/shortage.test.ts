import { beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { pickOutcomeSchema } from '../../../domain/orders/steps.ts';
import type { OrderId } from '../../../domain/shared/ids.ts';
import { useDatabase } from '../../support/database.ts';
import { invariants, levelOf } from '../../support/invariants.ts';
import { at, sku, worker } from '../../support/shop.ts';
import { createWays, type Ways } from '../../support/ways.ts';

const db = useDatabase();
let ways: Ways;
beforeAll(() => {
  ways = createWays(db.sql);
});
const by = (key: string) => ({ subject: worker, reason: 'counted', key });

async function outcomeOf(orderId: OrderId, step = 'pick') {
  const [row] = await db.admin`
    select outcome from kassa.mailbox where order_id = ${orderId} and step = ${step}`;
  return row?.['outcome'];
}

async function eventsOf(orderId: OrderId): Promise<readonly unknown[]> {
  const rows = await db.admin`
    select type from kassa.outbox where order_id = ${orderId} and kind = 'event' order by sequence`;
  return rows.map((row) => row['type']);
}

test('too few pieces at the shelf, partial: the rest is packed, pays for itself and the shipping', async () => {
  await ways.seed({ 'MUG-1': 5, 'CUP-1': 5 });
  const wishes = [['MUG-1', 3] as const, ['CUP-1', 2] as const];
  const orderId = await ways.confirmedWith('partial', wishes);
  const taskId = await ways.claimed(orderId);
  const picked = [{ sku: 'MUG-1', quantity: 1 }];
  expect(
    await ways.warehouse.complete(taskId, worker, picked, at(20)),
    'fewer pieces are a mistake until somebody says they are missing',
  ).toMatchObject({ outcome: 'mismatch' });
  const complete = () => ways.warehouse.complete(taskId, worker, picked, at(21), { missing: true });
  expect(await complete()).toEqual({ outcome: 'packed' });
  expect(await complete()).toEqual({ outcome: 'packed' });
  expect(pickOutcomeSchema.parse(await outcomeOf(orderId))).toMatchObject({
    outcome: 'packed',
    captureAmount: 1000 + 390,
  });
  expect(await levelOf(db.admin, 'MUG-1'), 'one packed, two not there').toEqual({
    onHand: 2,
    reserved: 0,
  });
  expect(await levelOf(db.admin, 'CUP-1')).toEqual({ onHand: 3, reserved: 0 });
  expect((await eventsOf(orderId)).slice(-2)).toEqual(['OrderShort', 'OrderPacked']);
  expect((await ways.orders.orderOf(orderId))?.packedLines).toEqual(picked);
  await invariants(db.admin);
});

test('too few pieces, nothing or all: the order is cancelled and what was found stays on the shelf', async () => {
  await ways.seed({ 'MUG-1': 5 });
  const orderId = await ways.confirmedWith('nothing', [['MUG-1', 3]]);
  const taskId = await ways.claimed(orderId);
  const picked = [{ sku: 'MUG-1', quantity: 1 }];
  for (const seconds of [20, 21]) {
    expect(
      await ways.warehouse.complete(taskId, worker, picked, at(seconds), { missing: true }),
    ).toEqual({ outcome: 'short' });
  }
  expect(await outcomeOf(orderId)).toEqual({ outcome: 'short' });
  expect(await levelOf(db.admin, 'MUG-1'), 'two are not there').toEqual({ onHand: 3, reserved: 0 });
  expect(await ways.orders.orderOf(orderId)).toMatchObject({ status: 'cancelled' });
  expect(await ways.payments.markVoiding(ways.order(orderId), at(22))).toMatchObject({
    outcome: 'voiding',
  });
  await invariants(db.admin);
});

test('not one piece is found: cancelled, whatever the customer would have taken', async () => {
  await ways.seed({ 'MUG-1': 2 });
  const orderId = await ways.confirmedWith('partial', [['MUG-1', 2]]);
  const taskId = await ways.claimed(orderId);
  const options = { missing: true };
  expect(await ways.warehouse.complete(taskId, worker, [], at(20), options)).toEqual({
    outcome: 'short',
  });
  expect(await levelOf(db.admin, 'MUG-1')).toEqual({ onHand: 0, reserved: 0 });
  await invariants(db.admin);
});

test('more pieces than asked for are a mistake, said to be missing or not', async () => {
  await ways.seed({ 'MUG-1': 5 });
  const orderId = await ways.confirmedWith('partial', [['MUG-1', 2]]);
  const taskId = await ways.claimed(orderId);
  const picked = [{ sku: 'MUG-1', quantity: 3 }];
  expect(await ways.warehouse.complete(taskId, worker, picked, at(20), { missing: true })).toEqual({
    outcome: 'mismatch',
    expected: [{ sku: 'MUG-1', quantity: 2 }],
  });
});

test('the warehouse counts 3 where 5 are reserved: the correction is taken, and two orders are told', async () => {
  await ways.seed({ 'MUG-1': 5, 'CUP-1': 5 });
  const claimed = await ways.confirmedWith('partial', [['MUG-1', 1]], at(9));
  await ways.claimed(claimed);
  const paid = await ways.confirmedWith('partial', [['MUG-1', 2]], at(2));
  await ways.pickOf(paid);
  const unpaid = await ways.ordered(
    [
      ['MUG-1', 1],
      ['CUP-1', 2],
    ],
    { now: at(3) },
  );
  const older = await ways.confirmedWith('partial', [['MUG-1', 1]], at(0));
  await ways.pickOf(older);
  expect(await levelOf(db.admin, 'MUG-1')).toEqual({ onHand: 5, reserved: 5 });

  const correct = () => ways.stockroom.correctStock(sku('MUG-1'), 3, by('count-1'), at(30));
  const corrected = await correct();
  expect(corrected).toEqual({
    outcome: 'corrected',
    level: { sku: 'MUG-1', name: 'Product MUG-1', onHand: 3, reserved: 3 },
    cancelledOrders: [unpaid],
    shortOrders: [paid],
  });
  expect(await correct(), 'sent twice, carried out once').toEqual(corrected);
  expect(await ways.stockroom.correctStock(sku('MUG-1'), 2, by('count-1'), at(31))).toEqual({
    outcome: 'key_reused',
  });
  expect(await ways.orders.orderOf(unpaid)).toMatchObject({ status: 'cancelled' });
  expect(await outcomeOf(unpaid, 'payment')).toEqual({ outcome: 'cancelled' });
  expect(await levelOf(db.admin, 'CUP-1'), 'its other goods are free').toEqual({
    onHand: 5,
    reserved: 0,
  });
  expect((await eventsOf(paid)).at(-1)).toBe('OrderShort');
  expect(await eventsOf(older)).not.toContain('OrderShort');
  expect(await eventsOf(claimed)).not.toContain('OrderShort');
  const tasks = await ways.warehouse.tasks({ limit: 10 });
  expect(tasks.find((task) => task.orderId === paid)?.lines).toMatchObject([
    { sku: 'MUG-1', quantity: 1 },
  ]);
  await invariants(db.admin);

  // The pick that has become smaller is complete with what is left, and goes the way of a shortage.
  const taskId = await ways.claimed(paid);
  const picked = [{ sku: 'MUG-1', quantity: 1 }];
  expect(await ways.warehouse.complete(taskId, worker, picked, at(40))).toEqual({
    outcome: 'packed',
  });
  expect(await outcomeOf(paid)).toMatchObject({ outcome: 'packed', captureAmount: 1390 });
  await invariants(db.admin);
});

test('a count of nothing leaves paid orders without a piece; their picks end short', async () => {
  await ways.seed({ 'MUG-1': 3 });
  const claimed = await ways.confirmedWith('partial', [['MUG-1', 2]], at(1));
  const taskId = await ways.claimed(claimed);
  const authorised = await ways.ordered([['MUG-1', 1]], { now: at(2) });
  await ways.webhook(authorised, 'authorised', at(3));
  const result = await ways.stockroom.correctStock(sku('MUG-1'), 0, by('count-2'), at(30));
  expect(result).toMatchObject({ cancelledOrders: [], shortOrders: [authorised, claimed] });
  expect(await levelOf(db.admin, 'MUG-1')).toEqual({ onHand: 0, reserved: 0 });
  expect(await ways.warehouse.complete(taskId, worker, [], at(31))).toEqual({ outcome: 'short' });
  await ways.payments.confirmOrder(ways.order(authorised), at(32));
  const second = await ways.claimed(authorised);
  expect(await ways.warehouse.complete(second, worker, [], at(33))).toEqual({ outcome: 'short' });
  await invariants(db.admin);
});

test('a count that finds more, or just as many, touches no order', async () => {
  await ways.seed({ 'MUG-1': 3 });
  await ways.ordered([['MUG-1', 3]]);
  for (const [counted, key] of [
    [3, 'same-key'],
    [9, 'more-key'],
  ] as const) {
    expect(await ways.stockroom.correctStock(sku('MUG-1'), counted, by(key), at(1))).toMatchObject({
      level: { onHand: counted, reserved: 3 },
      cancelledOrders: [],
    });
  }
  expect(await ways.stockroom.correctStock(sku('NO-1'), 1, by('unknown'), at(1))).toEqual({
    outcome: 'unknown_sku',
    skus: ['NO-1'],
  });
  await invariants(db.admin);
});

test('orders placed while the shelf is counted: never more reserved than is there', async () => {
  await ways.seed({ 'MUG-1': 10, 'CUP-1': 50 });
  await Promise.all([...Array.from({ length: 10 }, () => ways.ordered([['MUG-1', 1]]))]);
  const results = await Promise.allSettled([
    ways.stockroom.correctStock(sku('MUG-1'), 4, by('count-3'), at(1)),
    ...Array.from({ length: 10 }, () =>
      ways.place([
        ['CUP-1', 1],
        ['MUG-1', 1],
      ]),
    ),
    ways.stockroom.correctStock(sku('CUP-1'), 5, by('count-4'), at(1)),
  ]);
  expect(results.filter((each) => each.status === 'rejected')).toEqual([]);
  expect(await levelOf(db.admin, 'MUG-1')).toMatchObject({ onHand: 4 });
  await invariants(db.admin);
});

test('goods that arrive are received once, all lines or none, with who and why', async () => {
  await ways.seed({ 'MUG-1': 1, 'CUP-1': 0 });
  const lines = [
    { sku: sku('MUG-1'), quantity: 4 },
    { sku: sku('CUP-1'), quantity: 2 },
    { sku: sku('MUG-1'), quantity: 1 },
  ];
  const receive = () => ways.stockroom.receiveGoods(lines, by('delivery-1'), at(1));
  const answers = await Promise.all([receive(), receive(), receive()]);
  expect(answers).toEqual(Array(3).fill(answers[0]));
  expect(await levelOf(db.admin, 'MUG-1')).toEqual({ onHand: 6, reserved: 0 });
  expect(
    await ways.stockroom.receiveGoods(
      [...lines, { sku: sku('NO-1'), quantity: 1 }],
      by('delivery-2'),
      at(2),
    ),
  ).toEqual({ outcome: 'unknown_sku', skus: ['NO-1'] });
  expect(await levelOf(db.admin, 'CUP-1')).toEqual({ onHand: 2, reserved: 0 });
  const [movement] = await db.admin`
    select subject, note from kassa.stock_movements where sku = 'CUP-1' and reason = 'receipt'`;
  expect(movement).toEqual({ subject: worker, note: 'counted' });
  expect(await ways.stockroom.stock({ limit: 1, after: sku('CUP-1') })).toEqual([
    { sku: 'MUG-1', name: 'Product MUG-1', onHand: 6, reserved: 0 },
  ]);
  const [{ n } = { n: 0 }] = z
    .array(z.object({ n: z.int() }))
    .parse(await db.admin`select count(*)::int as n from kassa.stock_changes`);
  expect(n).toBe(1);
});
