import { expect, test } from 'vitest';
import { orderEventSchema } from '../../../domain/orders/events.ts';
import { useDatabase } from '../../support/database.ts';
import { invariants } from '../../support/invariants.ts';
import { at, intentOf, newOrderId, placeCommand, webhookOf } from '../../support/shop.ts';

const db = useDatabase();
const lease = (seconds: number) => db.shop.outbox.leaseOutbox(10, at(seconds), at(seconds + 30));

test('state and event are committed together or not at all', async () => {
  const { shop, admin } = db;
  await shop.seed({ 'MUG-1': 5 });
  const orderId = newOrderId();
  class Crash extends Error {}
  const crashed = admin.begin(async (transaction) => {
    const command = JSON.stringify(placeCommand([['MUG-1', 1]], { orderId }));
    await transaction`select kassa.place_order(${command}::text::jsonb, ${at(0)}, ${at(900)})`;
    expect(await transaction`select 1 from kassa.outbox`).toHaveLength(1);
    throw new Crash();
  });
  await expect(crashed).rejects.toThrow(Crash);
  expect(await admin`select 1 from kassa.outbox`).toHaveLength(0);
  expect(await shop.orders.orderOf(orderId)).toBeUndefined();

  await shop.ordered([['MUG-1', 1]], { orderId });
  const expired = admin.begin(async (transaction) => {
    await transaction`select kassa.expire_batch(0, 1, 10, ${at(1000)})`;
    throw new Crash();
  });
  await expect(expired).rejects.toThrow(Crash);
  expect(await admin`select 1 from kassa.outbox`).toHaveLength(1);
  expect(await admin`select 1 from kassa.mailbox`).toHaveLength(0);
  await invariants(admin);
});

test('entries are leased once, come back when the lease ends, and go when they are done', async () => {
  const { shop } = db;
  await shop.seed({ 'MUG-1': 50 });
  await Promise.all(Array.from({ length: 6 }, () => shop.ordered([['MUG-1', 1]])));
  const leases = await Promise.all([lease(0), lease(0), lease(0)]);
  expect(leases.flat()).toHaveLength(6);
  expect(new Set(leases.flat().map((each) => each.id)).size).toBe(6);
  expect(await lease(29)).toEqual([]);
  const again = await lease(30);
  expect(again).toHaveLength(6);
  expect(again.every((each) => each.attempts === 2)).toBe(true);
  const [first, ...others] = again;
  if (first === undefined) throw new Error('nothing leased');
  await shop.outbox.settleOutbox(
    [
      { id: first.id, result: 'retry', retryAt: at(500) },
      ...others.map(({ id }) => ({ id, result: 'done' as const })),
    ],
    at(31),
  );
  expect(await lease(499)).toEqual([]);
  expect((await lease(500)).map((each) => each.id)).toEqual([first.id]);
});

test('what one relay is leasing the other leaves alone, and does not wait for', async () => {
  const { shop, admin } = db;
  await shop.seed({ 'MUG-1': 50 });
  const orderId = await shop.ordered([['MUG-1', 1]]);
  await shop.inbox.keep(webhookOf(orderId, 'authorised', 'evt_1'), at(0));
  await admin.begin(async (transaction) => {
    await transaction`select kassa.lease_outbox(10, ${at(3)}, ${at(33)})`;
    await transaction`select kassa.lease_webhooks(10, ${at(3)}, ${at(33)})`;
    expect(await lease(3)).toEqual([]);
    expect(await shop.inbox.lease(10, at(3), at(33))).toEqual([]);
  });
});

test('every event carries the whole state of its moment and no secret', async () => {
  const { shop } = db;
  await shop.seed({ 'MUG-1': 50 });
  const orderId = await shop.ordered([['MUG-1', 2]]);
  await shop.webhook(orderId, 'declined', at(1));
  await shop.cancelIt(orderId, at(2));
  const entries = await lease(10);
  const events = entries.map((each) =>
    orderEventSchema.parse(each.kind === 'event' && each.detail),
  );
  expect(events.map((each) => [each.type, each.state.status, each.occurredAt])).toEqual([
    ['OrderPlaced', 'awaiting_payment', at(0).toISOString()],
    ['PaymentDeclined', 'awaiting_payment', at(1).toISOString()],
    ['OrderCancelled', 'cancelled', at(2).toISOString()],
  ]);
  expect(new Set(events.map((each) => each.eventId)).size).toBe(3);
  expect(JSON.stringify(entries)).not.toContain('secret');
  expect(JSON.stringify(entries)).not.toContain(intentOf(orderId));
});

test('a finding stands open once, and again after it was resolved', async () => {
  const { shop, admin } = db;
  const finding = {
    ...shop.order(newOrderId()),
    ...{ machine: 'payment' as const, state: 'Void', error: 'PermanentFault' },
  };
  await shop.findings.recordFinding(finding, at(0));
  await shop.findings.recordFinding(finding, at(1));
  expect(await admin`select 1 from kassa.findings`).toHaveLength(1);
  await admin`update kassa.findings set resolved_at = ${at(2)}`;
  await shop.findings.recordFinding(finding, at(3));
  expect(await admin`select 1 from kassa.findings where resolved_at is null`).toHaveLength(1);
});
