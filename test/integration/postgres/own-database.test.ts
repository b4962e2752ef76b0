import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createSql, type Sql } from '../../../adapters/postgres/client.ts';
import { migrate } from '../../../adapters/postgres/migrate.ts';
import {
  createDatabase,
  dropDatabase,
  limitAccess,
  type OwnDatabase,
} from '../../../adapters/postgres/own-database.ts';
import { openTestDatabase, type TestDatabase } from '../../support/postgres.ts';

const migrations = join(import.meta.dirname, '../../../adapters/postgres/migrations');
const main: OwnDatabase = { database: 'kassa', user: 'kassa_app' };
const one: OwnDatabase = { database: 'kassa_branch_one', user: 'kassa_branch_one' };
const other: OwnDatabase = { database: 'kassa_branch_pr_7', user: 'kassa_branch_pr_7' };

let db: TestDatabase;
const open: Sql[] = [];

/** A connection of its own, which is not there any more after the test file. */
function connect({ database, user }: OwnDatabase): Sql {
  const { host, port } = db.admin.options;
  const sql = createSql({
    ...{ host: host[0] ?? '', port: port[0] ?? 0, database, user, ssl: 'disable' },
  });
  open.push(sql);
  return sql;
}

const administrator = () => String(db.admin.options.user);

async function made(own: OwnDatabase): Promise<void> {
  await createDatabase(db.admin, own);
  const sql = connect({ ...own, user: administrator() });
  await migrate(sql, migrations);
  await limitAccess(sql, own);
}

beforeAll(async () => {
  db = await openTestDatabase({ max: 1 });
  await limitAccess(db.admin, main);
  await made(one);
  await made(other);
}, 60_000);

afterAll(async () => {
  await Promise.all(open.map((sql) => sql.end({ timeout: 1 })));
  await db.close();
});

it('every user enters its own database and no other', async () => {
  for (const { user } of [main, one, other]) {
    for (const { database } of [main, one, other]) {
      const entering = connect({ database, user })`select current_database() as name`;
      // A database and its user have one name, but for the cluster's own.
      const own = user === database || (user === main.user && database === main.database);
      if (own) expect(await entering, `${user} in ${database}`).toEqual([{ name: database }]);
      else await expect(entering, `${user} in ${database}`).rejects.toThrow(/permission denied/);
    }
  }
});

it('it may call what the application may, and nothing else', async () => {
  const rights = (own: OwnDatabase) =>
    connect({ ...own, user: administrator() })`
      select p.oid::regprocedure::text as signature from pg_proc p
      where p.pronamespace = 'kassa'::regnamespace and has_function_privilege(${own.user}, p.oid, 'execute')
      order by 1`;
  const expected = await rights(main);
  expect(expected.length).toBeGreaterThan(30);
  expect(await rights(one)).toEqual(expected);
  const sql = connect(one);
  await expect(sql`select * from kassa.products_by_sku(${['none']})`).resolves.toHaveLength(1);
  await expect(sql`select * from kassa.orders`).rejects.toThrow(/permission denied/);
});

it('it has the application’s limits of time', async () => {
  const shown = (own: OwnDatabase) =>
    connect(
      own,
    )`select current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock`;
  expect(await shown(other)).toEqual(await shown(main));
  expect(await shown(other)).toMatchObject([{ statement: '5s' }]);
});

it('what the migrations take from the application they take from it', async () => {
  const sql = connect({ ...one, user: administrator() });
  await sql`revoke execute on function kassa.products_by_sku from kassa_app`;
  await limitAccess(sql, one);
  await expect(connect(one)`select * from kassa.products_by_sku(${['none']})`).rejects.toThrow(
    /permission denied/,
  );
});

it('making it again changes nothing; dropping it takes role and database, whoever is connected', async () => {
  await createDatabase(db.admin, other);
  const connected = connect(other);
  await connected`select 1`;
  await dropDatabase(db.admin, other);
  const left =
    await db.admin`select datname as name from pg_database where datname = ${other.database}
    union all select rolname from pg_roles where rolname = ${other.user}`;
  expect(left).toEqual([]);
  await expect(dropDatabase(db.admin, other)).resolves.toBeUndefined();
  await expect(connect(main)`select 1 as there`).resolves.toEqual([{ there: 1 }]);
});
