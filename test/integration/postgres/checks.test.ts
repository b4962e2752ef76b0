import { expect, test } from 'vitest';
import { useDatabase } from '../../support/database.ts';
import { at } from '../../support/shop.ts';

const db = useDatabase({ max: 2 });

const wrong: Readonly<Record<string, readonly string[]>> = {
  stock: ['reserved = on_hand + 1', 'reserved = -1'],
  stock_movements: ["reason = 'magic'", 'reserved_change = 0, on_hand_change = 0'],
  orders: [
    ...["status = 'lost in thought'", 'generation = 0', "currency = 'eur'", 'total = total + 1'],
    ...['items_total = -390, total = 0', "shortage_policy = 'both'", 'event_sequence = 0'],
    ...["cancel_role = 'nobody'", 'shipping_total = -1000, total = 0'],
  ],
  order_lines: ['quantity = 0', 'unit_price = -1', 'weight = 0'],
  reservations: ["status = 'wished'", 'quantity = 0'],
  payments: [
    ...["status = 'paid'", 'amount = 0', 'captured_amount = 1', 'payment_intent_id = null'],
    ...['generation = 0', "status = 'captured', captured_amount = amount + 1"],
  ],
  mailbox: [
    ...["step = 'refund'", 'round = 0', 'retry_count = null', "settled_as = 'sent'"],
    "settled_as = 'lost', settled_at = due_at",
  ],
  outbox: [
    ...["kind = 'rumour'", "settled_as = 'done'", "settled_as = 'lost', settled_at = due_at"],
    ...['detail = null', 'sequence = null', "machine = 'washing'", 'run = 0'],
    "kind = 'execution'",
  ],
  warehouse_tasks: [
    ...["status = 'mislaid'", 'round = 0', "status = 'claimed'", "kind = 'look'"],
    "status = 'received'",
  ],
};

test.each(Object.entries(wrong))(
  'a row of %s that cannot be true is refused, whoever writes it',
  async (table, changes) => {
    const { shop, admin } = db;
    await shop.seed({ 'MUG-1': 5 });
    const orderId = await shop.confirmed([['MUG-1', 1]]);
    const key = { orderId, step: 'pick', round: 1 } as const;
    await shop.warehouse.openPickTask(key, shop.wait('t'), at(4));
    for (const change of changes) {
      // Without triggers: the transitions are another guard's.
      await expect(
        admin.unsafe(`set session_replication_role = replica; update kassa.${table} set ${change}`),
        change,
      ).rejects.toMatchObject({ code: '23514' });
    }
  },
);
