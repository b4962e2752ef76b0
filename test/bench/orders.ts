import type postgres from 'postgres';
import * as z from 'zod';
import type { BenchCloud } from './cloud.ts';
import { inParallel, round, type Spread, spreadOf } from './numbers.ts';

export interface Run {
  readonly name: string;
  readonly concurrency: number;
  readonly ordersPerSecond: number;
  readonly checkoutMs: Spread;
  readonly confirmedMs: Spread;
  /** Queries that the driver itself made. */
  readonly looks: number;
}

/**
 * Customers order, pay at Stripe as a browser does, and wait until the order is confirmed and its fulfilment
 * machine waits for the warehouse: authorised by the signed webhook, goods committed.
 * @throws UnexpectedAnswer for any answer but the expected ones
 */
export async function runOrders(
  cloud: BenchCloud,
  plan: {
    readonly name: string;
    readonly concurrency: number;
    readonly orders: number;
    readonly skuOf: (index: number) => string;
  },
): Promise<Run> {
  const { world } = cloud;
  const watch = new Confirmations(cloud.admin);
  const checkouts: number[] = [];
  const confirmations: number[] = [];
  const began = performance.now();
  try {
    await inParallel(plan.orders, plan.concurrency, async (index) => {
      const customer = `bench-${index % 50}`;
      await world.token(customer, 'customer');
      const start = performance.now();
      const { orderId } = await world.placeOrder(customer, [
        { sku: plan.skuOf(index), quantity: 1 },
      ]);
      checkouts.push(performance.now() - start);
      const status = await world.pay(customer, orderId, 'pm_card_visa');
      if (status !== 200) throw new Error(`Stripe answered ${status} to the payment of ${orderId}`);
      await watch.confirmed(orderId);
      confirmations.push(performance.now() - start);
    });
  } finally {
    watch.stop();
  }
  const seconds = (performance.now() - began) / 1000;
  return {
    name: plan.name,
    concurrency: plan.concurrency,
    ordersPerSecond: round(plan.orders / seconds),
    checkoutMs: spreadOf(checkouts),
    confirmedMs: spreadOf(confirmations),
    looks: watch.looks,
  };
}

const rowsSchema = z.array(z.object({ orderId: z.string() }));
/** Milliseconds between two looks, and the longest an order may take. */
const every = 10;
const longest = 120_000;

/** Looks for all waiting orders with one query, so that looking costs the same at every concurrency. */
class Confirmations {
  private readonly admin: postgres.Sql;
  private readonly waiting = new Map<string, PromiseWithResolvers<void>>();
  looks = 0;
  private looking = false;
  private stopped = false;

  constructor(admin: postgres.Sql) {
    this.admin = admin;
  }

  async confirmed(orderId: string): Promise<void> {
    const found = Promise.withResolvers<void>();
    this.waiting.set(orderId, found);
    const late = setTimeout(
      () => found.reject(new Error(`${orderId} is not confirmed after ${longest / 1000} s`)),
      longest,
    );
    if (!this.looking) void this.look();
    try {
      await found.promise;
    } finally {
      clearTimeout(late);
      this.waiting.delete(orderId);
    }
  }

  stop(): void {
    this.stopped = true;
  }

  private async look(): Promise<void> {
    this.looking = true;
    try {
      while (this.waiting.size > 0 && !this.stopped) {
        this.looks += 1;
        const rows = await this.admin`
          select o.order_id as "orderId" from kassa.orders o
          join kassa.mailbox m on m.order_id = o.order_id and m.step = 'pick' and m.token is not null
          where o.order_id = any (${[...this.waiting.keys()]}::uuid[]) and o.status = 'confirmed'`;
        for (const { orderId } of rowsSchema.parse([...rows])) this.waiting.get(orderId)?.resolve();
        await new Promise((resolve) => setTimeout(resolve, every));
      }
    } catch (error) {
      for (const { reject } of this.waiting.values()) reject(error);
    } finally {
      this.looking = false;
    }
  }
}
