import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import type { Sql } from '../../adapters/postgres/client.ts';
import type { TestDatabase } from './postgres.ts';
import { openTestDatabase } from './postgres.ts';
import { createShop, type Shop } from './shop.ts';

/** A database for this file's tests, emptied before each; to be called at the top of the file. */
export function useDatabase(options?: { readonly max?: number }): {
  readonly shop: Shop;
  readonly sql: Sql;
  readonly admin: Sql;
  clear(): Promise<void>;
} {
  let database: TestDatabase | undefined;
  let shop: Shop | undefined;
  const opened = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error('the database opens before the first test');
    return value;
  };
  beforeAll(async () => {
    database = await openTestDatabase(options);
    shop = createShop(database.sql);
  });
  beforeEach(() => opened(database).clear());
  afterAll(() => database?.close());
  return {
    get shop() {
      return opened(shop);
    },
    get sql() {
      return opened(database).sql;
    },
    get admin() {
      return opened(database).admin;
    },
    clear: () => opened(database).clear(),
  };
}

/** Waits until `sessions` of the functions' sessions wait for a lock. */
export async function untilBlocked(admin: Sql, sessions = 1): Promise<void> {
  await expect
    .poll(
      async () => {
        const rows = await admin`select count(*)::int as n from pg_stat_activity
          where usename = 'kassa_app' and wait_event_type = 'Lock'`;
        return rows[0]?.['n'];
      },
      { timeout: 5000, interval: 5 },
    )
    .toBe(sessions);
}
