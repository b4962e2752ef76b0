// Runs a script on Node 24, whatever Node started us: `node bin/node24.mjs <script> [args]`.
// Plain JavaScript because an older Node must be able to read it.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const wanted = 24;
const major = Number(process.versions.node.split('.')[0]);
const packaged = join(
  root,
  'node_modules',
  `node-${process.platform}-${process.arch}`,
  'bin',
  'node',
);
const node = major === wanted ? process.execPath : existsSync(packaged) ? packaged : undefined;
if (node === undefined) {
  console.error(
    `Kassa runs on Node ${wanted}; this is Node ${process.versions.node} and no packaged Node ${wanted} ` +
      `was installed for ${process.platform}-${process.arch}. Run \`npm ci\` without --omit=optional, or install Node ${wanted}.`,
  );
  process.exit(1);
}
const child = spawn(
  node,
  ['--disable-warning=ExperimentalWarning', '--enable-source-maps', ...process.argv.slice(2)],
  { stdio: 'inherit' },
);
// A terminal's Ctrl-C reaches the child too; the parent only waits, so that the child can finish cleanly.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
  });
}
child.on('exit', (code, signal) => {
  process.exitCode = signal === null ? (code ?? 1) : 1;
});
