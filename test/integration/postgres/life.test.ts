import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { orderEventSchema } from '../../../domain/orders/events.ts';
import { openTestDatabase, type TestDatabase } from '../../support/postgres.ts';
import { at, createShop, customer, intentOf, type Shop, sku, worker } from '../../support/shop.ts';

let database: TestDatabase;
let shop: Shop;
beforeAll(async () => {
  database = await openTestDatabase();
  shop = createShop(database.sql);
});
afterAll(() => database.close());
beforeEach(() => database.clear());

test('an order is placed, authorised, confirmed, packed, captured, delivered', async () => {
  await shop.seed({ 'MUG-1': 10, 'TEE-1': 10 });
  const address = { recipient: 'A', line1: 'B 1', postalCode: '1', city: 'C', country: 'DE' };
  const addressId = await shop.checkout.keepAddress(customer, address, at(0));
  expect(await shop.checkout.keepAddress(customer, address, at(1))).toBe(addressId);
  const orderId = await shop.ordered([
    ['TEE-1', 2],
    ['MUG-1', 1],
  ]);
  const order = shop.order(orderId);
  expect(await shop.orders.orderOf(orderId)).toMatchObject({
    status: 'awaiting_payment',
    clientSecret: 'secret',
  });
  expect(
    await shop.mailbox.registerToken(
      { orderId, step: 'payment', round: 1 },
      shop.wait('pay'),
      at(1),
    ),
  ).toEqual({ ready: false });
  expect(await shop.webhook(orderId, 'authorised', at(2))).toBe('applied');
  expect(await shop.mailbox.leaseDeliveries(10, at(2), at(60))).toEqual([
    {
      ...{ orderId, step: 'payment', round: 1, token: 'pay' },
      ...{ outcome: { outcome: 'authorised' }, attempts: 1 },
    },
  ]);
  expect(await shop.payments.confirmOrder(order, at(3))).toEqual({ outcome: 'confirmed' });
  const { taskId, ready } = await shop.warehouse.openPickTask(
    { orderId, step: 'pick', round: 1 },
    shop.wait('pick'),
    at(4),
  );
  expect(ready).toBe(false);
  expect(await shop.warehouse.tasks({ limit: 10 })).toMatchObject([
    {
      ...{ taskId, orderId, status: 'open', claimedBy: null },
      lines: [
        { sku: 'MUG-1', quantity: 1 },
        { sku: 'TEE-1', quantity: 2 },
      ],
    },
  ]);
  expect(await shop.warehouse.claim(taskId, worker, at(5))).toMatchObject({ outcome: 'claimed' });
  expect(await shop.warehouse.tasks({ limit: 10, claimedBy: worker })).toHaveLength(1);
  const picked = [
    { sku: 'TEE-1', quantity: 2 },
    { sku: 'MUG-1', quantity: 1 },
  ];
  expect(await shop.warehouse.complete(taskId, worker, picked, at(6))).toEqual({
    outcome: 'packed',
  });
  expect(await shop.mailbox.leaseDeliveries(10, at(6), at(60))).toMatchObject([
    {
      step: 'pick',
      token: 'pick',
      outcome: {
        ...{ outcome: 'packed', paymentIntentId: intentOf(orderId) },
        ...{ captureAmount: 3390, currency: 'EUR' },
      },
    },
  ]);
  await shop.payments.recordCapture({ ...order, amount: 3390 }, at(7));
  await shop.deliveries.recordHandover(orderId, at(8));
  await shop.mailbox.registerToken({ orderId, step: 'delivery', round: 1 }, shop.wait('d'), at(8));
  expect(await shop.deliveries.recordOutcome(orderId, 1, { outcome: 'delivered' }, at(9))).toBe(
    'recorded',
  );
  expect(await shop.fulfilment.completeOrder(order, at(10))).toEqual({ outcome: 'completed' });
  expect(await shop.orders.ordersOf(customer, { limit: 5 })).toMatchObject([
    {
      orderId,
      status: 'delivered',
      paymentStatus: 'captured',
      capturedAmount: 3390,
      clientSecret: null,
    },
  ]);

  const entries = await shop.outbox.leaseOutbox(100, at(10), at(60));
  const events = entries.map((each) =>
    orderEventSchema.parse(each.kind === 'event' && each.detail),
  );
  expect(events.map((each) => [each.sequence, each.type, each.state.status])).toEqual([
    [1, 'OrderPlaced', 'awaiting_payment'],
    [2, 'OrderAuthorised', 'authorised'],
    [3, 'OrderConfirmed', 'confirmed'],
    [4, 'OrderPacked', 'packed'],
    [5, 'PaymentCaptured', 'packed'],
    [6, 'OrderOutForDelivery', 'out_for_delivery'],
    [7, 'OrderDelivered', 'delivered'],
  ]);
  const stock = await database.admin`select sku, on_hand, reserved from kassa.stock order by sku`;
  expect(stock.map((row) => [row['sku'], row['on_hand'], row['reserved']])).toEqual([
    ['MUG-1', 9, 0],
    ['TEE-1', 8, 0],
  ]);
  expect(await shop.products.productsBySku([sku('MUG-1'), sku('NONE-1')])).toHaveLength(1);
});
