import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';

/**
 * The one database in which queues, events under way, stream positions and schedules outlive the process.
 * WAL without a sync on every commit: what was committed survives a kill at any moment, not a power cut.
 *
 * Commits cost most of a write, so what is asked for within one turn of the event loop shares one.
 */
export interface Store {
  exec(sql: string): void;
  prepare(sql: string): StatementSync;
  /** On disk when this returns. */
  now<T>(work: () => T): T;
  /** On disk when the promise resolves: for answers that can wait for the turn's end. */
  grouped<T>(work: () => T): Promise<T>;
  /** On disk soon: for what may happen twice after a crash. */
  soon<T>(work: () => T): T;
  close(): void;
}

/** @param file `:memory:` for a store that dies with the process */
export function openStore(file: string): Store {
  if (file !== ':memory:') mkdirSync(dirname(file), { recursive: true });
  const database = new DatabaseSync(file);
  database.exec(`
    PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
    PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 8000`);
  let waiting = Promise.withResolvers<void>();
  waiting.promise.catch(() => undefined);
  let planned: NodeJS.Immediate | undefined;
  let depth = 0;

  const commit = (): void => {
    clearImmediate(planned);
    planned = undefined;
    if (!database.isTransaction) return;
    const { resolve, reject } = waiting;
    waiting = Promise.withResolvers<void>();
    waiting.promise.catch(() => undefined);
    try {
      database.exec('COMMIT');
      resolve();
    } catch (error) {
      reject(error);
      throw error;
    }
  };
  const soon = <T>(work: () => T): T => {
    if (!database.isTransaction) database.exec('BEGIN IMMEDIATE');
    planned ??= setImmediate(commit);
    depth += 1;
    try {
      return work();
    } finally {
      depth -= 1;
    }
  };
  return {
    exec: (sql) => {
      commit();
      database.exec(sql);
    },
    prepare: (sql) => database.prepare(sql),
    soon,
    now: (work) => {
      const result = soon(work);
      // Within a group its owner waits for the commit.
      if (depth === 0) commit();
      return result;
    },
    grouped: async (work) => {
      const result = soon(work);
      await waiting.promise;
      return result;
    },
    close: () => {
      commit();
      database.close();
    },
  };
}
