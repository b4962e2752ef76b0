import type { Database } from './database.ts';

/**
 * `execution.fixed` is what never changes of an execution, `state` what does. `due` is when a running one is to be
 * looked at next (0: at once, its work was under way), `stopped` when a closed one ended; milliseconds.
 * `history` keeps events in the order they were committed, as lists of an EventLog's cells, from event `first` to event
 * `last`: rows are only ever added at its end, whatever executions they are of, so a commit touches few pages.
 * `taken` holds the names of executions whose history was deleted before their names were free again.
 */
const tables = `
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
  due INTEGER,
  stopped INTEGER,
  fixed TEXT NOT NULL,
  state TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS execution_by_machine ON execution (machine, started, arn);
CREATE INDEX IF NOT EXISTS execution_due ON execution (due) WHERE due IS NOT NULL;
CREATE INDEX IF NOT EXISTS execution_stopped ON execution (stopped) WHERE stopped IS NOT NULL;
CREATE TABLE IF NOT EXISTS thread (
  execution INTEGER NOT NULL, id INTEGER NOT NULL, body TEXT NOT NULL,
  PRIMARY KEY (execution, id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS history (
  execution INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS history_by_execution ON history (execution, first, last);
CREATE TABLE IF NOT EXISTS taken (arn TEXT PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS taken_until ON taken (until);
`;

const fixed = ['arn', 'name', 'machineArn', 'type', 'revisionId', 'versionArn', 'aliasArn'].concat([
  'startDate',
  'input',
]);
const changing = ['status', 'stopDate', 'output', 'error', 'cause', 'redriveCount'].concat([
  'redriveDate',
  'lastEvent',
  'lastThread',
]);

/** The first form of the file: an execution in one piece, an event a row. */
const fromFirst = `
ALTER TABLE execution RENAME TO old_execution;
DROP INDEX execution_by_machine;
DROP INDEX execution_running;
${tables}
INSERT INTO execution
  SELECT key, arn, machine, status, started, CASE status WHEN 'RUNNING' THEN 0 END,
    json_extract(body, '$.stopDate'),
    json_remove(body, ${changing.map((name) => `'$.${name}'`).join(', ')}),
    json_remove(body, ${fixed.map((name) => `'$.${name}'`).join(', ')})
  FROM old_execution;
INSERT INTO history SELECT execution, id, id, json_array(json(body)) FROM event;
DROP TABLE old_execution;
DROP TABLE event;
`;

/** The second form: events as objects, with their times and whether they are whole. */
const cells = `
UPDATE history SET body = '[' || (
  SELECT group_concat(cells) FROM (
    SELECT trim(json_array(
      json_extract(value, '$.previousEventId'),
      json_extract(value, '$.timestamp') - (SELECT started FROM execution WHERE key = execution),
      json_extract(value, '$.type'),
      json(json_extract(value, '$.details'))
    ), '[]') AS cells FROM json_each(history.body)
  )
) || ']'
`;

const form = 3;

/** Brings a new file, or one of an older form, to the form this engine writes. */
export function prepare(db: Database): void {
  const found = Number(db.row('PRAGMA user_version')?.['user_version']);
  if (found === form) return;
  if (found > form) throw new Error(`the file was written by a later engine (form ${found})`);
  const old = db.row("SELECT 1 FROM sqlite_schema WHERE name = 'event'") !== undefined;
  db.transaction(() => {
    db.exec(old ? fromFirst : tables);
    if (old || found === 2) db.exec(cells);
    db.exec(`PRAGMA user_version = ${form}`);
  });
}
