import { DatabaseSync } from 'node:sqlite';

/**
 * dynoxide 1.2.1 looks through all stream records ever written, at each write to a table with a stream and at
 * each GetRecords: the more orders a laptop has seen, the slower. These indexes fit the two queries it runs.
 * Without its table (another version, another layout) nothing is done.
 */
export function indexStreamRecords(file: string): void {
  const database = new DatabaseSync(file, { timeout: 5000 });
  try {
    const there = database
      .prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '_stream_records'")
      .get();
    if (there === undefined) return;
    database.exec(`
      CREATE INDEX IF NOT EXISTS kassa_stream_read
        ON _stream_records (table_name, shard_id, CAST(sequence_number AS INTEGER));
      CREATE INDEX IF NOT EXISTS kassa_stream_last
        ON _stream_records (table_name, CAST(sequence_number AS INTEGER))`);
  } finally {
    database.close();
  }
}
