import { codeOf, typeOf } from './event-types.ts';
import { type Details, type HistoryEvent, shown } from './history.ts';

export type Cell = number | string | Details | null | undefined;

/** What one event takes in the list: what it follows, its time since the execution's start, its type, its details. */
const width = 4;

/**
 * Events in one flat list. An execution has many, they live as long as it does, and as objects they would cost the
 * collection of garbage more than all the rest of a task.
 */
export class EventLog {
  /** How many events there are. */
  length = 0;
  /** The first one's id; the others follow without gaps. */
  first: number;
  private readonly from: number;
  private readonly cells: Cell[];

  /**
   * @param from when the execution was started, from which the cells' times count; milliseconds
   * @param first id of the first event
   */
  constructor(from: number, first = 1, cells: Cell[] = []) {
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
    if (this.length === 0) this.first = id;
    const at = this.length * width;
    const { cells } = this;
    cells[at] = previousEventId;
    // A time as it stands is too large for a number of the list itself, and would be an object of its own.
    cells[at + 1] = timestamp - this.from;
    cells[at + 2] = codeOf(type);
    cells[at + 3] = details;
    this.length += 1;
  }

  /** What it holds now, in no more room than it takes. */
  snapshot(): EventLog {
    return new EventLog(this.from, this.first, this.cells.slice(0, this.length * width));
  }

  /** Undefined where none has the id. */
  event(id: number): HistoryEvent | undefined {
    if (id < this.first || id > this.last) return undefined;
    const at = (id - this.first) * width;
    const [previousEventId, since, code, details] = this.cells.slice(at, at + width);
    if (typeof previousEventId !== 'number' || typeof since !== 'number') return undefined;
    const type = typeof code === 'number' || typeof code === 'string' ? typeOf(code) : undefined;
    if (type === undefined) throw new Error(`an event of no known type: ${String(code)}`);
    const event = { id, previousEventId, timestamp: this.from + since, type };
    return typeof details === 'object' && details !== null
      ? { ...event, details: shown(details) }
      : event;
  }

  /** The cells as JSON, as they stand in a list, without its brackets. Lists of several logs joined are one again. */
  text(): string {
    const { cells } = this;
    const used = this.length * width;
    // The list is mostly longer than what is in use of it.
    return JSON.stringify(cells.length === used ? cells : cells.slice(0, used)).slice(1, -1);
  }

  /** Empties it, to be filled again. */
  clear(): void {
    this.cells.fill(undefined, 0, this.length * width);
    this.length = 0;
  }
}
