import postgres from 'postgres';
import * as z from 'zod';
import type { World } from './world.ts';

/** What the demo says an order must have come to; several values where a race may rightly end either way. */
export interface PromisedOrder {
  readonly orderId: string;
  readonly scenario: string;
  readonly endings: readonly Ending[];
  /** Pieces of each of the demo's goods that are on the shelf no more; none unless said. */
  readonly offTheShelf?: readonly number[];
}

export interface Ending {
  readonly order: string;
  readonly payment: string;
  /** Status of the PaymentIntent at Stripe. */
  readonly stripe: string;
  /** What of the captured money stays with the shop; all of it unless said. */
  readonly kept?: 'all' | 'nothing';
}

export interface Row {
  readonly what: string;
  readonly promised: string;
  readonly found: string;
  readonly kept: boolean;
}

const orderRows = z.array(
  z.object({
    order_id: z.string(),
    status: z.string(),
    payment_status: z.string(),
    captured_amount: z.coerce.number(),
    payment_intent_id: z.string().nullable(),
    live_pieces: z.coerce.number(),
    refunded_amount: z.coerce.number(),
  }),
);
const stockRows = z.array(
  z.object({
    sku: z.string(),
    on_hand: z.coerce.number(),
    reserved: z.coerce.number(),
    live: z.coerce.number(),
  }),
);
const findingRows = z.array(z.object({ kind: z.string() }));

const liveStatuses = new Set(['awaiting_payment', 'authorised', 'confirmed']);

/** Reads the database's and Stripe's own words; nothing here goes through the API. */
export class Ledger {
  private readonly sql: postgres.Sql;
  private readonly world: World;

  constructor(world: World) {
    this.world = world;
    this.sql = postgres(world.at.database, {
      max: 1,
      onnotice: () => undefined,
      connection: { search_path: 'kassa' },
    });
  }

  async close(): Promise<void> {
    await this.sql.end({ timeout: 5 });
  }

  async onHand(sku: string): Promise<{ onHand: number; reserved: number }> {
    const [row] = z
      .array(z.object({ on_hand: z.coerce.number(), reserved: z.coerce.number() }))
      .parse(await this.sql`SELECT on_hand, reserved FROM stock WHERE sku = ${sku}`);
    if (row === undefined) throw new Error(`no stock row for ${sku}`);
    return { onHand: row.on_hand, reserved: row.reserved };
  }

  /** A row for each promise, then the invariants over everything. */
  async compare(promises: readonly PromisedOrder[]): Promise<readonly Row[]> {
    const ids = promises.map((each) => each.orderId);
    const orders = orderRows.parse(
      await this.sql`
        SELECT o.order_id, o.status, p.status AS payment_status, p.captured_amount, p.payment_intent_id,
               coalesce((SELECT sum(r.quantity) FROM reservations r
                         WHERE r.order_id = o.order_id AND r.status IN ('held', 'committed')), 0) AS live_pieces,
               coalesce((SELECT sum(f.amount) FROM refunds f
                         WHERE f.order_id = o.order_id AND f.status = 'succeeded'), 0) AS refunded_amount
        FROM orders o JOIN payments p ON p.order_id = o.order_id AND p.generation = o.generation
        WHERE o.order_id = ANY(${ids})`,
    );
    const rows: Row[] = [];
    for (const promise of promises) {
      const order = orders.find((each) => each.order_id === promise.orderId);
      if (order === undefined) {
        rows.push({ what: promise.scenario, promised: 'an order', found: 'none', kept: false });
        continue;
      }
      const intent =
        order.payment_intent_id === null
          ? undefined
          : await this.world.intent(order.payment_intent_id);
      const found: Ending = {
        order: order.status,
        payment: order.payment_status,
        stripe: intent?.status ?? 'no intent',
      };
      const refunded =
        order.refunded_amount === 0 || intent === undefined
          ? 0
          : await this.world.refundedAtStripe(intent.id);
      const fits = promise.endings.some(
        (ending) =>
          said(ending) === said(found) &&
          order.captured_amount - order.refunded_amount ===
            (ending.kept === 'nothing' ? 0 : order.captured_amount),
      );
      const moneyAgrees =
        (intent?.amount_received ?? 0) === order.captured_amount &&
        refunded === order.refunded_amount;
      const goodsAgree = liveStatuses.has(order.status)
        ? order.live_pieces > 0
        : order.live_pieces === 0;
      rows.push({
        what: promise.scenario,
        promised: promise.endings.map(said).join('  or  '),
        found:
          said(found) +
          (order.captured_amount === 0 ? '' : `, took ${order.captured_amount}`) +
          (order.refunded_amount === 0 ? '' : `, gave back ${order.refunded_amount}`) +
          (moneyAgrees ? '' : ' (Stripe took another sum than the books hold)') +
          (goodsAgree ? '' : ' (reservations do not fit the status)'),
        kept: fits && moneyAgrees && goodsAgree,
      });
    }
    return [...rows, ...(await this.invariants())];
  }

  private async invariants(): Promise<readonly Row[]> {
    const stock = stockRows.parse(
      await this.sql`
        SELECT s.sku, s.on_hand, s.reserved,
               coalesce((SELECT sum(r.quantity) FROM reservations r
                         WHERE r.sku = s.sku AND r.status IN ('held', 'committed')), 0) AS live
        FROM stock s`,
    );
    const drifted = stock.filter((row) => row.reserved !== row.live);
    const oversold = stock.filter((row) => row.reserved > row.on_hand || row.on_hand < 0);
    // That Stripe was silent is true: the demo held its webhooks back while the clock jumped.
    const findings = findingRows.parse(
      await this
        .sql`SELECT kind FROM findings WHERE resolved_at IS NULL AND kind <> 'webhooks_silent'`,
    );
    return [
      {
        what: 'reserved = live reservations',
        promised: `0 of ${stock.length} SKUs drifted`,
        found: `${drifted.length} drifted ${drifted.map((row) => row.sku).join(' ')}`.trim(),
        kept: drifted.length === 0,
      },
      {
        what: 'nothing oversold',
        promised: '0 SKUs oversold',
        found: `${oversold.length} oversold`,
        kept: oversold.length === 0,
      },
      {
        what: 'nothing left for a person to mend',
        promised: '0 open findings',
        found:
          `${findings.length} open findings ${findings.map((row) => row.kind).join(' ')}`.trim(),
        kept: findings.length === 0,
      },
    ];
  }
}

function said(ending: Ending): string {
  return `${ending.order} / ${ending.payment} / ${ending.stripe}`;
}
