import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';

/** What one commit changed of one execution. Texts are JSON as it will stand in the database. */
export interface Entry {
  /** The execution's number in the database. */
  readonly key: number;
  /** While it runs: when it has something to do next, 0 for at once. */
  readonly due: number | null;
  /** What never changes of it; only with its first entry. */
  readonly fixed: string;
  /** What does change of it; empty where it is as it was. */
  readonly state: string;
  /** Its new events, from event `first` to event `last`, without the list's brackets. */
  readonly events: string;
  readonly first: number;
  readonly last: number;
  /** Threads that are no more. */
  readonly removed: readonly number[];
  /** Threads that are new or have changed. */
  readonly threads: readonly { readonly id: number; readonly body: string }[];
}

/**
 * What was committed and does not stand in the database yet: a file that is only ever added to, one line an entry. A
 * line costs a tenth of the rows it stands for, and most of what it says is overtaken before the rows are written.
 * Once they are, the next round begins with an empty file; its first line is the number of the round.
 */
export class Journal {
  private readonly file: number;
  private readonly path: string;
  private room = Buffer.allocUnsafe(1024 * 1024);

  /** @param path the file; made where it is missing */
  constructor(path: string) {
    this.path = path;
    this.file = openSync(path, 'a+');
  }

  /**
   * The entries of that round; none where the file is of an earlier one, whose rows are written. A line that was being
   * written when the process was killed is not there: nothing that it led to has happened.
   */
  read(round: number): Entry[] {
    const lines = readFileSync(this.path, 'utf8').split('\n');
    // Behind the last line's end there is nothing, or the beginning of one.
    lines.pop();
    return lines.shift() === String(round) ? lines.map(entryOf) : [];
  }

  /** Empties the file for a new round. */
  begin(round: number): void {
    ftruncateSync(this.file);
    writeSync(this.file, `${round}\n`);
  }

  /** @returns how many bytes that was */
  append(entries: readonly Entry[]): number {
    let length = 0;
    for (const entry of entries) {
      // Each by itself: one text of them all would cost several times as much to put together.
      const line = lineOf(entry);
      // A character takes three bytes at the most.
      const needed = length + line.length * 3;
      if (needed > this.room.length) {
        const grown = Buffer.allocUnsafe(needed * 2);
        this.room.copy(grown, 0, 0, length);
        this.room = grown;
      }
      length += this.room.write(line, length);
    }
    for (let written = 0; written < length; )
      written += writeSync(this.file, this.room, written, length - written);
    return length;
  }

  close(): void {
    closeSync(this.file);
  }
}

/** JSON has neither tabs nor line ends but inside its strings, where they are escaped. */
function lineOf(entry: Entry): string {
  const { key, due, fixed, state, events, first, last, removed, threads } = entry;
  const gone = removed.length === 0 ? '' : removed.join();
  let line = `${key}\t${due ?? ''}\t${fixed}\t${state}\t${events}\t${first}\t${last}\t${gone}`;
  for (const { id, body } of threads) line += `\t${id}\t${body}`;
  return `${line}\n`;
}

function entryOf(line: string): Entry {
  const [key, due, fixed, state, events, first, last, removed, ...threads] = line.split('\t');
  if (fixed === undefined || state === undefined || events === undefined || removed === undefined)
    throw new Error('the journal holds a line that is none of its own');
  return {
    key: Number(key),
    due: due === '' ? null : Number(due),
    fixed,
    state,
    events,
    first: Number(first),
    last: Number(last),
    removed: removed === '' ? [] : removed.split(',').map(Number),
    threads: threads.flatMap((id, at) =>
      at % 2 === 0 ? [{ id: Number(id), body: threads[at + 1] ?? '' }] : [],
    ),
  };
}
