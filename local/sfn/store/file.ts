import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { HistoryEvent } from '../history.ts';
import type { Thread } from '../thread.ts';
import type {
  AliasRecord,
  Change,
  EventPage,
  ExecutionPage,
  ExecutionRecord,
  MachineRecord,
  Revision,
  Store,
  VersionRecord,
} from './store.ts';

const schema = `
CREATE TABLE IF NOT EXISTS constant (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS machine (arn TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS revision (id TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS version (arn TEXT PRIMARY KEY, machine TEXT NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS alias (arn TEXT PRIMARY KEY, machine TEXT NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS execution (
  key INTEGER PRIMARY KEY,
  arn TEXT NOT NULL UNIQUE,
  machine TEXT NOT NULL,
  status TEXT NOT NULL,
  started INTEGER NOT NULL,
  body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS execution_by_machine ON execution (machine, started, arn);
CREATE INDEX IF NOT EXISTS execution_running ON execution (status) WHERE status = 'RUNNING';
CREATE TABLE IF NOT EXISTS thread (
  execution INTEGER NOT NULL, id INTEGER NOT NULL, body TEXT NOT NULL,
  PRIMARY KEY (execution, id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS event (
  execution INTEGER NOT NULL, id INTEGER NOT NULL, body TEXT NOT NULL,
  PRIMARY KEY (execution, id)
) WITHOUT ROWID;
`;

/**
 * One SQLite file in WAL mode. A commit survives the process being killed at once; a power cut may take the last
 * commits with it (synchronous=NORMAL) but never leaves half of one.
 */
export class FileStore implements Store {
  readonly durable = true;
  private readonly db: DatabaseSync;
  private readonly statements = new Map<string, StatementSync>();

  constructor(path: string) {
    mkdirSync(dirname(path), { recursive: true });
    this.db = new DatabaseSync(path);
    this.db.exec(
      'PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 5000',
    );
    this.db.exec(schema);
  }

  machines() {
    return this.bodies<MachineRecord>('SELECT body FROM machine ORDER BY arn');
  }
  machine(arn: string) {
    return this.bodies<MachineRecord>('SELECT body FROM machine WHERE arn = ?', arn)[0];
  }
  putMachine(machine: MachineRecord) {
    this.run('INSERT OR REPLACE INTO machine VALUES (?, ?)', machine.arn, JSON.stringify(machine));
  }
  removeMachine(arn: string) {
    this.run('DELETE FROM machine WHERE arn = ?', arn);
  }
  revision(id: string) {
    return this.bodies<Revision>('SELECT body FROM revision WHERE id = ?', id)[0];
  }
  putRevision(revision: Revision) {
    this.run('INSERT INTO revision VALUES (?, ?)', revision.id, JSON.stringify(revision));
  }
  versions(machineArn: string) {
    return this.bodies<VersionRecord>('SELECT body FROM version WHERE machine = ?', machineArn);
  }
  version(arn: string) {
    return this.bodies<VersionRecord>('SELECT body FROM version WHERE arn = ?', arn)[0];
  }
  putVersion(version: VersionRecord) {
    const body = JSON.stringify(version);
    this.run(
      'INSERT OR REPLACE INTO version VALUES (?, ?, ?)',
      version.arn,
      version.machineArn,
      body,
    );
  }
  removeVersion(arn: string) {
    this.run('DELETE FROM version WHERE arn = ?', arn);
  }
  aliases(machineArn: string) {
    return this.bodies<AliasRecord>('SELECT body FROM alias WHERE machine = ?', machineArn);
  }
  alias(arn: string) {
    return this.bodies<AliasRecord>('SELECT body FROM alias WHERE arn = ?', arn)[0];
  }
  putAlias(alias: AliasRecord) {
    const body = JSON.stringify(alias);
    this.run('INSERT OR REPLACE INTO alias VALUES (?, ?, ?)', alias.arn, alias.machineArn, body);
  }
  removeAlias(arn: string) {
    this.run('DELETE FROM alias WHERE arn = ?', arn);
  }

  execution(arn: string) {
    return this.bodies<ExecutionRecord>('SELECT body FROM execution WHERE arn = ?', arn)[0];
  }

  executions(page: ExecutionPage) {
    const where: string[] = [];
    const values: (string | number)[] = [];
    if (page.machineArn !== undefined) {
      where.push('machine = ?');
      values.push(page.machineArn);
    }
    for (const field of ['versionArn', 'aliasArn'] as const) {
      const wanted = page[field];
      if (wanted === undefined) continue;
      where.push(`json_extract(body, '$.${field}') = ?`);
      values.push(wanted);
    }
    if (page.status !== undefined) {
      where.push('status = ?');
      values.push(page.status);
    }
    if (page.after !== undefined) {
      where.push('(started, arn) < (?, ?)');
      values.push(page.after.startDate, page.after.arn);
    }
    const condition = where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`;
    return this.bodies<ExecutionRecord>(
      `SELECT body FROM execution ${condition} ORDER BY started DESC, arn DESC LIMIT ?`,
      ...values,
      page.limit,
    );
  }

  running() {
    return this.bodies<ExecutionRecord>("SELECT body FROM execution WHERE status = 'RUNNING'");
  }

  threads(arn: string) {
    return this.bodies<Thread>(
      'SELECT body FROM thread WHERE execution = (SELECT key FROM execution WHERE arn = ?) ORDER BY id',
      arn,
    );
  }

  events(arn: string, page: EventPage) {
    const from = page.from ?? (page.reverse ? Number.MAX_SAFE_INTEGER : 0);
    return this.bodies<HistoryEvent>(
      `SELECT body FROM event WHERE execution = (SELECT key FROM execution WHERE arn = ?)
       AND id ${page.reverse ? '<' : '>'} ? ORDER BY id ${page.reverse ? 'DESC' : 'ASC'} LIMIT ?`,
      arn,
      from,
      page.limit,
    );
  }

  commit(changes: readonly Change[]) {
    if (changes.length === 0) return;
    this.transaction(() => {
      for (const change of changes) this.write(change);
    });
  }

  forget(arn: string) {
    this.transaction(() => {
      for (const table of ['thread', 'event'])
        this.run(
          `DELETE FROM ${table} WHERE execution = (SELECT key FROM execution WHERE arn = ?)`,
          arn,
        );
      this.run('DELETE FROM execution WHERE arn = ?', arn);
    });
  }

  constant(name: string, make: () => string) {
    this.run('INSERT OR IGNORE INTO constant VALUES (?, ?)', name, make());
    const row = this.statement('SELECT value FROM constant WHERE name = ?').get(name);
    return String(row?.['value']);
  }

  close() {
    this.statements.clear();
    this.db.close();
  }

  private write(change: Change): void {
    const { execution } = change;
    const row = this.statement(
      `INSERT INTO execution (arn, machine, status, started, body) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (arn) DO UPDATE SET status = excluded.status, body = excluded.body RETURNING key`,
    ).get(
      execution.arn,
      execution.machineArn,
      execution.status,
      execution.startDate,
      JSON.stringify(execution),
    );
    const key = Number(row?.['key']);
    for (const event of change.events)
      this.run('INSERT INTO event VALUES (?, ?, ?)', key, event.id, JSON.stringify(event));
    for (const id of change.removed)
      this.run('DELETE FROM thread WHERE execution = ? AND id = ?', key, id);
    for (const thread of change.threads)
      this.run(
        'INSERT OR REPLACE INTO thread VALUES (?, ?, ?)',
        key,
        thread.id,
        JSON.stringify(thread),
      );
  }

  private transaction(work: () => void): void {
    this.db.exec('BEGIN IMMEDIATE');
    try {
      work();
    } catch (error) {
      this.db.exec('ROLLBACK');
      throw error;
    }
    this.db.exec('COMMIT');
  }

  /** Rows this class has written itself; their shape is the type that was written. */
  private bodies<T>(sql: string, ...values: (string | number)[]): T[] {
    const found: T[] = [];
    for (const row of this.statement(sql).all(...values)) {
      const body: T = JSON.parse(String(row['body']));
      found.push(body);
    }
    return found;
  }

  private run(sql: string, ...values: (string | number)[]): void {
    this.statement(sql).run(...values);
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
