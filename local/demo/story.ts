import type { Placed, World } from './world.ts';

/** Prints a scenario's heading and its orders' timelines as they grow. */
export class Story {
  private readonly shown = new Map<string, number>();
  private readonly world: World;
  private readonly print: (line: string) => void;

  constructor(world: World, print: (line: string) => void) {
    this.world = world;
    this.print = print;
  }

  heading(letter: string, text: string): void {
    this.print('');
    this.print(`(${letter}) ${text}`);
  }

  placed(order: Placed): void {
    this.print(
      `    order ${order.orderId}  ${(order.total.amount / 100).toFixed(2)} ${order.total.currency}`,
    );
  }

  does(who: string, what: string): void {
    this.print(`    ${who.padEnd(10)} ${what}`);
  }

  /** Prints what is new on the timeline; answers the last entry's status. */
  async follow(customer: string, orderId: string): Promise<string> {
    const entries = await this.world.timeline(customer, orderId);
    const seen = this.shown.get(orderId) ?? 0;
    for (const entry of entries.filter((each) => each.sequence > seen)) {
      this.print(
        `      ${entry.at.slice(11, 19)}  ${entry.type.padEnd(20)} ${entry.status}, payment ${entry.paymentStatus}`,
      );
    }
    const last = entries.at(-1);
    if (last !== undefined) this.shown.set(orderId, Math.max(seen, last.sequence));
    return last?.status ?? 'unknown';
  }

  /** Follows until the timeline has an entry of this type. */
  async until(customer: string, orderId: string, type: string, seconds = 60): Promise<void> {
    const end = Date.now() + seconds * 1000;
    for (;;) {
      await this.follow(customer, orderId);
      const entries = await this.world.timeline(customer, orderId);
      if (entries.some((entry) => entry.type === type)) {
        await this.follow(customer, orderId);
        return;
      }
      if (Date.now() > end) {
        throw new Error(`order ${orderId} did not come to ${type} within ${seconds} s`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
