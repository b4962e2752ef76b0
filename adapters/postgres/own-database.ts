import type { Sql } from './client.ts';
import { faultOf } from './errors.ts';

/** A database on a cluster that others use too, and the role its functions sign in with. */
export interface OwnDatabase {
  readonly database: string;
  readonly user: string;
}

/** The role the migrations grant to; every database's functions have what it has. */
const grantee = 'kassa_app';

/**
 * Makes the role and the database where they are not there. Connect to another database, as a role that may do both.
 * @throws TransientFault, PermanentFault by SQLSTATE (errors.ts)
 */
export async function createDatabase(sql: Sql, { database, user }: OwnDatabase): Promise<void> {
  await mapped(async () => {
    const [role] = await sql`select 1 from pg_roles where rolname = ${user}`;
    if (role === undefined) await sql`create role ${sql(user)} login`;
    const [iam] = await sql`select 1 from pg_roles where rolname = 'rds_iam'`;
    if (iam !== undefined) await sql`grant rds_iam to ${sql(user)}`;
    const [found] = await sql`select 1 from pg_database where datname = ${database}`;
    if (found === undefined) await sql`create database ${sql(database)}`;
  });
}

/**
 * Removes both, whoever is connected. What is not there stays away.
 * @throws TransientFault, PermanentFault by SQLSTATE (errors.ts)
 */
export async function dropDatabase(sql: Sql, { database, user }: OwnDatabase): Promise<void> {
  await mapped(async () => {
    await sql`drop database if exists ${sql(database)} with (force)`;
    await sql`drop role if exists ${sql(user)}`;
  });
}

/**
 * Lets the role into this database, and nobody else but administrators; gives it what the migrations gave to
 * `kassa_app`, which is a role of the whole cluster and may not come in where it is not the one. Connect to the
 * database itself, after its migrations; again after each of them.
 * @throws TransientFault, PermanentFault by SQLSTATE (errors.ts)
 */
export async function limitAccess(sql: Sql, { database, user }: OwnDatabase): Promise<void> {
  await mapped(() =>
    sql.begin(async (transaction) => {
      const to = transaction(user);
      await transaction`revoke connect, temporary on database ${transaction(database)} from public`;
      await transaction`grant connect on database ${transaction(database)} to ${to}`;
      if (user === grantee) return;
      await transaction`grant usage on schema kassa to ${to}`;
      await transaction`revoke all on all functions in schema kassa from ${to}`;
      const functions =
        await transaction`select p.oid::regprocedure::text as signature from pg_proc p
        where p.pronamespace = 'kassa'::regnamespace and has_function_privilege(${grantee}, p.oid, 'execute')`;
      for (const { signature } of functions) {
        await transaction`grant execute on function ${transaction.unsafe(String(signature))} to ${to}`;
      }
      const settings = await transaction`select split_part(setting, '=', 1) as name,
          substr(setting, strpos(setting, '=') + 1) as value
        from pg_db_role_setting, unnest(setconfig) setting
        where setrole = ${grantee}::regrole and setdatabase = 0`;
      for (const { name, value } of settings) {
        const [statement] = await transaction`select format('alter role %I set %I = %L',
          ${user}::text, ${String(name)}::text, ${String(value)}::text) as text`;
        await transaction.unsafe(String(statement?.['text']));
      }
    }),
  );
}

async function mapped<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw faultOf(error);
  }
}
