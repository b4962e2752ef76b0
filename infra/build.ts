import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { build as esbuild, type Plugin } from 'esbuild';
import { type FunctionName, functionNames } from './functions.ts';

const root = resolve(import.meta.dirname, '..');

/** Where the bundles go: `<outDirectory>/<function name>/index.mjs`, handler `index.handler`. */
export const outDirectory = join(root, 'build', 'functions');

/** CommonJS inside the bundles (postgres, the SDK) asks for `require`, which an ES module does not have. */
const banner =
  "import{createRequire as __kassaRequire}from'node:module';const require=__kassaRequire(import.meta.url);";

/**
 * zod exports its messages in every language, which no bundler can leave out: a third of each bundle, and of the
 * time a cold start takes to read it. We speak English.
 */
const englishOnly: Plugin = {
  name: 'english-only',
  setup(build) {
    build.onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({
      contents: "export { default as en } from './en.js';",
    }));
  },
};

export class MissingFunctionError extends Error {
  override readonly name = 'MissingFunctionError';
}

export interface Built {
  readonly name: FunctionName;
  /** Bytes of index.mjs. */
  readonly size: number;
}

/**
 * Bundles every function of the table in one esbuild pass. Throws MissingFunctionError naming each function of
 * the table that has no `functions/<name>/index.ts`, and each folder there that the table does not know.
 */
export async function build(options: { readonly maps?: boolean } = {}): Promise<readonly Built[]> {
  const source = (name: string) => join(root, 'functions', name, 'index.ts');
  const missing = functionNames.filter((name) => !existsSync(source(name)));
  if (missing.length > 0) {
    throw new MissingFunctionError(
      `infra/functions.ts lists functions without functions/<name>/index.ts: ${missing.join(', ')}`,
    );
  }
  const known = new Set<string>(functionNames);
  const strays = (await readdir(join(root, 'functions'))).filter(
    (name) => existsSync(source(name)) && !known.has(name),
  );
  if (strays.length > 0) {
    throw new MissingFunctionError(
      `functions/ holds functions that infra/functions.ts does not list: ${strays.join(', ')}`,
    );
  }
  await rm(outDirectory, { recursive: true, force: true });
  await esbuild({
    absWorkingDir: root,
    entryPoints: functionNames.map((name) => ({ in: source(name), out: `${name}/index` })),
    outdir: outDirectory,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    minify: true,
    // Step Functions sees an error's class name, and stack traces are read by people.
    keepNames: true,
    // A third of the time it takes; a laptop does without, what is deployed does not.
    sourcemap: options.maps === false ? false : 'linked',
    sourcesContent: false,
    legalComments: 'none',
    banner: { js: banner },
    plugins: [englishOnly],
    logLevel: 'warning',
  });
  const migrations = join(root, 'adapters', 'postgres', 'migrations');
  if (existsSync(migrations)) {
    await cp(migrations, join(outDirectory, 'migrate', 'migrations'), { recursive: true });
  }
  return Promise.all(
    functionNames.map(async (name) => ({
      name,
      size: (await stat(join(outDirectory, name, 'index.mjs'))).size,
    })),
  );
}

/** Bundles that only fail, for rules over the template, which need no code. */
export async function buildStubs(directory: string): Promise<void> {
  await Promise.all(
    functionNames.map(async (name) => {
      await mkdir(join(directory, name), { recursive: true });
      await writeFile(
        join(directory, name, 'index.mjs'),
        `export const handler = async () => { throw new Error('${name} is a stub'); };\n`,
      );
    }),
  );
}

if (import.meta.main) {
  const started = performance.now();
  const built = await build();
  for (const { name, size } of built) {
    console.log(`${name.padEnd(24)}${(size / 1024).toFixed(0).padStart(6)} KiB`);
  }
  const total = built.reduce((sum, { size }) => sum + size, 0);
  console.log(
    `${built.length} functions, ${(total / 1024 / 1024).toFixed(1)} MiB, ${(performance.now() - started).toFixed(0)} ms`,
  );
}
