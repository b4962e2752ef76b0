import { beforeAll, expect, test } from 'vitest';
import { createPurgeStore } from '../../../adapters/postgres/purge-store.ts';
import { type OrderId, orderIdSchema } from '../../../domain/shared/ids.ts';
import { type Retained, retention } from '../../../domain/shared/retention.ts';
import { purgeSettled } from '../../../functions/purge-settled/purge.ts';
import { useDatabase } from '../../support/database.ts';
import { at, start } from '../../support/shop.ts';
import { createWays, type Ways } from '../../support/ways.ts';

const db = useDatabase();
const day = 86_400;
let ways: Ways;
beforeAll(() => {
  ways = createWays(db.sql);
});

let made = 0;
/** Version 7, placed at the tests' beginning. */
function timelyOrderId(): OrderId {
  made += 1;
  const time = start.getTime().toString(16).padStart(12, '0');
  const rest = made.toString(16).padStart(12, '0');
  return orderIdSchema.parse(`${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${rest}`);
}

/** An expired order, voided, everything about it published, started and sent. */
async function over(key: string): Promise<OrderId> {
  const orderId = timelyOrderId();
  await ways.seed({ 'MUG-1': 50 });
  await ways.ordered([['MUG-1', 1]], { orderId, key });
  await ways.mailbox.registerToken({ orderId, step: 'payment', round: 1 }, ways.wait(key), at(1));
  await ways.webhook(orderId, 'canceled', at(2));
  await settleEverything(3);
  return orderId;
}

async function settleEverything(seconds: number): Promise<void> {
  const now = at(seconds);
  const rows = await ways.outbox.leaseOutbox(1000, now, now);
  await ways.outbox.settleOutbox(
    rows.map(({ id }) => ({ id, result: 'done' as const })),
    now,
  );
  const deliveries = await ways.mailbox.leaseDeliveries(1000, now, now);
  await ways.mailbox.settleDeliveries(
    deliveries.map((each) => ({ ...each, result: 'sent' as const })),
    now,
  );
}

const night = (days: number) =>
  purgeSettled(
    { rows: createPurgeStore(db.sql) },
    { now: at(days * day + 60), remaining: () => 60_000 },
  );

async function left() {
  const [row] = await db.admin`select
    (select count(*)::int from kassa.outbox where kind = 'event') as events,
    (select count(*)::int from kassa.outbox where kind = 'execution') as executions,
    (select count(*)::int from kassa.webhook_inbox) as webhooks,
    (select count(*)::int from kassa.mailbox) as outcomes,
    (select count(*)::int from kassa.checkout_requests) as "checkoutKeys"`;
  return { ...row };
}

test('each list keeps its rows for its own time, and no longer', async () => {
  const orderId = await over('key-00000001');
  await db.admin`insert into kassa.outbox (kind, order_id, generation, machine, run, input, created_at, due_at,
    settled_at, settled_as) values ('execution', ${orderId}, 1, 'settlement', 1, '{}', ${at(3)}, ${at(3)}, ${at(3)}, 'done')`;
  const full = await left();
  expect(full).toMatchObject({ executions: 1, webhooks: 1, outcomes: 1, checkoutKeys: 1 });
  const steps = Object.entries(retention).sort(([, a], [, b]) => a - b);
  let expected: Readonly<Record<string, unknown>> = full;
  for (const [, days] of steps) {
    await night(days - 1);
    expect(await left(), `a day before ${days}`).toEqual(expected);
    await night(days);
    const gone = steps.filter(([, each]) => each <= days).map(([name]) => [name, 0]);
    expected = { ...full, ...Object.fromEntries(gone) };
    expect(await left(), `at ${days}`).toEqual(expected);
  }
  expect(await ways.orders.orderOf(orderId), 'the order stays').toMatchObject({
    status: 'cancelled',
  });
  const kept = await db.admin`select 1 from kassa.stock_movements where order_id = ${orderId}`;
  expect(kept.length, 'and every movement').toBe(2);
});

test('what is not settled stays, however old it is', async () => {
  const orderId = timelyOrderId();
  await ways.seed({ 'MUG-1': 50 });
  await ways.confirmed([['MUG-1', 1]], { orderId });
  await ways.mailbox.registerToken({ orderId, step: 'payment', round: 1 }, ways.wait('t'), at(1));
  await ways.pickOf(orderId);
  await db.admin`update kassa.webhook_inbox set processed_at = null, result = null`;
  const { checkoutKeys: _, ...full } = await left();
  await night(2000);
  expect(await left()).toMatchObject(full);
  await settleEverything(10);
  await night(2000);
  expect(await left(), 'its order is not over').toMatchObject({ outcomes: 2 });
});

test('rows settled long after they were made are passed over and go with the later look', async () => {
  await over('key-00000002');
  await db.admin`update kassa.outbox set settled_at = ${at(40 * day)} where kind = 'event'`;
  const { events } = await left();
  await night(retention.events);
  await night(60);
  expect(await left()).toMatchObject({ events });
  await night(retention.executions + 41);
  expect(await left()).toMatchObject({ events: 0 });
});

test('takes few rows at a time, waits for nobody, and goes on where it was', async () => {
  for (const key of ['key-00000003', 'key-00000004', 'key-00000005']) await over(key);
  const store = createPurgeStore(db.sql);
  const purge = (what: Retained) => store.purge(what, at(1000 * day), 2);
  expect(await purge('webhooks')).toEqual({ deleted: 2, more: true });
  expect(await purge('webhooks')).toEqual({ deleted: 1, more: false });
  expect(await purge('checkoutKeys')).toEqual({ deleted: 2, more: true });
  expect(await purge('checkoutKeys')).toEqual({ deleted: 1, more: false });

  const held = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const holder = db.admin.begin(async (transaction) => {
    await transaction`select 1 from kassa.mailbox order by order_id limit 1 for update`;
    held.resolve();
    await gate.promise;
  });
  await held.promise;
  expect(await purge('outcomes')).toEqual({ deleted: 2, more: true });
  gate.resolve();
  await holder;
  expect(await purge('outcomes')).toEqual({ deleted: 1, more: false });
});

test('a key that is gone makes a new order; one that stays answers with its own', async () => {
  const orderId = await over('key-00000006');
  const again = () => ways.place([['MUG-1', 1]], { key: 'key-00000006', orderId: timelyOrderId() });
  await night(retention.checkoutKeys - 1);
  expect(await again()).toMatchObject({ outcome: 'existing', orderId });
  await night(retention.checkoutKeys);
  expect(await again()).toMatchObject({ outcome: 'placed' });
});
