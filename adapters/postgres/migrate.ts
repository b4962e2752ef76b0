import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Umzug } from 'umzug';
import type { Sql } from './client.ts';
import { faultOf } from './errors.ts';

/** Any number, the same for all: whoever migrates this database holds the lock of this number meanwhile. */
const migrationLock = 722_416;

const always = 'always-';

/**
 * Runs the `.sql` files of `directory` that this database has not seen, in the order of their names, each in a
 * transaction together with its row in `public.kassa_migrations`; then, where there are any, those whose names begin
 * with `always-`, every time. Two that run at the same moment take turns.
 * Connect to the cluster, not to RDS Proxy, as a role that may create roles.
 * @returns the names of the files that were run, but for those that always are
 * @throws TransientFault, PermanentFault by SQLSTATE (errors.ts)
 */
export async function migrate(sql: Sql, directory: string): Promise<readonly string[]> {
  try {
    await sql.begin(async (transaction) => {
      await transaction`select pg_advisory_xact_lock(${migrationLock})`;
      await transaction`create table if not exists public.kassa_migrations (name text primary key, at timestamptz not null default now())`;
    });
    const all = (await readdir(directory)).filter((file) => file.endsWith('.sql')).sort();
    const files = all.filter((file) => !file.startsWith(always));
    const ran: string[] = [];
    const umzug = new Umzug({
      migrations: files.map((name) => ({
        name,
        up: async () => {
          const text = await readFile(join(directory, name), 'utf8');
          if (await runOnce(sql, name, text)) ran.push(name);
        },
      })),
      storage: {
        logMigration: async () => undefined,
        unlogMigration: async () => undefined,
        executed: async () => {
          const rows = await sql`select name from public.kassa_migrations`;
          return rows.map((row) => String(row['name']));
        },
      },
      logger: undefined,
    });
    await umzug.up();
    for (const name of all.filter((file) => file.startsWith(always))) {
      const text = await readFile(join(directory, name), 'utf8');
      await sql.begin(async (transaction) => {
        await transaction`select pg_advisory_xact_lock(${migrationLock})`;
        await transaction.unsafe(text);
      });
    }
    return ran;
  } catch (error) {
    throw faultOf(error instanceof Error && error.cause !== undefined ? error.cause : error);
  }
}

async function runOnce(sql: Sql, name: string, text: string): Promise<boolean> {
  return sql.begin(async (transaction) => {
    await transaction`select pg_advisory_xact_lock(${migrationLock})`;
    const inserted = await transaction`insert into public.kassa_migrations (name) values (${name})
      on conflict do nothing returning name`;
    if (inserted.length === 0) return false;
    await transaction.unsafe(text);
    return true;
  });
}
