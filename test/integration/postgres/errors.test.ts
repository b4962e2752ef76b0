import { expect, test } from 'vitest';
import { createSql } from '../../../adapters/postgres/client.ts';
import { createOrderReader } from '../../../adapters/postgres/order-reader.ts';
import { freePort } from '../../../local/services/ports.ts';
import { useDatabase } from '../../support/database.ts';
import { at, newOrderId } from '../../support/shop.ts';

const db = useDatabase();

test('a database that cannot be reached is a transient fault', async () => {
  const sql = createSql({
    ...{ host: '127.0.0.1', port: await freePort(), database: 'kassa', user: 'kassa_app' },
    ssl: 'disable',
  });
  await expect(createOrderReader(sql).orderOf(newOrderId())).rejects.toMatchObject({
    name: 'TransientFault',
    code: 'postgres_unreachable',
  });
  await sql.end({ timeout: 0 });
});

test('a lock that is not given in time is a transient fault, and nothing happened', async () => {
  const { shop, admin } = db;
  await shop.seed({ 'MUG-1': 5 });
  await admin.begin(async (transaction) => {
    await transaction`select 1 from kassa.stock for update`;
    await expect(shop.place([['MUG-1', 1]])).rejects.toMatchObject({
      name: 'TransientFault',
      code: 'postgres_55P03',
    });
  });
  expect(await admin`select 1 from kassa.orders`).toHaveLength(0);
});

test('a session ended by the server is a transient fault, and the pool goes on', async () => {
  const { shop, admin } = db;
  await shop.seed({ 'MUG-1': 5 });
  const orderId = await shop.ordered([['MUG-1', 1]]);
  await admin.begin(async (transaction) => {
    await transaction`select 1 from kassa.orders for update`;
    // Its refusal is awaited from the beginning: it may come before the poll below is through.
    const refused = expect(shop.cancelIt(orderId, at(1))).rejects.toMatchObject({
      name: 'TransientFault',
    });
    await expect
      .poll(async () => {
        const rows = await admin`select pg_terminate_backend(pid) from pg_stat_activity
          where usename = 'kassa_app' and wait_event_type = 'Lock'`;
        return rows.length;
      })
      .toBe(1);
    await refused;
  });
  expect(await shop.cancelIt(orderId, at(2))).toEqual({ outcome: 'cancelled' });
});

test('a refused value is a permanent fault with its SQLSTATE', async () => {
  const { shop, admin } = db;
  await shop.seed({ 'MUG-1': 5 });
  await admin`alter table kassa.stock add constraint nothing_reserved check (reserved = 0)`;
  try {
    await expect(shop.place([['MUG-1', 1]])).rejects.toMatchObject({
      name: 'PermanentFault',
      code: 'postgres_23514',
    });
  } finally {
    await admin`alter table kassa.stock drop constraint nothing_reserved`;
  }
});
