import { join } from 'node:path';
import { prepareAssembly } from '../../local/prepare.ts';

export const root = join(import.meta.dirname, '..', '..');

/** Bundles and synthesizes once, before any test file runs; nothing is done where both are up to date. */
export async function setup(): Promise<void> {
  await prepareAssembly(root, { stage: undefined, report: () => undefined });
}
