import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { basename, join } from 'node:path';

/**
 * Keeps the assembly's code in the state folder: workers start at any time, and by then another synth may have
 * replaced cdk.out. Assets are named by their content, so one that is there is whole and right.
 */
export function keepCode(stateDir: string): {
  /** @returns the folder to run an asset from */
  keep(asset: string): string;
  /** Throws away what earlier assemblies left. */
  forgetOthers(): void;
} {
  const code = join(stateDir, 'code');
  const wanted = new Set<string>();
  mkdirSync(code, { recursive: true });
  const keep = (asset: string): string => {
    const kept = join(code, basename(asset));
    wanted.add(basename(asset));
    if (existsSync(kept)) return kept;
    const partial = `${kept}.partial`;
    rmSync(partial, { recursive: true, force: true });
    linkTree(asset, partial);
    renameSync(partial, kept);
    return kept;
  };
  return {
    keep,
    forgetOthers() {
      for (const name of readdirSync(code)) {
        if (!wanted.has(name)) rmSync(join(code, name), { recursive: true, force: true });
      }
    },
  };
}

/** Links where it can: no copy, and what replaces a file later leaves the link alone. */
function linkTree(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const source = join(from, entry.name);
    const target = join(to, entry.name);
    if (entry.isDirectory()) linkTree(source, target);
    else if (entry.isFile()) {
      try {
        linkSync(source, target);
      } catch {
        copyFileSync(source, target);
      }
    }
  }
}
