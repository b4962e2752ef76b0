import { expect, test } from 'vitest';
import { subjectSchema } from '../../../domain/shared/ids.ts';
import { useDatabase } from '../../support/database.ts';
import { invariants, levelOf } from '../../support/invariants.ts';
import { at, customer, newOrderId } from '../../support/shop.ts';

const db = useDatabase();

test("another customer's order is not found; the warehouse may cancel it", async () => {
  const { shop, admin } = db;
  await shop.seed({ 'MUG-1': 5 });
  const orderId = await shop.ordered([['MUG-1', 2]]);
  const stranger = { subject: subjectSchema.parse('stranger'), reason: 'none' };
  const asCustomer = { ...stranger, role: 'customer' } as const;
  expect(await shop.cancel.cancelOrder(orderId, asCustomer, at(1))).toEqual({
    outcome: 'not_found',
  });
  expect(await shop.cancel.cancelOrder(newOrderId(), asCustomer, at(1))).toEqual({
    outcome: 'not_found',
  });
  expect(await levelOf(admin, 'MUG-1')).toEqual({ onHand: 5, reserved: 2 });
  const asWarehouse = { ...stranger, role: 'warehouse' } as const;
  expect(await shop.cancel.cancelOrder(orderId, asWarehouse, at(2))).toEqual({
    outcome: 'cancelled',
  });
  const [row] = await admin`select cancelled_by, cancel_role, cancel_reason from kassa.orders`;
  expect(row).toEqual({
    cancelled_by: 'stranger',
    cancel_role: 'warehouse',
    cancel_reason: 'none',
  });
});

test('cancelling twice, and at once, releases the goods once', async () => {
  const { shop, admin } = db;
  await shop.seed({ 'MUG-1': 5 });
  const orderId = await shop.ordered([['MUG-1', 2]]);
  await shop.ordered([['MUG-1', 3]]);
  const answers = await Promise.all([1, 2, 3].map(() => shop.cancelIt(orderId, at(1))));
  expect(answers).toEqual(Array(3).fill({ outcome: 'cancelled' }));
  expect(await levelOf(admin, 'MUG-1')).toEqual({ onHand: 5, reserved: 3 });
  await invariants(admin);
});

test('an authorised order that is cancelled loses its confirmation and is voided', async () => {
  const { shop } = db;
  await shop.seed({ 'MUG-1': 5 });
  const orderId = await shop.ordered([['MUG-1', 2]]);
  await shop.webhook(orderId, 'authorised', at(1));
  await shop.cancelIt(orderId, at(2));
  expect(await shop.payments.confirmOrder(shop.order(orderId), at(3))).toEqual({ outcome: 'lost' });
  expect(await shop.payments.markVoiding(shop.order(orderId), at(4))).toMatchObject({
    outcome: 'voiding',
    amount: 2390,
    currency: 'EUR',
  });
});

test('an expired order cannot be cancelled; the answer says why', async () => {
  const { shop } = db;
  await shop.seed({ 'MUG-1': 5 });
  const orderId = await shop.ordered([['MUG-1', 2]]);
  await shop.expireAll(at(1000));
  expect(await shop.cancelIt(orderId, at(1001))).toEqual({
    outcome: 'too_late',
    status: 'expired',
  });
});

test('the history of a customer comes in pages, newest first, and nobody else is in it', async () => {
  const { shop } = db;
  await shop.seed({ 'MUG-1': 50 });
  const ids: string[] = [];
  for (let index = 0; index < 5; index += 1) {
    ids.unshift(await shop.ordered([['MUG-1', 1]], { now: at(index) }));
    await shop.ordered([['MUG-1', 1]], { now: at(index), customer: 'another' });
  }
  const first = await shop.orders.ordersOf(customer, { limit: 2 });
  const before = first.at(-1)?.orderId;
  if (before === undefined) throw new Error('no page');
  const second = await shop.orders.ordersOf(customer, { limit: 10, before });
  expect([...first, ...second].map((each) => each.orderId)).toEqual(ids);
});
