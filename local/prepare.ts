import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { join } from 'node:path';
import { locked } from './prepare-lock.ts';

/** Whatever changes the bundles or the templates. */
const sources = [
  'domain',
  'adapters',
  'functions',
  'workflows',
  'infra',
  'asl',
  'package-lock.json',
  'tsconfig.json',
  'cdk.json',
];

/**
 * Bundles the functions and synthesizes the assembly, unless there is one of the very sources on disk.
 * Synthesis runs as a process of its own: this side of the wall knows assemblies and nothing of how they are
 * made. Each state of the sources has a folder of its own, so that whoever runs on one keeps it while another
 * is made; `npm run synth` writes the same to cdk.out.
 * @returns the assembly's folder
 * @throws Error with the output's end when synthesis fails
 */
export async function prepareAssembly(
  root: string,
  options: { readonly stage: string | undefined; report(line: string): void },
): Promise<string> {
  const assemblies = join(root, 'build', 'assemblies');
  return locked(join(root, 'build', 'prepare.lock'), async () => {
    const assembly = join(assemblies, hashOf(root, options.stage ?? ''));
    if (existsSync(assembly)) {
      utimesSync(assembly, new Date(), new Date());
      options.report('bundles and templates are up to date');
      return assembly;
    }
    const partial = `${assembly}.partial`;
    const stage = options.stage === undefined ? [] : ['--stage', options.stage];
    await run(root, 'infra/synth.ts', ['--out', partial, '--no-maps', ...stage]);
    renameSync(partial, assembly);
    forgetOld(assemblies);
    options.report('functions bundled, CDK app synthesized');
    return assembly;
  });
}

/** Those that nobody has asked for in a day. */
function forgetOld(assemblies: string): void {
  for (const name of readdirSync(assemblies)) {
    const path = join(assemblies, name);
    const age = Date.now() - statSync(path).mtimeMs;
    if (age > 24 * 3600_000) rmSync(path, { recursive: true, force: true });
  }
}

function hashOf(root: string, salt: string): string {
  const hash = createHash('sha256').update(salt).update(process.version);
  for (const source of sources) {
    for (const file of filesOf(join(root, source))) {
      hash.update(file).update('\0').update(readFileSync(file)).update('\0');
    }
  }
  return hash.digest('hex').slice(0, 32);
}

function filesOf(path: string): readonly string[] {
  if (!existsSync(path)) return [];
  try {
    return readdirSync(path, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
  } catch {
    return [path];
  }
}

function run(root: string, script: string, parameters: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [...process.execArgv, join(root, script), ...parameters],
      {
        cwd: root,
        // CDK is large: compiled once, the next synthesis starts sooner.
        env: { ...process.env, NODE_COMPILE_CACHE: join(root, 'build', 'compile-cache') },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    const said: string[] = [];
    child.stdout.on('data', (chunk) => said.push(String(chunk)));
    child.stderr.on('data', (chunk) => said.push(String(chunk)));
    child.on('error', reject);
    child.on('exit', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`${script} ended with ${code}:\n${said.join('').slice(-4000)}`));
    });
  });
}
