import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The state folder: one running cloud at a time, and the clock's offset. */
export interface State {
  readonly directory: string;
  path(...parts: readonly string[]): string;
  clockOffset(): number;
  saveClockOffset(offsetMs: number): void;
  release(): void;
}

/** @throws Error when another process runs on this folder */
export function openState(directory: string): State {
  mkdirSync(directory, { recursive: true });
  const pidFile = join(directory, 'pid');
  const holder = runningOn(directory);
  if (holder !== undefined) {
    throw new Error(`the local cloud already runs on ${directory} (process ${holder})`);
  }
  writeFileSync(pidFile, String(process.pid));
  const clockFile = join(directory, 'clock');
  return {
    directory,
    path: (...parts) => join(directory, ...parts),
    clockOffset() {
      const offset = existsSync(clockFile) ? Number(readFileSync(clockFile, 'utf8')) : 0;
      return Number.isFinite(offset) ? offset : 0;
    },
    saveClockOffset: (offsetMs) => writeFileSync(clockFile, String(offsetMs)),
    release: () => rmSync(pidFile, { force: true }),
  };
}

/** The process that runs on a state folder; a pid left behind by a killed one does not count. */
export function runningOn(directory: string): number | undefined {
  const pidFile = join(directory, 'pid');
  if (!existsSync(pidFile)) return undefined;
  const pid = Number(readFileSync(pidFile, 'utf8'));
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return undefined;
  try {
    process.kill(pid, 0);
  } catch {
    return undefined;
  }
  // Pids are used again: where the system tells, the process must be a Node.
  const commandLine = `/proc/${pid}/cmdline`;
  if (existsSync('/proc/self') && !existsSync(commandLine)) return undefined;
  if (existsSync(commandLine) && !readFileSync(commandLine, 'utf8').includes('node'))
    return undefined;
  return pid;
}
