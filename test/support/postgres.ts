import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSql, type Sql } from '../../adapters/postgres/client.ts';
import { migrate } from '../../adapters/postgres/migrate.ts';
import { startPostgres } from '../../local/services/postgres.ts';

const migrations = join(import.meta.dirname, '../../adapters/postgres/migrations');

const inOrderOfReferences = [
  ...[
    'reconciliation_suspects',
    'reconciliation_marks',
    'purge_marks',
    'operator_actions',
    'disputes',
    'refunds',
    'warehouse_tasks',
    'payments',
    'reservations',
    'order_lines',
    'orders',
  ],
  ...[
    'stock_changes',
    'stock_movements',
    'stock',
    'products',
    'order_addresses',
    'checkout_requests',
  ],
  ...['mailbox', 'webhook_inbox', 'outbox', 'findings'],
];

export interface TestDatabase {
  /** As the functions sign in: the role `kassa_app`. */
  readonly sql: Sql;
  /** As the owner of everything, to look behind the functions. */
  readonly admin: Sql;
  /** Empties every table but the transitions. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

/** A PostgreSQL server of the test file's own, migrated, its data in a folder that goes with it. */
export async function openTestDatabase(options?: { readonly max?: number }): Promise<TestDatabase> {
  const dir = mkdtempSync(join(tmpdir(), 'kassa-postgres-'));
  const server = await startPostgres({ dir, durable: false });
  const { host, port, database } = server;
  const admin = createSql({ host, port, database, user: server.user, ssl: 'disable', max: 4 });
  await migrate(admin, migrations);
  const sql = createSql({
    ...{ host, port, database, user: 'kassa_app', ssl: 'disable' },
    max: options?.max ?? 20,
  });
  return {
    sql,
    admin,
    clear: async () => {
      // Faster than TRUNCATE, which makes new files for every table and index.
      await admin.unsafe(
        inOrderOfReferences.map((table) => `delete from kassa.${table};`).join(' '),
      );
    },
    close: async () => {
      await Promise.all([sql.end({ timeout: 1 }), admin.end({ timeout: 1 })]);
      await server.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
