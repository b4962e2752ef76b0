import { type Cell, EventLog } from '../event-log.ts';
import type { HistoryEvent } from '../history.ts';
import type { Thread } from '../thread.ts';
import { Database } from './database.ts';
import { type Entry, Journal } from './journal.ts';
import { Pending, type Seen } from './pending.ts';
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

export interface FileOptions {
  /** Bytes the journal may hold before its rows are written; 8 MiB if not said otherwise. */
  readonly journalLimit?: number | undefined;
}

const columns = `fixed, state, (
  SELECT last FROM history WHERE execution = key ORDER BY first DESC LIMIT 1
) AS last`;

/**
 * Everything in one SQLite file (schema.ts), but for what executions did last: that stands in a journal beside it, until
 * so much has come together that its rows are written, or until somebody asks for them.
 */
export class FileStore implements Store {
  readonly durable = true;
  private readonly file: Database;
  private readonly journal: Journal;
  /** Every start asks for its machine. */
  private readonly machineCache = new Map<string, MachineRecord>();
  /** What stands in the journal alone, by execution. */
  private readonly pending = new Map<string, Pending>();
  private readonly journalLimit: number;
  /** The journal's length now. */
  private journaled = 0;
  private round: number;
  private nextKey: number;
  /** A write failed half-way: memory and files may differ, so nothing more is written until they are read again. */
  private broken = false;

  constructor(path: string, options: FileOptions = {}) {
    this.journalLimit = options.journalLimit ?? 8 * 1024 * 1024;
    this.file = new Database(path);
    prepare(this.file);
    this.round = Number(this.constant('journal', () => '1'));
    this.journal = new Journal(`${path}-log`);
    this.readJournal();
    this.writeRows();
    // Only now: the journal told of executions too.
    this.nextKey = 1 + Number(this.file.row('SELECT max(key) AS key FROM execution')?.['key'] ?? 0);
  }

  /** The database, with all rows in it. */
  private get db(): Database {
    if (this.pending.size > 0) this.writeRows();
    return this.file;
  }

  machines() {
    return this.file.bodies<MachineRecord>('SELECT body FROM machine ORDER BY arn');
  }
  machine(arn: string) {
    let machine = this.machineCache.get(arn);
    if (machine !== undefined) return machine;
    machine = this.file.bodies<MachineRecord>('SELECT body FROM machine WHERE arn = ?', arn)[0];
    if (machine !== undefined) this.machineCache.set(arn, machine);
    return machine;
  }
  putMachine(machine: MachineRecord) {
    const body = JSON.stringify(machine);
    this.file.run('INSERT OR REPLACE INTO machine VALUES (?, ?)', machine.arn, body);
    this.machineCache.set(machine.arn, machine);
  }
  removeMachine(arn: string) {
    this.file.run('DELETE FROM machine WHERE arn = ?', arn);
    this.machineCache.delete(arn);
  }
  revision(id: string) {
    return this.file.bodies<Revision>('SELECT body FROM revision WHERE id = ?', id)[0];
  }
  putRevision(revision: Revision) {
    this.file.run('INSERT INTO revision VALUES (?, ?)', revision.id, JSON.stringify(revision));
  }
  versions(machineArn: string) {
    return this.file.bodies<VersionRecord>(
      'SELECT body FROM version WHERE machine = ?',
      machineArn,
    );
  }
  version(arn: string) {
    return this.file.bodies<VersionRecord>('SELECT body FROM version WHERE arn = ?', arn)[0];
  }
  putVersion(version: VersionRecord) {
    const body = JSON.stringify(version);
    const sql = 'INSERT OR REPLACE INTO version VALUES (?, ?, ?)';
    this.file.run(sql, version.arn, version.machineArn, body);
  }
  removeVersion(arn: string) {
    this.file.run('DELETE FROM version WHERE arn = ?', arn);
  }
  aliases(machineArn: string) {
    return this.file.bodies<AliasRecord>('SELECT body FROM alias WHERE machine = ?', machineArn);
  }
  alias(arn: string) {
    return this.file.bodies<AliasRecord>('SELECT body FROM alias WHERE arn = ?', arn)[0];
  }
  putAlias(alias: AliasRecord) {
    const sql = 'INSERT OR REPLACE INTO alias VALUES (?, ?, ?)';
    this.file.run(sql, alias.arn, alias.machineArn, JSON.stringify(alias));
  }
  removeAlias(arn: string) {
    this.file.run('DELETE FROM alias WHERE arn = ?', arn);
  }

  execution(arn: string) {
    const row = this.of(arn).row(`SELECT ${columns} FROM execution WHERE arn = ?`, arn);
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
    return this.of(arn).bodies<Thread>(
      'SELECT body FROM thread WHERE execution = (SELECT key FROM execution WHERE arn = ?) ORDER BY id',
      arn,
    );
  }

  events(arn: string, page: EventPage) {
    const db = this.of(arn);
    const execution = db.row('SELECT key, started FROM execution WHERE arn = ?', arn);
    if (execution === undefined) return [];
    const from = page.from ?? (page.reverse ? Number.MAX_SAFE_INTEGER : 0);
    const step = page.reverse ? -1 : 1;
    const found: HistoryEvent[] = [];
    const rows = db.rows(
      `SELECT first, body FROM history WHERE execution = ?
       ${page.reverse ? 'AND first < ? ORDER BY first DESC' : 'AND last > ? ORDER BY first'} LIMIT ?`,
      Number(execution['key']),
      from,
      // Every row holds one event at least, and the first one may hold some that were seen already.
      page.limit + 1,
    );
    for (const row of rows) {
      if (found.length === page.limit) break;
      const cells: Cell[] = JSON.parse(String(row['body']));
      const log = new EventLog(Number(execution['started']), Number(row['first']), cells);
      let id = page.reverse ? Math.min(from - 1, log.last) : Math.max(from + 1, log.first);
      for (; found.length < page.limit; id += step) {
        const event = log.event(id);
        if (event === undefined) break;
        found.push(event);
      }
    }
    return found;
  }

  commit(changes: readonly Change[]) {
    if (changes.length === 0) return;
    this.whole(() => {
      this.journaled += this.journal.append(changes.map((change) => this.note(change)));
      if (this.journaled > this.journalLimit) this.writeRows();
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
    return numberOf(this.file.row('SELECT until FROM taken WHERE arn = ?', arn)?.['until']);
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
    this.file.run('INSERT OR IGNORE INTO constant VALUES (?, ?)', name, make());
    return String(this.file.row('SELECT value FROM constant WHERE name = ?', name)?.['value']);
  }

  close() {
    if (!this.broken) this.writeRows();
    this.journal.close();
    this.file.close();
  }

  /** The database, with all rows of that execution in it. */
  private of(arn: string): Database {
    return this.pending.has(arn) ? this.db : this.file;
  }

  private remove(key: number): void {
    this.file.run('DELETE FROM thread WHERE execution = ?', key);
    this.file.run('DELETE FROM history WHERE execution = ?', key);
    this.file.run('DELETE FROM execution WHERE key = ?', key);
  }

  /** @returns the change as it is to stand in the journal */
  private note({ execution, due, events, threads, removed }: Change): Entry {
    const known = this.pending.get(execution.arn);
    const first = events.last - events.length + 1;
    const fresh = first === 1 && events.length > 0;
    const state = known?.isAsSeen(execution) === true ? '' : stateOf(execution);
    const entry: Entry = {
      key: known?.key ?? (fresh ? this.nextKey : this.keyOf(execution.arn)),
      due: due ?? null,
      fixed: fresh ? fixedOf(execution) : '',
      state,
      events: events.text(),
      first,
      last: events.last,
      removed,
      threads: threads.map((thread) => ({ id: thread.id, body: JSON.stringify(thread) })),
    };
    if (fresh) this.nextKey += 1;
    this.addPending(execution.arn, known, entry).see(execution);
    return entry;
  }

  private addPending(arn: string, known: Pending | undefined, entry: Entry): Pending {
    const pending = known ?? new Pending(entry);
    pending.add(entry);
    if (known === undefined) this.pending.set(arn, pending);
    return pending;
  }

  private keyOf(arn: string): number {
    const row = this.file.row('SELECT key FROM execution WHERE arn = ?', arn);
    if (row === undefined) throw new Error(`${arn} goes on, and has been deleted`);
    return Number(row['key']);
  }

  /** What a killed process left in the journal. */
  private readJournal(): void {
    const arns = new Map<number, string>();
    for (const entry of this.journal.read(this.round)) {
      const arn = arns.get(entry.key) ?? this.arnOf(entry);
      arns.set(entry.key, arn);
      this.addPending(arn, this.pending.get(arn), entry);
    }
  }

  private arnOf({ key, fixed }: Entry): string {
    if (fixed !== '') {
      const { arn }: Pick<ExecutionRecord, 'arn'> = JSON.parse(fixed);
      return arn;
    }
    return String(this.file.row('SELECT arn FROM execution WHERE key = ?', key)?.['arn']);
  }

  /** Does what must not be done by halves. */
  private whole(work: () => void): void {
    this.checkWhole();
    try {
      work();
    } catch (error) {
      this.broken = true;
      throw error;
    }
  }

  private checkWhole(): void {
    if (this.broken)
      throw new Error('a write failed: nothing more is written until the store is opened again');
  }

  /** Writes the rows of all that stands in the journal, and begins it anew. */
  private writeRows(): void {
    this.checkWhole();
    const round = this.round + 1;
    this.file.transaction(() => {
      const sql = "UPDATE constant SET value = ? WHERE name = 'journal' AND value = ?";
      if (this.file.run(sql, String(round), String(this.round)) === 0)
        throw new Error('another process has opened the store since');
      for (const pending of this.pending.values()) this.writeRow(pending);
    });
    this.round = round;
    this.pending.clear();
    this.journaled = 0;
    this.whole(() => this.journal.begin(round));
  }

  private writeRow(pending: Pending): void {
    const { key, due, fixed, state, removed, threads } = pending;
    const seen: Seen = pending.seen ?? { ...JSON.parse(fixed || '{}'), ...JSON.parse(state) };
    const { arn, machineArn, startDate, status } = seen;
    const stopped = seen.stopDate ?? null;
    if (fixed === '')
      this.file.run(
        'UPDATE execution SET status = ?, due = ?, stopped = ?, state = ? WHERE key = ?',
        ...[status, due, stopped, state, key],
      );
    else
      this.file.run(
        'INSERT INTO execution (key, arn, machine, status, started, due, stopped, fixed, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
        ...[key, arn, machineArn, status, startDate],
        ...[due, stopped, fixed, state],
      );
    for (const { first, last, body } of pending.rows())
      this.file.run('INSERT INTO history VALUES (?, ?, ?, ?)', key, first, last, body);
    for (const id of removed)
      this.file.run('DELETE FROM thread WHERE execution = ? AND id = ?', key, id);
    for (const [id, body] of threads)
      this.file.run('INSERT OR REPLACE INTO thread VALUES (?, ?, ?)', key, id, body);
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
