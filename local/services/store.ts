import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/**
 * The one database in which queues, events under way, stream positions and schedules outlive the process.
 * WAL without a sync on every commit: what was committed survives a kill at any moment, not a power cut.
 */
export type Store = DatabaseSync;

/** @param file `:memory:` for a store that dies with the process */
export function openStore(file: string): Store {
  if (file !== ':memory:') mkdirSync(dirname(file), { recursive: true });
  const store = new DatabaseSync(file);
  store.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY');
  return store;
}

/** All or nothing; inside of another transaction it is part of that one. */
export function transaction<T>(store: Store, work: () => T): T {
  if (store.isTransaction) return work();
  store.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    store.exec('COMMIT');
    return result;
  } catch (error) {
    store.exec('ROLLBACK');
    throw error;
  }
}
