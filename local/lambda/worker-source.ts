import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';

let source: URL | undefined;

/** The worker's module, its types stripped once for all workers: stripping costs more than a start. */
export function workerSource(): URL {
  source ??= new URL(
    `data:text/javascript,${encodeURIComponent(
      stripTypeScriptTypes(readFileSync(new URL('./worker.ts', import.meta.url), 'utf8')),
    )}`,
  );
  return source;
}
