import { expect, test } from 'vitest';
import type { OrderId } from '../../../domain/shared/ids.ts';
import { untilBlocked, useDatabase } from '../../support/database.ts';
import { at, newOrderId, type Shop, worker } from '../../support/shop.ts';

const db = useDatabase();

interface Prepared {
  readonly orderId: OrderId;
  readonly act: () => Promise<unknown>;
}

const steps: Readonly<Record<string, (shop: Shop) => Promise<Prepared>>> = {
  'releasing an order': async (shop) => {
    const orderId = newOrderId();
    await shop.place([['MUG-1', 1]], { orderId });
    return { orderId, act: () => shop.release(orderId) };
  },
  'cancelling an order': async (shop) => {
    const orderId = await shop.ordered([['MUG-1', 1]]);
    return { orderId, act: () => shop.cancelIt(orderId, at(1)) };
  },
  "Stripe's cancellation": async (shop) => {
    const orderId = await shop.ordered([['MUG-1', 1]]);
    return { orderId, act: () => shop.webhook(orderId, 'canceled', at(1)) };
  },
  'expiring orders': async (shop) => {
    const orderId = await shop.ordered([['MUG-1', 1]]);
    return { orderId, act: () => shop.expireAll(at(1000)) };
  },
  'reviving an order': async (shop) => {
    const orderId = await shop.ordered([['MUG-1', 1]]);
    await shop.expireAll(at(1000));
    return { orderId, act: () => shop.webhook(orderId, 'authorised', at(1001)) };
  },
  'packing an order': async (shop) => {
    const orderId = await shop.confirmed([['MUG-1', 1]]);
    const key = { orderId, step: 'pick', round: 1 } as const;
    const { taskId } = await shop.warehouse.openPickTask(key, shop.wait('t'), at(1));
    await shop.warehouse.claim(taskId, worker, at(2));
    const picked = [{ sku: 'MUG-1', quantity: 1 }];
    return { orderId, act: () => shop.warehouse.complete(taskId, worker, picked, at(3)) };
  },
};

test.each(Object.entries(steps))('%s locks the stock before the order', async (_, prepare) => {
  const { shop, admin } = db;
  await shop.seed({ 'MUG-1': 5 });
  const { orderId, act } = await prepare(shop);
  const { acted } = await admin.begin(async (transaction) => {
    await transaction`select 1 from kassa.stock for update`;
    const acting = act();
    await untilBlocked(admin);
    // Waiting for the stock, it must not hold the order already.
    expect(
      await transaction`select 1 from kassa.orders where order_id = ${orderId} for update nowait`,
    ).toHaveLength(1);
    return { acted: acting };
  });
  await acted;
});

const wanted = [
  ['ZZZ-9', 1],
  ['AAA-1', 1],
] as const;

test.each([
  ['placing an order', async (shop: Shop) => () => shop.place([...wanted])],
  [
    'cancelling an order',
    async (shop: Shop) => {
      const orderId = await shop.ordered([...wanted]);
      return () => shop.cancelIt(orderId, at(1));
    },
  ],
] as const)(
  '%s locks its stock in SKU order, so that no two orders wait for each other',
  async (_, prepare) => {
    const { shop, admin } = db;
    await shop.seed({ 'ZZZ-9': 5, 'AAA-1': 5 });
    const act: () => Promise<unknown> = await prepare(shop);
    const { acted } = await admin.begin(async (transaction) => {
      await transaction`select 1 from kassa.stock where sku = 'AAA-1' for update`;
      const acting = act();
      await untilBlocked(admin);
      // Waiting for the first SKU, it must not hold the last one already.
      expect(
        await transaction`select 1 from kassa.stock where sku = 'ZZZ-9' for update nowait`,
      ).toHaveLength(1);
      return { acted: acting };
    });
    await acted;
  },
);
