import type { Thread } from './thread.ts';

/** The threads of one run: by id, by parent, and which of them the store has not seen yet. */
export class Threads {
  private readonly byId = new Map<number, Thread>();
  private readonly below = new Map<number, Set<Thread>>();
  private readonly endedBelow = new Map<number, number>();
  private readonly dirty = new Set<Thread>();
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
    if (!known) this.dirty.add(thread);
    if (thread.parent === undefined) return;
    const siblings = this.below.get(thread.parent);
    if (siblings === undefined) this.below.set(thread.parent, new Set([thread]));
    else siblings.add(thread);
  }

  changed(thread: Thread): void {
    if (this.byId.get(thread.id) === thread) this.dirty.add(thread);
  }

  /** In the order they were started. A thread's children stay until they are joined or given up together. */
  children(parent: Thread): Thread[] {
    return [...(this.below.get(parent.id) ?? [])];
  }

  startedChildren(parent: Thread): number {
    return this.below.get(parent.id)?.size ?? 0;
  }

  /** How many children have come to an end, good or bad. */
  endedChildren(parent: Thread): number {
    const known = this.endedBelow.get(parent.id);
    if (known !== undefined) return known;
    const count = this.children(parent).filter(hasEnded).length;
    this.endedBelow.set(parent.id, count);
    return count;
  }

  /** A child's end is to be counted anew. */
  recount(parent: Thread): void {
    this.endedBelow.delete(parent.id);
  }

  /** A child has just come to its end. */
  childEnded(parent: Thread): void {
    const known = this.endedBelow.get(parent.id);
    if (known !== undefined) this.endedBelow.set(parent.id, known + 1);
  }

  /** Forgets a thread; its children are to be removed before. */
  remove(thread: Thread): void {
    this.byId.delete(thread.id);
    this.dirty.delete(thread);
    this.removed.push(thread.id);
    this.below.delete(thread.id);
    this.endedBelow.delete(thread.id);
    if (thread.parent === undefined) return;
    this.below.get(thread.parent)?.delete(thread);
    this.endedBelow.delete(thread.parent);
  }

  /** What the store has not seen; taking it empties it. */
  take(): { readonly threads: readonly Thread[]; readonly removed: readonly number[] } {
    const { removed } = this;
    const threads = [...this.dirty];
    // Emptying makes a new table, even where there is nothing in it.
    if (threads.length > 0) this.dirty.clear();
    if (removed.length > 0) this.removed = [];
    return { threads, removed };
  }
}

export function hasEnded(thread: Thread): boolean {
  return thread.activity.kind === 'done' || thread.failed === true;
}
