/** A value, or the promise of one where something must be waited for: an expression that needs JSONata's interpreter. */
export type Awaitable<T> = T | Promise<T>;

/**
 * A step of an execution, as a generator: it runs straight to its end and gives up its turn only at a promise that it
 * yields. Most never do, and an async function would at every call.
 */
export type Work<T> = Generator<Promise<unknown>, T, void>;

/** Nothing left to do: what a step gives that went straight through to its end, without a generator of its own. */
export const done: Work<void> = nothing();
done.next();

function* nothing(): Work<void> {
  yield* [];
}

/** Waits inside a work, where there is something to wait for. */
export function* ready<T>(value: Awaitable<T>): Work<T> {
  if (!(value instanceof Promise)) return value;
  const settled: T[] = [];
  yield value.then((one) => settled.push(one));
  for (const one of settled) return one;
  throw new Error('the promise was not waited for');
}

/** Does what is left to do with the value, now if it is there. */
export function after<T, R>(value: Awaitable<T>, use: (value: T) => R): Awaitable<R> {
  return value instanceof Promise ? value.then(use) : use(value);
}

/** Does the work: at once, or as far as it can go now. What it throws is thrown or rejected. */
export function perform<T>(work: Work<T>): Awaitable<T> {
  const step = work.next();
  return step.done === true ? step.value : finish(work, step.value);
}

async function finish<T>(work: Work<T>, first: Promise<unknown>): Promise<T> {
  let waitsFor = first;
  for (;;) {
    const step = await waitsFor.then(
      () => work.next(),
      (error: unknown) => work.throw(error),
    );
    if (step.done === true) return step.value;
    waitsFor = step.value;
  }
}
