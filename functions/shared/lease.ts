/** Milliseconds a relay may hold rows: longer than any invocation of it may take, so that no two send one row. */
export const leaseTime = 60_000;

/** Milliseconds before its end at which a relay takes no more rows: enough for one batch and its record. */
export const reserve = 5000;

export function leaseEnd(now: Date): Date {
  return new Date(now.getTime() + leaseTime);
}

/** Work through `items`, at most `width` at a time; answers in the items' order. */
export async function inParallel<T, R>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const answers = new Map<number, R>();
  const queue = items.entries();
  const lane = async () => {
    for (const [index, item] of queue) answers.set(index, await work(item));
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, lane));
  return [...answers.entries()].sort(([a], [b]) => a - b).map(([, answer]) => answer);
}
