import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import type { OrderId } from '../../../domain/shared/ids.ts';
import { useDatabase } from '../../support/database.ts';
import { invariants } from '../../support/invariants.ts';
import { at, customer, intentOf, sku, type Wishes, worker } from '../../support/shop.ts';
import { createWays, manager, type Ways } from '../../support/ways.ts';

const db = useDatabase();
let ways: Ways;
beforeAll(() => {
  ways = createWays(db.sql);
});

const skus = ['AAA-1', 'BBB-1', 'CCC-1'];
const now = at(1000);

interface Order {
  readonly orderId: OrderId;
  readonly wishes: Wishes;
}

interface Dice {
  /** Which order, and how much of whatever there is much of. */
  readonly order: number;
  readonly amount: number;
  readonly key: string;
}

const shopkeeper = (key: string) => ({ subject: worker, reason: 'counted', key });
const skuOf = (dice: Dice) => sku(skus[dice.amount % skus.length] ?? 'AAA-1');

let stripe: Promise<unknown> = Promise.resolve();

/** Stripe makes one refund of a charge after the other, each within what the one before has left. */
function atStripe<T>(make: () => Promise<T>): Promise<T> {
  const made = stripe.then(make);
  stripe = made.catch(() => undefined);
  return made;
}

/** What may happen to an order, or to the shelf, at any time. What the state does not allow is refused there. */
const happenings: Readonly<Record<string, (order: Order, dice: Dice) => Promise<unknown>>> = {
  authorise: ({ orderId }) => ways.webhook(orderId, 'authorised', now),
  confirm: ({ orderId }) => ways.payments.confirmOrder(ways.order(orderId), now),
  cancel: ({ orderId }) => ways.cancelIt(orderId, now),
  expire: () => ways.expireAll(now),
  stripeCancel: ({ orderId }) => ways.webhook(orderId, 'canceled', now),
  complete: async ({ orderId, wishes }, { amount }) => {
    const taskId = await ways.claimed(orderId);
    const missing = amount % 2 === 0;
    const picked = wishes.map(([name, quantity]) => ({
      sku: name,
      quantity: missing ? amount % (quantity + 1) : quantity,
    }));
    await ways.warehouse.complete(taskId, worker, picked, now, { missing });
  },
  capture: async ({ orderId }) => {
    const rows = await db.admin`
      select (outcome ->> 'captureAmount')::int as amount from kassa.mailbox
      where order_id = ${orderId} and step = 'pick' and outcome ->> 'outcome' = 'packed'`;
    const [row] = z.array(z.object({ amount: z.int() })).parse(rows);
    if (row === undefined) return;
    await ways.payments.recordCapture({ ...ways.order(orderId), amount: row.amount }, now);
  },
  unpack: ({ orderId }) => ways.undelivered.unpackOrder({ orderId, generation: 1 }, now),
  handOver: ({ orderId }) => ways.deliveries.recordHandover(orderId, now),
  deliver: ({ orderId }) => ways.fulfilment.completeOrder({ orderId, generation: 1 }, now),
  withdraw: async ({ orderId }) => {
    const wish = { subject: customer, role: 'customer', reason: 'changed my mind' } as const;
    await ways.requests.requestCancel(orderId, wish, now);
    await ways.undelivered.closeUndelivered(
      { orderId, generation: 1 },
      { outcome: 'withdrawn' },
      now,
    );
  },
  giveUp: ({ orderId }) =>
    ways.undelivered.openReturn({ orderId, step: 'return', round: 1 }, ways.wait('r'), now),
  comeBack: ({ orderId, wishes }, { amount }) =>
    ways.undelivered.closeUndelivered(
      { orderId, generation: 1 },
      {
        outcome: 'returned',
        lines: wishes.map(([name]) => ({ sku: sku(name), good: amount % 3, damaged: amount % 2 })),
      },
      now,
    ),
  lose: ({ orderId }) =>
    ways.undelivered.closeUndelivered({ orderId, generation: 1 }, { outcome: 'lost' }, now),
  refund: ({ orderId }, { amount, key }) =>
    ways.refunds.requestRefund(
      orderId,
      { amount: 1 + amount * 100, reason: 'broken', key },
      manager,
      now,
    ),
  refundFails: ({ orderId }, { amount }) =>
    atStripe(async () => {
      const refunds = await ways.refunds.refundsOf(orderId);
      const refund = refunds[amount % Math.max(1, refunds.length)];
      if (refund === undefined) return;
      const { refundId } = refund;
      const command = { ...ways.order(orderId), refundId, failureReason: null };
      const stripeRefundId = `re_${refundId.replaceAll('-', '')}`;
      const status = amount % 2 === 0 ? 'failed' : 'succeeded';
      await ways.refunds.recordRefund({ ...command, stripeRefundId, status }, now);
    }),
  // Stripe refunds no more than what is left of what it knows of: at most what was not asked for by us and made.
  dashboardRefund: ({ orderId }, { amount, key }) =>
    atStripe(async () => {
      const refunds = await ways.refunds.refundsOf(orderId);
      const known = refunds.filter((each) => ['pending', 'succeeded'].includes(each.status));
      const order = await ways.orders.orderOf(orderId);
      const left = known.reduce((rest, each) => rest - each.amount, order?.capturedAmount ?? 0);
      if (left <= 0) return;
      const object = { kind: 'refund', id: `re_${key}`, status: 'succeeded', refundId: null };
      const taken = Math.min(left, 1 + amount * 100);
      await ways.told(orderId, 'refund.created', { ...object, amount: taken }, now);
    }),
  correct: (_, dice) =>
    ways.stockroom.correctStock(skuOf(dice), dice.amount % 7, shopkeeper(dice.key), now),
  receive: (_, dice) =>
    ways.stockroom.receiveGoods(
      [{ sku: skuOf(dice), quantity: 1 + (dice.amount % 3) }],
      shopkeeper(dice.key),
      now,
    ),
  watch: () => ways.watcher.watchAuthorisations(at(7 * 24 * 3600), 10),
};

const wishes = fc.array(fc.tuple(fc.constantFrom(...skus), fc.integer({ min: 1, max: 3 })), {
  minLength: 1,
  maxLength: 2,
});
/** One line a SKU: what the picker is asked for. */
const merged = wishes.map((list): Wishes => [...new Map(list)]);
const happening = fc.record({
  name: fc.constantFrom(...Object.keys(happenings)),
  order: fc.nat({ max: 30 }),
  amount: fc.nat({ max: 25 }),
  key: fc.uuid().map((id) => id.replaceAll('-', '')),
});
/** How far an order has come when the others start to happen to it. */
const beginning = fc.record({
  wishes: merged,
  policy: fc.constantFrom('partial' as const, 'nothing' as const),
  steps: fc.constantFrom(
    [],
    ['complete'],
    ['complete', 'capture'],
    ['complete', 'capture', 'handOver'],
    ['complete', 'capture', 'handOver', 'giveUp'],
  ),
});

/** Undefined where the order's state does not allow it. */
async function refusable(answer: Promise<unknown> | undefined): Promise<void> {
  try {
    await answer;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'state_conflict') return;
    throw error;
  }
}

async function begin(
  list: readonly (typeof beginning extends fc.Arbitrary<infer T> ? T : never)[],
) {
  const orders: Order[] = [];
  for (const each of list) {
    const wanted = each.wishes;
    const placed = await ways.place(wanted);
    if (placed.outcome !== 'placed') continue;
    const { orderId } = placed;
    await ways.recordIntent(orderId, now);
    await db.admin`
      update kassa.orders set shortage_policy = ${each.policy} where order_id = ${orderId}`;
    const order = { orderId, wishes: wanted };
    orders.push(order);
    for (const name of ['authorise', 'confirm', ...each.steps]) {
      if (each.steps.length === 0) break;
      // An odd amount picks every piece.
      await refusable(happenings[name]?.(order, { order: 0, amount: 1, key: intentOf(orderId) }));
    }
  }
  return orders;
}

test('whatever happens at once, reserved is live and on the shelf, movements add up, refunds stay within', async () => {
  await fc.assert(
    fc
      .asyncProperty(
        fc.array(beginning, { minLength: 3, maxLength: 6 }),
        fc.array(fc.array(happening, { minLength: 2, maxLength: 8 }), {
          minLength: 2,
          maxLength: 6,
        }),
        async (beginnings, rounds) => {
          await ways.seed(Object.fromEntries(skus.map((name) => [name, 9])));
          const orders = await begin(beginnings);
          if (orders.length === 0) return;
          await invariants(db.admin);
          for (const round of rounds) {
            await Promise.all(
              round.map(({ name, ...dice }) => {
                const order = orders[dice.order % orders.length];
                return order === undefined ? undefined : refusable(happenings[name]?.(order, dice));
              }),
            );
            await invariants(db.admin);
          }
          expect(await ways.books.checkStock(now)).toEqual({ differences: 0 });
        },
      )
      .afterEach(() => db.clear()),
    { numRuns: 25, endOnFailure: true, interruptAfterTimeLimit: 60_000 },
  );
}, 120_000);
