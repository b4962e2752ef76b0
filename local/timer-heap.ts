/** Something that fires once, at a time in milliseconds. */
export interface Entry {
  readonly at: number;
  /** Entries of one time fire in this order. */
  readonly order: number;
  readonly fire: () => void;
  /** Where the heap keeps it; below zero once it is out. */
  place: number;
}

/** Entries by their time. One that is taken out leaves nothing behind: most timers are cancelled long before they fire. */
export class TimerHeap {
  private readonly entries: Entry[] = [];

  get size(): number {
    return this.entries.length;
  }

  first(): Entry | undefined {
    return this.entries[0];
  }

  add(entry: Entry): void {
    this.entries.push(entry);
    this.rise(entry, this.entries.length - 1);
  }

  /** Does nothing for an entry that is out already. */
  remove(entry: Entry): void {
    const { place } = entry;
    if (place < 0) return;
    entry.place = -1;
    const last = this.entries.pop();
    if (last === undefined || last === entry) return;
    const parent = this.entries[(place - 1) >> 1];
    if (place > 0 && parent !== undefined && before(last, parent)) this.rise(last, place);
    else this.sink(last, place);
  }

  clear(): void {
    for (const entry of this.entries) entry.place = -1;
    this.entries.length = 0;
  }

  private rise(entry: Entry, from: number): void {
    let at = from;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = this.entries[above];
      if (parent === undefined || !before(entry, parent)) break;
      this.put(parent, at);
      at = above;
    }
    this.put(entry, at);
  }

  private sink(entry: Entry, from: number): void {
    let at = from;
    for (;;) {
      let below = 2 * at + 1;
      let child = this.entries[below];
      const right = this.entries[below + 1];
      if (right !== undefined && child !== undefined && before(right, child)) {
        below += 1;
        child = right;
      }
      if (child === undefined || !before(child, entry)) break;
      this.put(child, at);
      at = below;
    }
    this.put(entry, at);
  }

  private put(entry: Entry, at: number): void {
    this.entries[at] = entry;
    entry.place = at;
  }
}

function before(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
