import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Ends a server that outlived the process that started it (SIGKILL), so that its data can be served again.
 * @param ownerFile holds the pid of the process that started the server
 * @throws Error when that process is alive: two of us on one folder would corrupt each other's run
 */
export async function endOrphan(data: string, ownerFile: string): Promise<void> {
  const pidFile = join(data, 'postmaster.pid');
  const pid = readPid(pidFile);
  if (pid === undefined) return;
  if (!serves(pid, data)) {
    rmSync(pidFile, { force: true });
    return;
  }
  const owner = readPid(ownerFile);
  if (owner !== undefined && owner !== process.pid && parentOf(pid) === owner) {
    throw new Error(`another process (${owner}) already runs PostgreSQL on ${data}`);
  }
  await stopServer(pid);
}

/** Fast shutdown: sessions are ended, everything is written. After ten seconds, immediately. */
export async function stopServer(pid: number): Promise<void> {
  signal(pid, 'SIGINT');
  for (let waited = 0; isAlive(pid); waited += 10) {
    if (waited === 10_000) signal(pid, 'SIGQUIT');
    if (waited === 20_000) signal(pid, 'SIGKILL');
    await sleep(10);
  }
}

export function readPid(file: string): number | undefined {
  if (!existsSync(file)) return undefined;
  const pid = Number.parseInt(readFileSync(file, 'utf8'), 10);
  return Number.isInteger(pid) && pid > 1 ? pid : undefined;
}

function isAlive(pid: number): boolean {
  // A zombie has ended; only its parent has not looked yet.
  if (existsSync('/proc/self/stat')) {
    const state = procStat(pid)?.[0];
    return state !== undefined && state !== 'Z';
  }
  return signal(pid, 0);
}

function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

/** A pid may have been given to another program since: only a postgres on this very folder counts. */
function serves(pid: number, data: string): boolean {
  if (!isAlive(pid)) return false;
  if (existsSync('/proc/self/cwd')) {
    try {
      return (
        readlinkSync(`/proc/${pid}/cwd`) === realpathSync(data) &&
        readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('postgres')
      );
    } catch {
      return false;
    }
  }
  const { stdout } = spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
  return stdout.includes('postgres') && stdout.includes(data);
}

function parentOf(pid: number): number | undefined {
  if (existsSync('/proc/self/stat')) return Number(procStat(pid)?.[1]);
  const { stdout } = spawnSync('ps', ['-o', 'ppid=', '-p', String(pid)], { encoding: 'utf8' });
  return Number.parseInt(stdout, 10);
}

/** The fields of /proc/<pid>/stat after the command's name: state, parent, ... */
function procStat(pid: number): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}
