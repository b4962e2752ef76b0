import type { Entry } from './journal.ts';
import type { ExecutionRecord } from './store.ts';

/** About how much text one row of the history holds at the most; an entry is never split. */
const rowLimit = 32 * 1024;

export interface HistoryRow {
  readonly first: number;
  readonly last: number;
  readonly body: string;
}

/** What has a column of its own, and what changes as often as anything of an execution does. */
export interface Seen extends Pick<ExecutionRecord, 'arn' | 'machineArn' | 'startDate' | 'status'> {
  readonly stopDate?: number | undefined;
  readonly lastThread: number;
  readonly redriveCount: number;
}

/** What the journal holds of one execution, each thing as it stands now: a thread written ten times is one row. */
export class Pending {
  readonly key: number;
  /** Empty where the database has the execution already. */
  readonly fixed: string;
  state: string;
  due: number | null;
  readonly threads = new Map<number, string>();
  /** Threads the database may have that are no more. */
  readonly removed = new Set<number>();
  readonly history: HistoryRow[] = [];
  /** As the last entry told it; undefined where that was read from the journal. */
  seen: Seen | undefined;
  private open: { first: number; last: number; events: string[]; size: number } | undefined;

  constructor({ key, fixed, state, due }: Entry) {
    this.key = key;
    this.fixed = fixed;
    this.state = state;
    this.due = due;
  }

  see(execution: ExecutionRecord): void {
    if (this.isAsSeen(execution)) return;
    const { arn, machineArn, startDate, status, stopDate, lastThread, redriveCount } = execution;
    this.seen = { arn, machineArn, startDate, status, stopDate, lastThread, redriveCount };
  }

  /** Whether nothing of it has changed since. */
  isAsSeen({ status, lastThread, redriveCount }: ExecutionRecord): boolean {
    const { seen } = this;
    return (
      seen !== undefined &&
      seen.status === status &&
      seen.lastThread === lastThread &&
      seen.redriveCount === redriveCount
    );
  }

  add(entry: Entry): void {
    if (entry.state !== '') this.state = entry.state;
    this.due = entry.due;
    for (const id of entry.removed) {
      this.threads.delete(id);
      if (this.fixed === '') this.removed.add(id);
    }
    for (const { id, body } of entry.threads) {
      this.threads.set(id, body);
      if (this.removed.size > 0) this.removed.delete(id);
    }
    if (entry.events !== '') this.addEvents(entry);
  }

  /** The last row as it is now, behind those that are full. */
  rows(): readonly HistoryRow[] {
    this.fill();
    return this.history;
  }

  private addEvents({ first, last, events }: Entry): void {
    const { open } = this;
    if (open === undefined) {
      this.open = { first, last, events: [events], size: events.length };
      return;
    }
    open.last = last;
    open.events.push(events);
    open.size += events.length;
    if (open.size >= rowLimit) this.fill();
  }

  private fill(): void {
    const { open } = this;
    if (open === undefined) return;
    const { first, last, events } = open;
    this.history.push({ first, last, body: `[${events.join()}]` });
    this.open = undefined;
  }
}
