import type { Details, HistoryEvent } from './history.ts';

type Cell = number | string | Details | undefined;

/** What one event takes in the list: what it follows, its time since `from`, its type, its details. */
const width = 4;

/**
 * Events in one flat list. An execution has many, they live as long as it does, and as objects they would cost the
 * collection of garbage more than all the rest of a task.
 */
export class EventLog {
  /** How many events there are. */
  length = 0;
  /** The first one's id; the others follow without gaps. */
  private first: number;
  private from: number;
  private readonly cells: Cell[];

  constructor(first = 1, from = 0, cells: Cell[] = []) {
    this.first = first;
    this.from = from;
    this.cells = cells;
    this.length = cells.length / width;
  }

  /** The last one's id. */
  get last(): number {
    return this.first + this.length - 1;
  }

  add(
    id: number,
    previousEventId: number,
    timestamp: number,
    type: string,
    details: Details | undefined,
  ): void {
    if (this.length === 0) {
      this.first = id;
      this.from = timestamp;
    }
    const at = this.length * width;
    const { cells } = this;
    cells[at] = previousEventId;
    // As it stands a time is too large for a plain number of the list, and would be an object of its own.
    cells[at + 1] = timestamp - this.from;
    cells[at + 2] = type;
    cells[at + 3] = details;
    this.length += 1;
  }

  /** What it holds now, in no more room than it takes. */
  snapshot(): EventLog {
    return new EventLog(this.first, this.from, this.cells.slice(0, this.length * width));
  }

  /** Undefined where none has the id. */
  event(id: number): HistoryEvent | undefined {
    if (id < this.first || id > this.last) return undefined;
    const at = (id - this.first) * width;
    const [previousEventId, since, type, details] = this.cells.slice(at, at + width);
    if (typeof previousEventId !== 'number' || typeof since !== 'number') return undefined;
    if (typeof type !== 'string') return undefined;
    const event = { id, previousEventId, timestamp: this.from + since, type };
    return typeof details === 'object' ? { ...event, details } : event;
  }

  /** The list of events as JSON. */
  text(): string {
    const { cells } = this;
    let text = '[';
    for (let id = this.first; id <= this.last; id += 1) {
      const at = (id - this.first) * width;
      const timestamp = this.from + Number(cells[at + 1]);
      const details = cells[at + 3];
      text += `${at === 0 ? '' : ','}{"id":${id},"previousEventId":${cells[at]},"timestamp":${timestamp},"type":"${cells[at + 2]}"`;
      text += details === undefined ? '}' : `,"details":${JSON.stringify(details)}}`;
    }
    return `${text}]`;
  }

  /** Empties it, to be filled again. */
  clear(): void {
    this.cells.fill(undefined, 0, this.length * width);
    this.length = 0;
  }
}
