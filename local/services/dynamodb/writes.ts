import { watch } from 'node:fs';

/** Another server's writes cannot be watched: there the streams are looked at this often, in real ms. */
const lookEvery = 250;

/**
 * Tells listeners that the database may have been written: SQLite's log changes with every commit, and the file
 * system says so. So streams are read at once after a write, and an idle laptop polls nothing.
 * @param files the folder the server writes, or undefined when it is somebody else's
 */
export function watchWrites(files: string | undefined): {
  add(listener: () => void): () => void;
  close(): void;
} {
  const listeners = new Set<() => void>();
  let planned: NodeJS.Immediate | undefined;
  const tell = (): void => {
    planned ??= setImmediate(() => {
      planned = undefined;
      for (const listener of listeners) listener();
    });
  };
  const timer = files === undefined ? setInterval(tell, lookEvery).unref() : undefined;
  const watcher = files === undefined ? undefined : watch(files, tell);
  return {
    add: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () => {
      watcher?.close();
      clearInterval(timer);
      clearImmediate(planned);
      listeners.clear();
    },
  };
}
