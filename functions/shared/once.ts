/**
 * Makes a thing at its first use and keeps it for the life of the worker. A failure is not kept: the next call
 * tries again, so that one unanswered call at cold start does not spoil the worker.
 */
export function once<T>(make: () => T | Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    if (made === undefined) {
      const attempt = (async () => make())();
      made = attempt;
      attempt.catch(() => {
        if (made === attempt) made = undefined;
      });
    }
    return made;
  };
}
