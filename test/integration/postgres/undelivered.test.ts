import { beforeAll, expect, test } from 'vitest';
import { settlementInputSchema } from '../../../domain/orders/steps.ts';
import type { OrderId } from '../../../domain/shared/ids.ts';
import { useDatabase } from '../../support/database.ts';
import { invariants, levelOf } from '../../support/invariants.ts';
import { at, customer, sku, worker } from '../../support/shop.ts';
import { createWays, manager, type Ways } from '../../support/ways.ts';

const db = useDatabase();
let ways: Ways;
beforeAll(() => {
  ways = createWays(db.sql);
});

const mug = 'MUG-1';
const wish = { subject: customer, role: 'customer', reason: 'changed my mind' } as const;
const close = (orderId: OrderId, result: Parameters<Ways['undelivered']['closeUndelivered']>[1]) =>
  ways.undelivered.closeUndelivered({ orderId, generation: 1 }, result, at(50));
const refundsOf = async (orderId: OrderId) =>
  (await ways.refunds.refundsOf(orderId)).map(({ amount, status }) => ({ amount, status }));

async function findings(kind: string): Promise<number> {
  const rows = await db.admin`select 1 from kassa.findings where kind = ${kind}`;
  return rows.length;
}

test('goods put back on sale while in the van: only what the warehouse took in goes back on the shelf', async () => {
  await ways.seed({ [mug]: 4 });
  const { orderId, taskId } = await ways.returning([[mug, 3]]);
  expect(await ways.orders.orderOf(orderId)).toMatchObject({ status: 'returning' });
  expect(await levelOf(db.admin, mug)).toEqual({ onHand: 1, reserved: 0 });
  await expect(close(orderId, { outcome: 'withdrawn' })).rejects.toMatchObject({
    code: 'state_conflict',
  });

  expect(await ways.stockroom.returns({ limit: 10 })).toMatchObject([
    { taskId, kind: 'return', lines: [{ sku: mug, quantity: 3 }] },
  ]);
  expect(await ways.warehouse.tasks({ limit: 10 }), 'it is no pick').toEqual([]);
  expect(await ways.warehouse.claim(taskId, worker, at(20))).toEqual({ outcome: 'not_found' });
  const tooMany = [{ sku: sku(mug), good: 3, damaged: 1 }];
  expect(await ways.stockroom.receiveReturn(taskId, worker, tooMany, at(30))).toEqual({
    outcome: 'mismatch',
    expected: [{ sku: mug, quantity: 3 }],
  });
  const lines = [{ sku: sku(mug), good: 1, damaged: 1 }];
  for (const seconds of [31, 32]) {
    expect(await ways.stockroom.receiveReturn(taskId, worker, lines, at(seconds))).toEqual({
      outcome: 'received',
    });
  }
  const deliveries = await ways.mailbox.leaseDeliveries(10, at(40), at(60));
  expect(deliveries.find((each) => each.step === 'return')).toMatchObject({
    outcome: { outcome: 'returned', lines },
  });

  const closed = await close(orderId, { outcome: 'returned', lines });
  expect(await close(orderId, { outcome: 'returned', lines })).toEqual(closed);
  expect(await levelOf(db.admin, mug)).toEqual({ onHand: 2, reserved: 0 });
  const movements = await db.admin`
    select reason, on_hand_change as pieces from kassa.stock_movements
    where order_id = ${orderId} and reason in ('restock', 'write_off') order by movement_id`;
  expect([...movements]).toEqual([
    { reason: 'restock', pieces: 2 },
    { reason: 'write_off', pieces: -1 },
  ]);
  expect(await ways.orders.orderOf(orderId)).toMatchObject({ status: 'returned' });
  expect(await refundsOf(orderId)).toEqual([{ amount: 3390, status: 'requested' }]);
  await invariants(db.admin);
});

test('compensation releases once: closing an undelivered order from many places at once refunds it once', async () => {
  await ways.seed({ [mug]: 4 });
  const { orderId } = await ways.returning([[mug, 2]]);
  const lines = [{ sku: sku(mug), good: 2, damaged: 0 }];
  const answers = await Promise.all(
    Array.from({ length: 6 }, () => close(orderId, { outcome: 'returned', lines })),
  );
  expect(new Set(answers.map((each) => each.refundId)).size).toBe(1);
  expect(await levelOf(db.admin, mug)).toEqual({ onHand: 4, reserved: 0 });
  expect(await refundsOf(orderId)).toHaveLength(1);
  await invariants(db.admin);
});

test('a lost parcel is refunded and nothing of it goes back on the shelf', async () => {
  await ways.seed({ [mug]: 4 });
  const orderId = await ways.captured([[mug, 2]]);
  await ways.deliveries.recordHandover(orderId, at(14));
  const { refundId } = await close(orderId, { outcome: 'lost' });
  expect(refundId).not.toBeNull();
  expect(await levelOf(db.admin, mug)).toEqual({ onHand: 2, reserved: 0 });
  expect(await ways.orders.orderOf(orderId)).toMatchObject({ status: 'lost' });
  await invariants(db.admin);
});

test('delivered after the refund: the order stays settled and a person is told', async () => {
  await ways.seed({ [mug]: 4 });
  const orderId = await ways.captured([[mug, 1]]);
  await ways.deliveries.recordHandover(orderId, at(14));
  const record = (outcome: 'lost' | 'delivered', seconds: number) =>
    ways.deliveries.recordOutcome(orderId, 1, { outcome }, at(seconds));
  expect(await record('lost', 20)).toBe('recorded');
  expect(await record('lost', 21)).toBe('already');
  expect(await findings('delivery_after_settled')).toBe(0);
  expect(await record('delivered', 22), 'found, before anything was refunded').toBe('late');
  await close(orderId, { outcome: 'lost' });
  expect(await record('delivered', 60), 'it is not what the attempt ended with').toBe('late');
  expect(await ways.deliveries.recordOutcome(orderId, 2, { outcome: 'delivered' }, at(61))).toBe(
    'late',
  );
  expect(await findings('delivery_after_settled')).toBe(3);
  expect(await ways.orders.orderOf(orderId)).toMatchObject({ status: 'lost' });
});

test('a refused capture: unpacked once, every piece back, and the payment can be voided', async () => {
  await ways.seed({ [mug]: 4 });
  const orderId = await ways.packed([[mug, 2]]);
  const unpack = () => ways.undelivered.unpackOrder({ orderId, generation: 1 }, at(20));
  expect(await Promise.all([unpack(), unpack(), unpack()])).toEqual(
    Array(3).fill({ outcome: 'unpacked' }),
  );
  expect(await levelOf(db.admin, mug)).toEqual({ onHand: 4, reserved: 0 });
  expect(await ways.payments.markVoiding(ways.order(orderId), at(21))).toMatchObject({
    outcome: 'voiding',
  });
  await invariants(db.admin);
});

test('an order whose money was taken is never unpacked', async () => {
  await ways.seed({ [mug]: 4 });
  const orderId = await ways.captured([[mug, 2]]);
  await expect(
    ways.undelivered.unpackOrder({ orderId, generation: 1 }, at(20)),
  ).rejects.toMatchObject({ code: 'state_conflict' });
});

test('cancelled after packing, before a courier has it: restocked and refunded in full', async () => {
  await ways.seed({ [mug]: 4 });
  const orderId = await ways.captured([[mug, 2]]);
  expect(await ways.requests.isCancelRequested(orderId)).toBe(false);
  const stranger = { ...wish, subject: manager };
  expect(await ways.requests.requestCancel(orderId, stranger, at(20))).toEqual({
    outcome: 'not_found',
  });
  for (const seconds of [20, 21]) {
    expect(await ways.requests.requestCancel(orderId, wish, at(seconds))).toEqual({
      outcome: 'requested',
    });
  }
  expect(await ways.requests.isCancelRequested(orderId)).toBe(true);
  expect(await ways.deliveries.recordOutcome(orderId, 1, { outcome: 'withdrawn' }, at(22))).toBe(
    'recorded',
  );
  const { refundId } = await close(orderId, { outcome: 'withdrawn' });
  expect(await levelOf(db.admin, mug)).toEqual({ onHand: 4, reserved: 0 });
  expect(await ways.requests.requestCancel(orderId, wish, at(60))).toEqual({
    outcome: 'cancelled',
  });

  const entries = await ways.outbox.leaseOutbox(100, at(60), at(90));
  const [settlement] = entries.filter(
    (each) => each.kind === 'execution' && each.machine === 'settlement',
  );
  if (settlement?.kind !== 'execution') throw new Error('no settlement was asked for');
  expect(settlement.name).toBe(`${refundId}.1`);
  expect(settlementInputSchema.parse(settlement.input)).toMatchObject({
    ...{ kind: 'refund', refundId, amount: 2390, currency: 'EUR', orderId },
  });
  await invariants(db.admin);
});

test('cancelling a packed order after the handover is too late, and its wish is forgotten', async () => {
  await ways.seed({ [mug]: 4 });
  const orderId = await ways.captured([[mug, 2]]);
  await ways.requests.requestCancel(orderId, wish, at(20));
  await ways.deliveries.recordHandover(orderId, at(21));
  expect(await ways.requests.isCancelRequested(orderId)).toBe(false);
  expect(await ways.requests.requestCancel(orderId, wish, at(22))).toEqual({
    outcome: 'too_late',
    status: 'out_for_delivery',
  });
  const second = await ways.captured([[mug, 1]]);
  await ways.requests.requestCancel(second, wish, at(30));
  await ways.requests.clearCancelRequest(second, at(31));
  expect(await ways.requests.isCancelRequested(second)).toBe(false);
});

test('an overdue wait is one finding while it is open', async () => {
  await ways.seed({ [mug]: 4 });
  const orderId = await ways.confirmed([[mug, 1]]);
  const overdue = (round: number) =>
    ways.undelivered.recordOverdue({ orderId, generation: 1, wait: 'pick', round }, at(9));
  expect(await overdue(1)).toEqual({ outcome: 'recorded' });
  expect(await overdue(1)).toEqual({ outcome: 'already' });
  expect(await overdue(2)).toEqual({ outcome: 'recorded' });
});

test('a manager ends a wait once, with what that step allows; the order follows', async () => {
  await ways.seed({ [mug]: 9 });
  const by = { subject: manager, reason: 'the courier called' };
  const end = (
    orderId: OrderId,
    ending: Parameters<Ways['operations']['endWait']>[2],
    seconds: number,
  ) => ways.operations.endWait(orderId, 1, ending, by, at(seconds));

  const { orderId, taskId } = await ways.returning([[mug, 2]]);
  const lines = (good: number) => [{ sku: sku(mug), good, damaged: 0 }];
  const returned = (good: number) =>
    ({ step: 'return', outcome: { outcome: 'returned', lines: lines(good) } }) as const;
  expect(await end(orderId, returned(3), 20)).toBe('mismatch');
  expect(await end(orderId, returned(2), 21)).toBe('ended');
  expect(await end(orderId, { step: 'return', outcome: { outcome: 'lost' } }, 22)).toBe('already');
  expect(await ways.stockroom.returns({ limit: 10 })).toEqual([]);
  expect(await ways.stockroom.receiveReturn(taskId, worker, lines(1), at(23))).toEqual({
    outcome: 'received',
  });

  const picking = await ways.confirmed([[mug, 1]]);
  const cancelled = { step: 'pick', outcome: { outcome: 'cancelled' } } as const;
  expect(await end(picking, cancelled, 24), 'nobody waits yet').toBe('not_waiting');
  await ways.pickOf(picking);
  expect(await end(picking, cancelled, 25)).toBe('ended');
  expect(await ways.orders.orderOf(picking)).toMatchObject({ status: 'cancelled' });
  expect(await end(picking, cancelled, 26)).toBe('already');
  expect(await end(picking, { step: 'delivery', outcome: { outcome: 'lost' } }, 27)).toBe(
    'not_waiting',
  );
  const actions = await db.admin`select subject, reason from kassa.operator_actions`;
  expect([...actions]).toEqual(Array(2).fill(by));
  await invariants(db.admin);
});
