import * as z from 'zod';
import type { Store } from '../store.ts';
import { type Message, MessageAttributes } from './message.ts';

const Row = z.object({
  seq: z.number(),
  id: z.string(),
  body: z.string(),
  attributes: z.string(),
  sent: z.number(),
  visible: z.number(),
  receives: z.number(),
  first: z.number().nullable(),
  grp: z.string().nullable(),
  dedupe: z.string().nullable(),
  source: z.string().nullable(),
});
const Sequence = z.object({ seq: z.number().nullable() });
const Known = z.object({ message: z.string(), seq: z.number() });

export type Shelf = ReturnType<typeof openShelf>;

/** Messages on disk. Every change of a queue is written here before anybody hears of it. */
export function openShelf(store: Store) {
  store.exec(`
    CREATE TABLE IF NOT EXISTS sqs_message (
      seq INTEGER PRIMARY KEY AUTOINCREMENT, queue TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL,
      attributes TEXT NOT NULL, sent INTEGER NOT NULL, visible INTEGER NOT NULL,
      receives INTEGER NOT NULL, first INTEGER, grp TEXT, dedupe TEXT, source TEXT
    ) STRICT;
    CREATE INDEX IF NOT EXISTS sqs_message_queue ON sqs_message (queue, seq);
    CREATE TABLE IF NOT EXISTS sqs_dedupe (
      queue TEXT NOT NULL, dedupe TEXT NOT NULL, message TEXT NOT NULL, seq INTEGER NOT NULL,
      until INTEGER NOT NULL, PRIMARY KEY (queue, dedupe)
    ) STRICT, WITHOUT ROWID`);
  const insert = store.prepare(
    'INSERT INTO sqs_message VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
  );
  const update = store.prepare(
    'UPDATE sqs_message SET visible = ?, receives = ?, first = ? WHERE seq = ?',
  );
  const remove = store.prepare('DELETE FROM sqs_message WHERE seq = ?');
  const purge = store.prepare('DELETE FROM sqs_message WHERE queue = ?');
  const all = store.prepare('SELECT * FROM sqs_message WHERE queue = ? ORDER BY seq');
  const known = store.prepare(
    'SELECT message, seq FROM sqs_dedupe WHERE queue = ? AND dedupe = ? AND until > ?',
  );
  const remember = store.prepare('INSERT OR REPLACE INTO sqs_dedupe VALUES (?, ?, ?, ?, ?)');
  const forget = store.prepare('DELETE FROM sqs_dedupe WHERE until <= ?');
  const last = store.prepare(
    "SELECT max(seq) AS seq FROM sqlite_sequence WHERE name = 'sqs_message'",
  );
  return {
    now: store.now,
    soon: store.soon,
    load: (queue: string): Message[] => all.all(queue).map((row) => messageOf(Row.parse(row))),
    insert: (queue: string, message: Omit<Message, 'seq'>): Message => {
      const { lastInsertRowid } = insert.run(
        queue,
        message.id,
        message.body,
        JSON.stringify(message.attributes),
        message.sentAt,
        message.visibleAt,
        message.receives,
        message.firstReceivedAt ?? null,
        message.groupId ?? null,
        message.dedupeId ?? null,
        message.source ?? null,
      );
      return { ...message, seq: Number(lastInsertRowid) };
    },
    update: (message: Message): void => {
      update.run(message.visibleAt, message.receives, message.firstReceivedAt ?? null, message.seq);
    },
    remove: (message: Message): void => {
      remove.run(message.seq);
    },
    purge: (queue: string): void => {
      purge.run(queue);
    },
    /** A message sent under this id not long ago. */
    duplicateOf: (queue: string, dedupe: string, now: number) => {
      const row = known.get(queue, dedupe, now);
      return row === undefined ? undefined : Known.parse(row);
    },
    remember: (queue: string, dedupe: string, message: Message, until: number): void => {
      forget.run(message.sentAt);
      remember.run(queue, dedupe, message.id, message.seq, until);
    },
    lastSequence: (): number => Sequence.parse(last.get()).seq ?? 0,
  };
}

function messageOf(row: z.infer<typeof Row>): Message {
  return {
    seq: row.seq,
    id: row.id,
    body: row.body,
    attributes: MessageAttributes.parse(JSON.parse(row.attributes)),
    sentAt: row.sent,
    visibleAt: row.visible,
    receives: row.receives,
    firstReceivedAt: row.first ?? undefined,
    groupId: row.grp ?? undefined,
    dedupeId: row.dedupe ?? undefined,
    source: row.source ?? undefined,
  };
}
