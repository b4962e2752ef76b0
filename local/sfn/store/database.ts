import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';

type Value = string | number | null;

/**
 * One SQLite file in WAL mode. A commit survives the process being killed at once; a power cut may take the last
 * commits with it (synchronous=NORMAL) but never leaves half of one.
 */
export class Database {
  private readonly db: DatabaseSync;
  private readonly statements = new Map<string, StatementSync>();

  /** @param path the file; made with its folder where it is missing */
  constructor(path: string) {
    mkdirSync(dirname(path), { recursive: true });
    this.db = new DatabaseSync(path);
    this.db.exec(
      'PRAGMA page_size = 16384; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 5000; PRAGMA wal_autocheckpoint = 1000; PRAGMA cache_size = -16000',
    );
  }

  exec(sql: string): void {
    this.db.exec(sql);
  }

  /** @returns how many rows changed */
  run(sql: string, ...values: Value[]): number {
    return Number(this.statement(sql).run(...values).changes);
  }

  row(sql: string, ...values: Value[]): Readonly<Record<string, unknown>> | undefined {
    return this.statement(sql).get(...values);
  }

  rows(sql: string, ...values: Value[]): Readonly<Record<string, unknown>>[] {
    return this.statement(sql).all(...values);
  }

  /** What stands as JSON in `body`: rows the engine has written itself, so their shape is the type that was written. */
  bodies<T>(sql: string, ...values: Value[]): T[] {
    const found: T[] = [];
    for (const row of this.rows(sql, ...values)) {
      const body: T = JSON.parse(String(row['body']));
      found.push(body);
    }
    return found;
  }

  transaction(work: () => void): void {
    this.run('BEGIN IMMEDIATE');
    try {
      work();
      this.run('COMMIT');
    } catch (error) {
      // A full disk may have rolled it back already.
      if (this.db.isTransaction) this.run('ROLLBACK');
      throw error;
    }
  }

  close(): void {
    this.statements.clear();
    this.db.close();
  }

  private statement(sql: string): StatementSync {
    let statement = this.statements.get(sql);
    if (statement === undefined) {
      statement = this.db.prepare(sql);
      this.statements.set(sql, statement);
    }
    return statement;
  }
}
