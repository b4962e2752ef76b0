import { expect } from 'vitest';
import * as z from 'zod';
import type { Sql } from '../../adapters/postgres/client.ts';
import { orderEventSchema } from '../../domain/orders/events.ts';

const levelSchema = z.object({ onHand: z.int(), reserved: z.int() });

export async function levelOf(admin: Sql, sku: string) {
  const [row] = await admin`
    select on_hand as "onHand", reserved from kassa.stock where sku = ${sku}`;
  return levelSchema.parse(row);
}

/** What must hold of stock, reservations, payments and events whatever happened in whatever order. */
export async function invariants(admin: Sql): Promise<void> {
  expect(
    await admin`
    select s.sku, s.reserved, coalesce(sum(r.quantity), 0)::int as live from kassa.stock s
    left join kassa.reservations r on r.sku = s.sku and r.status in ('held', 'committed')
    group by s.sku having s.reserved <> coalesce(sum(r.quantity), 0)`,
    'reserved is the sum of the live reservations',
  ).toHaveLength(0);
  expect(
    await admin`
    select s.sku from kassa.stock s left join kassa.stock_movements m on m.sku = s.sku
    group by s.sku having s.on_hand <> coalesce(sum(m.on_hand_change), 0)
      or s.reserved <> coalesce(sum(m.reserved_change), 0)`,
    'every change is a movement',
  ).toHaveLength(0);
  expect(
    await admin`
    select o.order_id, o.status, r.status from kassa.orders o join kassa.reservations r using (order_id)
    where r.status <> case
      when o.status in ('awaiting_payment', 'authorised') then 'held'
      when o.status = 'confirmed' then 'committed'
      when o.status in ('packed', 'out_for_delivery', 'delivered', 'returning', 'lost') then 'packed'
      when o.status = 'returned' then 'returned'
      else 'released' end
    -- What a paid order was short of is released alone; what was packed and cancelled came back.
    and not (r.status = 'released' and exists (select 1 from kassa.outbox x
      where x.order_id = o.order_id and x.type = 'OrderShort'))
    and not (r.status = 'returned' and o.status = 'cancelled')`,
    'reservations follow the order',
  ).toHaveLength(0);
  expect(
    await admin`
    select o.order_id from kassa.orders o join kassa.payments p using (order_id, generation)
    where (o.status in ('authorised', 'confirmed') and p.status <> 'authorised')
      or (o.status = 'awaiting_payment' and p.status not in ('pending', 'requires_payment'))`,
    'payments follow the order',
  ).toHaveLength(0);
  expect(
    await admin`
    select sku from kassa.stock where reserved > on_hand or reserved < 0`,
    'reserved pieces lie on the shelf',
  ).toHaveLength(0);
  expect(
    await admin`
    select p.order_id from kassa.payments p where p.captured_amount < (
      select coalesce(sum(r.amount), 0) from kassa.refunds r
      where r.order_id = p.order_id and r.generation = p.generation and r.status <> 'failed')`,
    'refunds stay within what was captured',
  ).toHaveLength(0);
  const events = await admin`
    select o.order_id as "orderId", o.event_sequence as sequence,
      (select jsonb_agg(x.detail order by x.sequence) from kassa.outbox x
        where x.order_id = o.order_id and x.kind = 'event') as events
    from kassa.orders o`;
  for (const row of events) {
    const { sequence, events: list } = z
      .object({ sequence: z.int(), events: z.array(orderEventSchema) })
      .parse(row);
    expect(list.map((event) => event.sequence)).toEqual(
      Array.from({ length: sequence }, (_, index) => index + 1),
    );
  }
}
