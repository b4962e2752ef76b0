import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { OrderStatus } from '../../../domain/orders/status.ts';
import type { OrderId } from '../../../domain/shared/ids.ts';
import { allocate, type StockLevel } from '../../../domain/stock/allocation.ts';
import { useDatabase } from '../../support/database.ts';
import { invariants, levelOf } from '../../support/invariants.ts';
import { at, newOrderId, type Shop, sku, type Wishes, worker } from '../../support/shop.ts';

const db = useDatabase();
const skus = ['AAA-1', 'BBB-1', 'CCC-1'];
const onHand = 6;

const wishes = fc.array(fc.tuple(fc.constantFrom(...skus), fc.integer({ min: 1, max: 3 })), {
  minLength: 1,
  maxLength: 3,
});
const which = fc.nat({ max: 20 });
const commandOf = (type: Exclude<Command['type'], 'place' | 'expire'>) =>
  fc.record({ type: fc.constant(type), order: which });
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ type: fc.constant('place' as const), wishes }) },
  { weight: 3, arbitrary: commandOf('intent') },
  { weight: 3, arbitrary: commandOf('authorise') },
  { weight: 1, arbitrary: commandOf('release') },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('expire' as const) }) },
  { weight: 1, arbitrary: commandOf('cancel') },
  { weight: 1, arbitrary: commandOf('stripeCancel') },
  { weight: 2, arbitrary: commandOf('confirm') },
  { weight: 2, arbitrary: commandOf('complete') },
);

type Command =
  | { readonly type: 'place'; readonly wishes: Wishes }
  | { readonly type: 'expire' }
  | {
      readonly type:
        | 'intent'
        | 'authorise'
        | 'release'
        | 'cancel'
        | 'stripeCancel'
        | 'confirm'
        | 'complete';
      readonly order: number;
    };

interface Order {
  readonly orderId: OrderId;
  readonly wishes: Wishes;
}

/** Does it to the database. What the state does not allow is refused there, which is part of the point. */
async function carryOut(shop: Shop, orders: Order[], each: Command): Promise<void> {
  if (each.type === 'place') {
    const orderId = newOrderId();
    const placed = await shop.place(each.wishes, { orderId });
    if (placed.outcome === 'placed') orders.push({ orderId, wishes: each.wishes });
    return;
  }
  if (each.type === 'expire') {
    await shop.expireAll(at(1000));
    return;
  }
  const order = orders[each.order % Math.max(1, orders.length)];
  if (order === undefined) return;
  const { orderId } = order;
  const now = at(1000);
  switch (each.type) {
    case 'intent':
      await shop.recordIntent(orderId, now);
      return;
    case 'authorise':
      await shop.webhook(orderId, 'authorised', now);
      return;
    case 'release':
      await shop.release(orderId, false, now);
      return;
    case 'cancel':
      await shop.cancelIt(orderId, now);
      return;
    case 'stripeCancel':
      await shop.webhook(orderId, 'canceled', now);
      return;
    case 'confirm':
      await refusable(shop.payments.confirmOrder(shop.order(orderId), now));
      return;
    case 'complete':
      await complete(shop, order);
  }
}

async function complete(shop: Shop, { orderId, wishes: wanted }: Order): Promise<void> {
  const key = { orderId, step: 'pick', round: 1 } as const;
  const opened = await refusable(shop.warehouse.openPickTask(key, shop.wait('t'), at(1000)));
  if (opened === undefined) return;
  await shop.warehouse.claim(opened.taskId, worker, at(1000));
  const picked = wanted.map(([name, quantity]) => ({ sku: name, quantity }));
  await shop.warehouse.complete(opened.taskId, worker, picked, at(1000));
}

/** Undefined where the order's state does not allow it. */
async function refusable<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'state_conflict') {
      return undefined;
    }
    throw error;
  }
}

const closed = ['expired', 'cancelled', 'released'];

/** The stock as the pure model has it, order by order, given what each order did between. */
class Model {
  levels: readonly StockLevel[] = skus.map((name) => ({ sku: sku(name), onHand, reserved: 0 }));

  place(wanted: Wishes): boolean {
    const result = allocate(
      this.levels,
      wanted.map(([name, quantity]) => ({ sku: sku(name), quantity })),
    );
    if (result.outcome === 'reserved') this.levels = result.levels;
    return result.outcome === 'reserved';
  }

  change(wanted: Wishes, before: OrderStatus, after: OrderStatus): void {
    if (closed.includes(before) && after === 'authorised') {
      expect(this.place(wanted), 'revived only where the goods are there').toBe(true);
    } else if (!closed.includes(before) && closed.includes(after)) {
      this.take(wanted, 0);
    } else if (before !== 'packed' && after === 'packed') {
      this.take(wanted, 1);
    }
  }

  private take(wanted: Wishes, offTheShelf: 0 | 1): void {
    this.levels = this.levels.map((level) => {
      const pieces = wanted
        .filter(([name]) => name === level.sku)
        .reduce((sum, [, quantity]) => sum + quantity, 0);
      return {
        sku: level.sku,
        onHand: level.onHand - pieces * offTheShelf,
        reserved: level.reserved - pieces,
      };
    });
  }
}

test('the counters follow the model, whatever happens to the orders in whatever order', async () => {
  const { shop, admin } = db;
  await fc.assert(
    fc
      .asyncProperty(fc.array(command, { minLength: 10, maxLength: 40 }), async (commands) => {
        await shop.seed(Object.fromEntries(skus.map((name) => [name, onHand])));
        const orders: Order[] = [];
        const statuses = new Map<OrderId, OrderStatus>();
        const model = new Model();
        for (const each of commands) {
          const known = orders.length;
          const fits = each.type === 'place' ? model.place(each.wishes) : false;
          await carryOut(shop, orders, each);
          expect(orders.length - known, 'placed when the model places').toBe(fits ? 1 : 0);
          for (const order of orders) {
            const after = (await shop.orders.orderOf(order.orderId))?.status ?? 'released';
            const before = statuses.get(order.orderId);
            if (before !== undefined) model.change(order.wishes, before, after);
            statuses.set(order.orderId, after);
          }
          for (const level of model.levels) {
            expect({ sku: level.sku, ...(await levelOf(admin, level.sku)) }).toEqual(level);
          }
        }
        await invariants(admin);
      })
      .afterEach(async () => {
        await db.clear();
      }),
    { numRuns: 15 },
  );
}, 120_000);

test('the counters do not drift when everything happens at once', async () => {
  const { shop, admin } = db;
  await fc.assert(
    fc
      .asyncProperty(
        fc.array(fc.array(command, { minLength: 2, maxLength: 8 }), { minLength: 3, maxLength: 8 }),
        async (rounds) => {
          await shop.seed(Object.fromEntries(skus.map((name) => [name, onHand])));
          const orders: Order[] = [];
          for (const round of rounds) {
            await Promise.all(round.map((each) => carryOut(shop, orders, each)));
            await invariants(admin);
          }
        },
      )
      .afterEach(async () => {
        await db.clear();
      }),
    { numRuns: 20 },
  );
}, 120_000);
