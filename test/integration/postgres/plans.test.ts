import { expect, test } from 'vitest';
import { useDatabase } from '../../support/database.ts';
import { at, createShop, newOrderId, worker } from '../../support/shop.ts';

const db = useDatabase({ max: 1 });

const small = ['products', 'status_transitions'];

async function wholeReads() {
  await db.sql`select pg_stat_force_next_flush()`;
  const rows = await db.sql`select relname, seq_scan::int as reads from pg_stat_user_tables
    where schemaname = 'kassa' and seq_scan > 0`;
  return Object.fromEntries(rows.map((row) => [row['relname'], row['reads']]));
}

test('no step reads a whole table, though it was planned while the table was empty', async () => {
  const shop = createShop(db.sql);
  await shop.seed({ 'MUG-1': 50, 'TEE-1': 50 });
  const before = await wholeReads();

  const orderId = await shop.ordered([
    ['TEE-1', 2],
    ['MUG-1', 1],
  ]);
  await shop.place([['MUG-1', 100]]);
  await shop.release((await placedBare()) ?? orderId);
  await shop.mailbox.registerToken({ orderId, step: 'payment', round: 1 }, shop.wait('t'), at(1));
  await shop.webhook(orderId, 'declined', at(1));
  await shop.webhook(orderId, 'authorised', at(2));
  await shop.payments.confirmOrder(shop.order(orderId), at(3));
  const key = { orderId, step: 'pick', round: 1 } as const;
  const { taskId } = await shop.warehouse.openPickTask(key, shop.wait('t'), at(4));
  await shop.warehouse.tasks({ limit: 5 });
  await shop.warehouse.claim(taskId, worker, at(4));
  await shop.warehouse.tasks({ limit: 5, claimedBy: worker, after: taskId });
  const picked = [
    { sku: 'MUG-1', quantity: 1 },
    { sku: 'TEE-1', quantity: 2 },
  ];
  expect((await shop.warehouse.complete(taskId, worker, picked, at(5))).outcome).toBe('packed');
  await shop.payments.recordCapture({ ...shop.order(orderId), amount: 3390 }, at(6));
  await shop.deliveries.recordHandover(orderId, at(7));
  await shop.deliveries.recordOutcome(orderId, 1, { outcome: 'delivered' }, at(8));
  await shop.fulfilment.completeOrder(shop.order(orderId), at(9));

  const cancelled = await shop.ordered([['MUG-1', 1]]);
  await shop.cancelIt(cancelled, at(1));
  await shop.payments.markVoiding(shop.order(cancelled), at(2));
  const expired = await shop.ordered([['MUG-1', 1]]);
  await shop.expiry.measureTail(at(1000));
  expect(await shop.expireAll(at(1000))).toBe(1);
  expect(await shop.webhook(expired, 'authorised', at(1001))).toBe('revived');
  await shop.webhook(expired, 'canceled', at(1002));
  await shop.expiry.restartExecutions(at(2000), 10);

  await shop.inbox.lease(10, at(2000), at(2030));
  const deliveries = await shop.mailbox.leaseDeliveries(10, at(2000), at(2030));
  await shop.mailbox.settleDeliveries(
    deliveries.map(({ outcome: _, attempts: __, ...row }) => ({ ...row, result: 'sent' })),
    at(2001),
  );
  const entries = await shop.outbox.leaseOutbox(100, at(2000), at(2030));
  await shop.outbox.settleOutbox(
    entries.map(({ id }) => ({ id, result: 'done' })),
    at(2001),
  );
  await shop.orders.orderOf(orderId);
  const view = await shop.orders.orderOf(orderId);
  if (view !== undefined)
    await shop.orders.ordersOf(view.customerId, { limit: 5, before: orderId });

  const after = await wholeReads();
  const grown = Object.entries(after).filter(
    ([table, reads]) => reads !== before[table] && !small.includes(table),
  );
  expect(grown).toEqual([]);

  async function placedBare() {
    const placed = await shop.place([['MUG-1', 1]], { orderId: newOrderId() });
    return placed.outcome === 'placed' ? placed.orderId : undefined;
  }
});

test('closing one order reads its own rows, not those of every order that is open', async () => {
  const shop = createShop(db.sql);
  await shop.seed({ 'MUG-1': 500 });
  const [cancelled, canceled, released] = await Promise.all([
    shop.ordered([['MUG-1', 1]], { now: at(500) }),
    shop.ordered([['MUG-1', 1]], { now: at(500) }),
    shop.place([['MUG-1', 1]], { now: at(500) }),
  ]);
  await shop.ordered([['MUG-1', 1]]);
  for (let index = 0; index < 150; index += 1) await shop.place([['MUG-1', 1]], { now: at(500) });

  const before = await rowsRead();
  await shop.cancelIt(cancelled, at(600));
  await shop.webhook(canceled, 'canceled', at(600));
  if (released.outcome === 'placed') await shop.release(released.orderId);
  expect(await shop.expireAll(at(1000))).toBe(1);
  const after = await rowsRead();
  const many = Object.entries(after).filter(([index, read]) => read - (before[index] ?? 0) > 60);
  expect(many).toEqual([]);
});

async function rowsRead(): Promise<Record<string, number>> {
  await db.sql`select pg_stat_force_next_flush()`;
  const rows = await db.sql`select indexrelname, idx_tup_read::int as read from pg_stat_user_indexes
    where schemaname = 'kassa' and relname <> 'status_transitions'`;
  return Object.fromEntries(rows.map((row) => [row['indexrelname'], Number(row['read'])]));
}
