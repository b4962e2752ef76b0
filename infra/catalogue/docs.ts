import { resolve } from 'node:path';

export const docsDirectory = resolve(import.meta.dirname, '..', '..', 'docs');

/** A generated file, committed so that people read it and a test sees it drift. */
export interface Rendered {
  readonly file: string;
  readonly text: string;
}
