import { type ChildProcess, spawn } from 'node:child_process';

/**
 * Sees to it that a server does not outlive this process, whatever ends it: a shell waits on a pipe that only we
 * hold, and sends the signal when it closes. A server that ends before us takes its watcher along, so that its
 * process id is never signalled after it was given away.
 */
export function endWithUs(server: ChildProcess, signal: 'INT' | 'TERM'): void {
  if (server.pid === undefined || process.platform === 'win32') return;
  const watcher = spawn('/bin/sh', ['-c', `read -r _; kill -${signal} "$0"`, String(server.pid)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  // Without a shell the next start ends what is left over.
  watcher.on('error', () => undefined);
  watcher.stdin.on('error', () => undefined);
  watcher.unref();
  if ('unref' in watcher.stdin && typeof watcher.stdin.unref === 'function') watcher.stdin.unref();
  server.once('exit', () => watcher.kill('SIGKILL'));
}
