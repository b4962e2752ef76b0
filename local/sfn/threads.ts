import type { Thread } from './thread.ts';

const none: readonly Thread[] = [];

/** The threads of one run: by id, by parent, and which of them the store has not seen yet. */
export class Threads {
  private readonly byId = new Map<number, Thread>();
  /** Only where there are Parallels and Maps. */
  private below: Map<number, Set<Thread>> | undefined;
  private endedBelow: Map<number, number> | undefined;
  /** The first one the store has not seen as it is; mostly there is just that, and a set costs more. */
  private first: Thread | undefined;
  private others: Set<Thread> | undefined;
  private removed: number[] = [];

  get(id: number): Thread | undefined {
    return this.byId.get(id);
  }

  all(): Thread[] {
    return [...this.byId.values()];
  }

  /** @param known the store has it already */
  add(thread: Thread, known: boolean): void {
    this.byId.set(thread.id, thread);
    if (!known) this.note(thread);
    if (thread.parent === undefined) return;
    this.below ??= new Map();
    const siblings = this.below.get(thread.parent);
    if (siblings === undefined) this.below.set(thread.parent, new Set([thread]));
    else siblings.add(thread);
  }

  changed(thread: Thread): void {
    if (this.first !== thread && this.byId.get(thread.id) === thread) this.note(thread);
  }

  /** In the order they were started. A thread's children stay until they are joined or given up together. */
  children(parent: Thread): Thread[] {
    return [...(this.below?.get(parent.id) ?? [])];
  }

  startedChildren(parent: Thread): number {
    return this.below?.get(parent.id)?.size ?? 0;
  }

  /** How many children have come to an end, good or bad. */
  endedChildren(parent: Thread): number {
    this.endedBelow ??= new Map();
    const known = this.endedBelow.get(parent.id);
    if (known !== undefined) return known;
    const count = this.children(parent).filter(hasEnded).length;
    this.endedBelow.set(parent.id, count);
    return count;
  }

  /** A child's end is to be counted anew. */
  recount(parent: Thread): void {
    this.endedBelow?.delete(parent.id);
  }

  /** A child has just come to its end. */
  childEnded(parent: Thread): void {
    const known = this.endedBelow?.get(parent.id);
    if (known !== undefined) this.endedBelow?.set(parent.id, known + 1);
  }

  /** Forgets a thread; its children are to be removed before. */
  remove(thread: Thread): void {
    this.byId.delete(thread.id);
    if (this.first === thread) this.first = undefined;
    else this.others?.delete(thread);
    this.removed.push(thread.id);
    this.below?.delete(thread.id);
    this.endedBelow?.delete(thread.id);
    if (thread.parent === undefined) return;
    this.below?.get(thread.parent)?.delete(thread);
    this.endedBelow?.delete(thread.parent);
  }

  /** Those the store has not seen as they are; taking them empties the list, as of those that were removed. */
  takeChanged(): readonly Thread[] {
    const { first, others } = this;
    this.first = undefined;
    if (others === undefined || others.size === 0) return first === undefined ? none : [first];
    const threads = first === undefined ? [...others] : [first, ...others];
    others.clear();
    return threads;
  }

  takeRemoved(): readonly number[] {
    const { removed } = this;
    if (removed.length > 0) this.removed = [];
    return removed;
  }

  private note(thread: Thread): void {
    if (this.first === thread) return;
    if (this.first === undefined && this.others?.has(thread) !== true) {
      this.first = thread;
      return;
    }
    this.others ??= new Set();
    this.others.add(thread);
  }
}

export function hasEnded(thread: Thread): boolean {
  return thread.activity.kind === 'done' || thread.failed === true;
}
