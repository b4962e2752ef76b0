import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { migrate } from '../../../adapters/postgres/migrate.ts';
import { orderTransitions } from '../../../domain/orders/status.ts';
import { paymentTransitions } from '../../../domain/payments/status.ts';
import { reservationTransitions, warehouseTaskTransitions } from '../../../domain/stock/status.ts';
import { openTestDatabase, type TestDatabase } from '../../support/postgres.ts';
import { createShop } from '../../support/shop.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase({ max: 2 });
});
afterAll(() => database.close());

const tables = {
  order: ['orders', orderTransitions],
  payment: ['payments', paymentTransitions],
  reservation: ['reservations', reservationTransitions],
  warehouse_task: ['warehouse_tasks', warehouseTaskTransitions],
} as const;

test.each(Object.entries(tables))(
  'the transitions of %s are those of the domain',
  async (name, [, transitions]) => {
    const rows = await database.admin`
    select from_status, to_status from kassa.status_transitions where aggregate = ${name}`;
    const domain = Object.entries(transitions).flatMap(([from, to]) =>
      to.map((each: string) => `${from} → ${each}`),
    );
    expect(rows.map((row) => `${row['from_status']} → ${row['to_status']}`).sort()).toEqual(
      domain.sort(),
    );
  },
);

test.each(Object.entries(tables))(
  'the statuses of %s are those of the domain',
  async (name, [, transitions]) => {
    const [row] = await database.admin`
    select prosrc as source from pg_proc
    where oid = ${`kassa.is_${name}_status(text)`}::text::regprocedure`;
    const listed = [...String(row?.['source']).matchAll(/'([a-z_]+)'/g)].map((match) => match[1]);
    expect(listed.sort()).toEqual(Object.keys(transitions).sort());
  },
);

test('a transition that is not in the table is refused, whoever writes it', async () => {
  const shop = createShop(database.sql);
  await shop.seed({ 'MUG-1': 5 });
  const orderId = await shop.ordered([['MUG-1', 1]]);
  const { admin } = database;
  await expect(
    admin`update kassa.orders set status = 'delivered' where order_id = ${orderId}`,
  ).rejects.toMatchObject({ code: 'KS409' });
  await expect(
    admin`update kassa.payments set status = 'captured', captured_amount = 1 where order_id = ${orderId}`,
  ).rejects.toMatchObject({ code: 'KS409' });
  await expect(
    admin`update kassa.reservations set status = 'packed' where order_id = ${orderId}`,
  ).rejects.toMatchObject({ code: 'KS409' });
});

test('the functions cannot touch a table, nor call what is not theirs', async () => {
  const { sql } = database;
  const denied = { code: '42501' };
  await expect(sql`select * from kassa.orders`).rejects.toMatchObject(denied);
  await expect(sql`update kassa.stock set reserved = 0`).rejects.toMatchObject(denied);
  await expect(sql`select kassa.release_goods('{}', now())`).rejects.toMatchObject(denied);
  await expect(sql`create table kassa.mine (x int)`).rejects.toMatchObject(denied);
});

test('the role bounds statements, locks and idle transactions', async () => {
  const [row] = await database.sql`select current_setting('statement_timeout') as statement,
    current_setting('lock_timeout') as lock, current_setting('idle_in_transaction_session_timeout') as idle`;
  expect(row).toEqual({ statement: '5s', lock: '3s', idle: '10s' });
});

test('migrations run once, in order, and a second run changes nothing', async () => {
  const directory = join(import.meta.dirname, '../../../adapters/postgres/migrations');
  const rows = await database.admin`select name from public.kassa_migrations order by name`;
  const once = (await readdir(directory)).filter((name) => !name.startsWith('always-'));
  expect(rows.map((row) => row['name'])).toEqual(once.sort());
  expect(await migrate(database.admin, directory)).toEqual([]);
});

test('a function that a later migration replaces keeps its plans held and its caller', async () => {
  const rows = await database.admin`
    select p.oid::regprocedure::text as name from pg_proc p
    where p.pronamespace = 'kassa'::regnamespace and p.prosecdef and not (
      p.proconfig @> array['search_path=kassa, pg_temp', 'enable_seqscan=off', 'enable_bitmapscan=off',
        'enable_hashjoin=off', 'enable_mergejoin=off', 'jit=off', 'plan_cache_mode=force_generic_plan']
      and has_function_privilege('kassa_app', p.oid, 'execute'))`;
  expect(rows.map((row) => row['name'])).toEqual([]);
  const others = await database.admin`
    select p.proname from pg_proc p where p.pronamespace = 'kassa'::regnamespace
      and not p.prosecdef and has_function_privilege('kassa_app', p.oid, 'execute')`;
  expect(others.map((row) => row['proname'])).toEqual([]);
});
