/** Milliseconds: a rolled signing secret reaches every worker within this time, and Stripe sends again for days. */
const maxAge = 5 * 60 * 1000;

/** Keeps what `read` answers for five minutes. A failed reading is not kept. */
export function renewed<T>(read: () => Promise<T>): (now: Date) => Promise<T> {
  let kept: { readonly value: T; readonly at: number } | undefined;
  return async (now) => {
    const age = kept === undefined ? Number.POSITIVE_INFINITY : now.getTime() - kept.at;
    if (kept !== undefined && age >= 0 && age < maxAge) return kept.value;
    const value = await read();
    kept = { value, at: now.getTime() };
    return value;
  };
}
