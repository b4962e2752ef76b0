import type { HistoryEvent } from '../history.ts';
import type { Thread } from '../thread.ts';
import { Database } from './database.ts';
import { prepare } from './schema.ts';
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

/** What the file has of an execution that is at work. */
interface Written {
  readonly key: number;
  state: string;
  due: number | null;
}

const columns = `fixed, state, (
  SELECT last FROM history WHERE execution = key ORDER BY first DESC LIMIT 1
) AS last`;

/** Everything in one SQLite file: see schema.ts for its form and database.ts for what a commit is worth. */
export class FileStore implements Store {
  readonly durable = true;
  private readonly db: Database;
  private readonly written = new WeakMap<ExecutionRecord, Written>();

  constructor(path: string) {
    this.db = new Database(path);
    prepare(this.db);
  }

  machines() {
    return this.db.bodies<MachineRecord>('SELECT body FROM machine ORDER BY arn');
  }
  machine(arn: string) {
    return this.db.bodies<MachineRecord>('SELECT body FROM machine WHERE arn = ?', arn)[0];
  }
  putMachine(machine: MachineRecord) {
    const body = JSON.stringify(machine);
    this.db.run('INSERT OR REPLACE INTO machine VALUES (?, ?)', machine.arn, body);
  }
  removeMachine(arn: string) {
    this.db.run('DELETE FROM machine WHERE arn = ?', arn);
  }
  revision(id: string) {
    return this.db.bodies<Revision>('SELECT body FROM revision WHERE id = ?', id)[0];
  }
  putRevision(revision: Revision) {
    this.db.run('INSERT INTO revision VALUES (?, ?)', revision.id, JSON.stringify(revision));
  }
  versions(machineArn: string) {
    return this.db.bodies<VersionRecord>('SELECT body FROM version WHERE machine = ?', machineArn);
  }
  version(arn: string) {
    return this.db.bodies<VersionRecord>('SELECT body FROM version WHERE arn = ?', arn)[0];
  }
  putVersion(version: VersionRecord) {
    const body = JSON.stringify(version);
    const sql = 'INSERT OR REPLACE INTO version VALUES (?, ?, ?)';
    this.db.run(sql, version.arn, version.machineArn, body);
  }
  removeVersion(arn: string) {
    this.db.run('DELETE FROM version WHERE arn = ?', arn);
  }
  aliases(machineArn: string) {
    return this.db.bodies<AliasRecord>('SELECT body FROM alias WHERE machine = ?', machineArn);
  }
  alias(arn: string) {
    return this.db.bodies<AliasRecord>('SELECT body FROM alias WHERE arn = ?', arn)[0];
  }
  putAlias(alias: AliasRecord) {
    const sql = 'INSERT OR REPLACE INTO alias VALUES (?, ?, ?)';
    this.db.run(sql, alias.arn, alias.machineArn, JSON.stringify(alias));
  }
  removeAlias(arn: string) {
    this.db.run('DELETE FROM alias WHERE arn = ?', arn);
  }

  execution(arn: string) {
    const row = this.db.row(`SELECT ${columns} FROM execution WHERE arn = ?`, arn);
    return row === undefined ? undefined : recordOf(row);
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
      where.push(`json_extract(fixed, '$.${field}') = ?`);
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
    const sql = `SELECT ${columns} FROM execution ${condition} ORDER BY started DESC, arn DESC LIMIT ?`;
    return this.db.rows(sql, ...values, page.limit).map(recordOf);
  }

  active() {
    return this.db.rows('SELECT arn FROM execution WHERE due = 0').map((row) => String(row['arn']));
  }

  due(until: number, limit: number) {
    const sql = 'SELECT arn FROM execution WHERE due > 0 AND due <= ? ORDER BY due LIMIT ?';
    return this.db.rows(sql, until, limit).map((row) => String(row['arn']));
  }

  nextDue(after: number) {
    const row = this.db.row('SELECT min(due) AS due FROM execution WHERE due > ?', after);
    return numberOf(row?.['due']);
  }

  threads(arn: string) {
    return this.db.bodies<Thread>(
      'SELECT body FROM thread WHERE execution = (SELECT key FROM execution WHERE arn = ?) ORDER BY id',
      arn,
    );
  }

  events(arn: string, page: EventPage) {
    const from = page.from ?? (page.reverse ? Number.MAX_SAFE_INTEGER : 0);
    const found: HistoryEvent[] = [];
    const statement = page.reverse
      ? 'AND first < ? ORDER BY first DESC'
      : 'AND last > ? ORDER BY first';
    const rows = this.db.bodies<HistoryEvent[]>(
      `SELECT body FROM history WHERE execution = (SELECT key FROM execution WHERE arn = ?)
       ${statement} LIMIT ?`,
      arn,
      from,
      // Every row holds one event at least, and the first one may hold some that were seen already.
      page.limit + 1,
    );
    for (const events of rows) {
      for (const event of page.reverse ? events.reverse() : events) {
        if (page.reverse ? event.id >= from : event.id <= from) continue;
        found.push(event);
        if (found.length === page.limit) return found;
      }
    }
    return found;
  }

  commit(changes: readonly Change[]) {
    if (changes.length === 0) return;
    this.db.transaction(() => {
      for (const change of changes) this.write(change);
    });
  }

  prune(before: number, limit: number, heldUntil: (stopped: number) => number) {
    const sql =
      'SELECT key, arn, stopped FROM execution WHERE stopped < ? ORDER BY stopped LIMIT ?';
    const rows = this.db.rows(sql, before, limit);
    if (rows.length === 0) return 0;
    this.db.transaction(() => {
      for (const row of rows) {
        const until = heldUntil(Number(row['stopped']));
        const arn = String(row['arn']);
        this.remove(Number(row['key']));
        if (until > 0) this.db.run('INSERT OR REPLACE INTO taken VALUES (?, ?)', arn, until);
      }
    });
    return rows.length;
  }

  oldestStopped() {
    return numberOf(
      this.db.row('SELECT min(stopped) AS at FROM execution WHERE stopped IS NOT NULL')?.['at'],
    );
  }

  takenUntil(arn: string) {
    return numberOf(this.db.row('SELECT until FROM taken WHERE arn = ?', arn)?.['until']);
  }

  firstFree() {
    return numberOf(this.db.row('SELECT min(until) AS at FROM taken')?.['at']);
  }

  release(now: number, limit: number) {
    return this.db.run(
      'DELETE FROM taken WHERE arn IN (SELECT arn FROM taken WHERE until <= ? LIMIT ?)',
      ...[now, limit],
    );
  }

  forget(arn: string) {
    const row = this.db.row('SELECT key FROM execution WHERE arn = ?', arn);
    this.db.transaction(() => {
      if (row !== undefined) this.remove(Number(row['key']));
      this.db.run('DELETE FROM taken WHERE arn = ?', arn);
    });
  }

  constant(name: string, make: () => string) {
    this.db.run('INSERT OR IGNORE INTO constant VALUES (?, ?)', name, make());
    return String(this.db.row('SELECT value FROM constant WHERE name = ?', name)?.['value']);
  }

  close() {
    this.db.close();
  }

  private remove(key: number): void {
    this.db.run('DELETE FROM thread WHERE execution = ?', key);
    this.db.run('DELETE FROM history WHERE execution = ?', key);
    this.db.run('DELETE FROM execution WHERE key = ?', key);
  }

  private write(change: Change): void {
    const key = this.writeExecution(change);
    const { events } = change;
    if (events.length > 0) {
      const { last, length } = events;
      const first = last - length + 1;
      this.db.run('INSERT INTO history VALUES (?, ?, ?, ?)', key, first, last, events.text());
    }
    for (const id of change.removed)
      this.db.run('DELETE FROM thread WHERE execution = ? AND id = ?', key, id);
    for (const thread of change.threads) {
      const body = JSON.stringify(thread);
      this.db.run('INSERT OR REPLACE INTO thread VALUES (?, ?, ?)', key, thread.id, body);
    }
  }

  /** Writes what changed of the record itself: mostly nothing. @returns the execution's key */
  private writeExecution({ execution, due }: Change): number {
    const state = stateOf(execution);
    const known = this.written.get(execution) ?? this.lookUp(execution);
    const stopped = execution.stopDate ?? null;
    if (known === undefined) {
      const { arn, machineArn, status, startDate } = execution;
      const row = this.db.row(
        `INSERT INTO execution (arn, machine, status, started, due, stopped, fixed, state)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING key`,
        ...[arn, machineArn, status, startDate, due ?? null, stopped, fixedOf(execution), state],
      );
      const key = Number(row?.['key']);
      this.written.set(execution, { key, state, due: due ?? null });
      return key;
    }
    if (known.state !== state || known.due !== (due ?? null)) {
      this.db.run(
        'UPDATE execution SET status = ?, due = ?, stopped = ?, state = ? WHERE key = ?',
        ...[execution.status, due ?? null, stopped, state, known.key],
      );
      known.state = state;
      known.due = due ?? null;
    }
    return known.key;
  }

  /** The row of an execution that was read again. */
  private lookUp(execution: ExecutionRecord): Written | undefined {
    const sql = 'SELECT key, state, due FROM execution WHERE arn = ?';
    const row = this.db.row(sql, execution.arn);
    if (row === undefined) return undefined;
    const due = numberOf(row['due']) ?? null;
    const written = { key: Number(row['key']), state: String(row['state']), due };
    this.written.set(execution, written);
    return written;
  }
}

function fixedOf(record: ExecutionRecord): string {
  const { arn, name, machineArn, type, revisionId, versionArn, aliasArn } = record;
  const { startDate, input, traceHeader } = record;
  return JSON.stringify({
    ...{ arn, name, machineArn, type, revisionId, versionArn, aliasArn, startDate, input },
    traceHeader,
  });
}

/** Without the newest event's number: the history tells that, and the row stays as it is. */
function stateOf(record: ExecutionRecord): string {
  const { status, stopDate, output, error, cause, redriveCount, redriveDate, lastThread } = record;
  return JSON.stringify({
    ...{ status, stopDate, output, error, cause, redriveCount, redriveDate, lastThread },
  });
}

function recordOf(row: Readonly<Record<string, unknown>>): ExecutionRecord {
  const record: ExecutionRecord = {
    ...JSON.parse(String(row['fixed'])),
    ...JSON.parse(String(row['state'])),
    lastEvent: Number(row['last'] ?? 0),
  };
  return record;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
