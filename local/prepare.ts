import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

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
 * Bundles the functions and synthesizes the assembly, unless both are of the very sources on disk.
 * Both run as processes of their own: this side of the wall knows cdk.out and nothing of how it is made.
 * @returns the assembly's folder
 * @throws Error with the output's end when one of them fails
 */
export async function prepareAssembly(
  root: string,
  options: { readonly stage: string | undefined; report(line: string): void },
): Promise<string> {
  const assembly = join(root, 'cdk.out');
  const stamp = join(root, 'build', 'sources.sha256');
  const hash = hashOf(root, options.stage ?? '');
  const fresh =
    existsSync(join(assembly, 'manifest.json')) &&
    existsSync(stamp) &&
    readFileSync(stamp, 'utf8') === hash;
  if (fresh) {
    options.report('bundles and templates are up to date');
    return assembly;
  }
  // It bundles the functions first.
  const parameters = options.stage === undefined ? [] : ['--stage', options.stage];
  await run(root, 'infra/synth.ts', parameters);
  options.report('functions bundled, CDK app synthesized');
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, hash);
  return assembly;
}

function hashOf(root: string, salt: string): string {
  const hash = createHash('sha256').update(salt).update(process.version);
  for (const source of sources) {
    for (const file of filesOf(join(root, source))) {
      hash.update(file).update('\0').update(readFileSync(file)).update('\0');
    }
  }
  return hash.digest('hex');
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
