import { DatabaseSync, type StatementSync } from 'node:sqlite';
import * as z from 'zod';

/** Everything the simulator knows, in one SQLite file, so that kill -9 loses nothing it has answered. */
const schema = `
CREATE TABLE IF NOT EXISTS object (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
  created INTEGER NOT NULL, updated INTEGER NOT NULL,
  customer TEXT, payment_intent TEXT, charge TEXT, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS object_by_kind ON object (kind, seq);
CREATE INDEX IF NOT EXISTS object_by_customer ON object (customer, kind) WHERE customer IS NOT NULL;
CREATE INDEX IF NOT EXISTS object_by_payment_intent ON object (payment_intent, kind) WHERE payment_intent IS NOT NULL;
CREATE INDEX IF NOT EXISTS object_by_charge ON object (charge, kind) WHERE charge IS NOT NULL;
CREATE TABLE IF NOT EXISTS event (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, type TEXT NOT NULL,
  created INTEGER NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS delivery (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL, attempts INTEGER NOT NULL,
  due INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS idempotency (
  key TEXT PRIMARY KEY, created INTEGER NOT NULL, request TEXT NOT NULL,
  status INTEGER NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS job (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, due INTEGER NOT NULL, kind TEXT NOT NULL, subject TEXT NOT NULL);
`;

export class Store {
  private readonly database: DatabaseSync;
  private readonly prepared = new Map<string, StatementSync>();
  private depth = 0;

  constructor(file: string) {
    this.database = new DatabaseSync(file);
    // The process may die at any moment, the machine may not: no fsync a request.
    this.database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
    this.database.exec(schema);
  }

  statement(sql: string): StatementSync {
    const known = this.prepared.get(sql);
    if (known !== undefined) return known;
    const made = this.database.prepare(sql);
    this.prepared.set(sql, made);
    return made;
  }

  /** All or nothing. Nested calls join the outer one. */
  transaction<T>(work: () => T): T {
    if (this.depth > 0) return work();
    this.statement('BEGIN IMMEDIATE').run();
    this.depth += 1;
    try {
      const result = work();
      this.statement('COMMIT').run();
      return result;
    } catch (error) {
      this.statement('ROLLBACK').run();
      throw error;
    } finally {
      this.depth -= 1;
    }
  }

  clear(): void {
    this.transaction(() => {
      for (const table of ['object', 'event', 'delivery', 'idempotency', 'job'])
        this.statement(`DELETE FROM ${table}`).run();
    });
  }

  close(): void {
    this.database.close();
  }
}

const row = z.object({ body: z.string() });

/** What is kept of one kind of object, written and read through its zod schema. */
export interface Stored {
  readonly id: string;
  readonly created: number;
  readonly customer?: string | null;
  readonly payment_intent?: string | null;
  readonly charge?: string | null;
}

export interface Filter {
  readonly customer?: string | undefined;
  readonly payment_intent?: string | undefined;
  readonly charge?: string | undefined;
  readonly created?: Partial<Readonly<Record<'gt' | 'gte' | 'lt' | 'lte', number>>> | undefined;
  /** Only what was last changed at or before this time, in milliseconds. */
  readonly settledBefore?: number | undefined;
}

export class Collection<T extends Stored> {
  readonly kind: string;
  private readonly store: Store;
  private readonly schema: z.ZodType<T>;
  private readonly now: () => number;

  /** @param now the time of a change, in milliseconds */
  constructor(store: Store, kind: string, schema: z.ZodType<T>, now: () => number) {
    this.store = store;
    this.kind = kind;
    this.schema = schema;
    this.now = now;
  }

  get(id: string): T | undefined {
    const found = this.store
      .statement('SELECT body FROM object WHERE id = ? AND kind = ?')
      .get(id, this.kind);
    return found === undefined ? undefined : this.read(found);
  }

  put(record: T): T {
    this.store
      .statement(
        `INSERT INTO object (id, kind, created, updated, customer, payment_intent, charge, body)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET updated = excluded.updated, customer = excluded.customer, body = excluded.body`,
      )
      .run(
        record.id,
        this.kind,
        record.created,
        this.now(),
        record.customer ?? null,
        record.payment_intent ?? null,
        record.charge ?? null,
        JSON.stringify(record),
      );
    return record;
  }

  /** Newest first, as Stripe lists. `limit` undefined: all. */
  list(
    filter: Filter,
    page: {
      readonly after?: string | undefined;
      readonly before?: string | undefined;
      readonly limit?: number;
    } = {},
  ): T[] {
    const where = ['kind = ?'];
    const values: (string | number)[] = [this.kind];
    const add = (condition: string, value: string | number | undefined) => {
      if (value === undefined) return;
      where.push(condition);
      values.push(value);
    };
    add('customer = ?', filter.customer);
    add('payment_intent = ?', filter.payment_intent);
    add('charge = ?', filter.charge);
    add('created > ?', filter.created?.gt);
    add('created >= ?', filter.created?.gte);
    add('created < ?', filter.created?.lt);
    add('created <= ?', filter.created?.lte);
    add('updated <= ?', filter.settledBefore);
    add('seq < (SELECT seq FROM object WHERE id = ?)', page.after);
    add('seq > (SELECT seq FROM object WHERE id = ?)', page.before);
    const backwards = page.before !== undefined;
    const rows = this.store
      .statement(
        `SELECT body FROM object WHERE ${where.join(' AND ')} ORDER BY seq ${backwards ? 'ASC' : 'DESC'} LIMIT ?`,
      )
      .all(...values, page.limit ?? -1);
    const records = rows.map((found) => this.read(found));
    return backwards ? records.reverse() : records;
  }

  private read(found: unknown): T {
    return this.schema.parse(JSON.parse(row.parse(found).body));
  }
}
