import { readdirSync, readFileSync } from 'node:fs';

export interface Usage {
  readonly cpuMs: number;
  readonly memoryMb: number;
}

/** By role; what is not there (another system than Linux) is left out. */
export type Usages = Readonly<Partial<Record<'cloud' | 'postgres' | 'dynamodb' | 'driver', Usage>>>;

interface Seen {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
  readonly cpuMs: number;
  readonly memoryMb: number;
}

/** A tick of /proc, ms: USER_HZ is 100 on every Linux that Node runs on. */
const tick = 10;
const page = 4096;

/**
 * What the processes of the cloud on that state folder have used so far.
 * @param without processes that are the observer's own
 */
export function usages(
  cloudPid: number,
  stateDir: string,
  without: readonly number[] = [],
): Usages {
  const seen = processes().filter(({ pid }) => !without.includes(pid));
  const postmaster = seen.find(
    ({ command }) => command.includes('postgres') && command.includes(`${stateDir}/`),
  );
  const sum = (of: readonly Seen[]): Usage => ({
    cpuMs: of.reduce((total, { cpuMs }) => total + cpuMs, 0),
    memoryMb: Math.round(of.reduce((total, { memoryMb }) => total + memoryMb, 0)),
  });
  const roles = {
    cloud: seen.filter(({ pid }) => pid === cloudPid),
    postgres: seen.filter(
      ({ pid, parent }) => pid === postmaster?.pid || parent === postmaster?.pid,
    ),
    dynamodb: seen.filter(
      ({ command }) => command.includes('dynoxide') && command.includes(stateDir),
    ),
    driver: seen.filter(({ pid }) => pid === process.pid),
  };
  return Object.fromEntries(
    Object.entries(roles)
      .filter(([, list]) => list.length > 0)
      .map(([role, list]) => [role, sum(list)]),
  );
}

function processes(): readonly Seen[] {
  let names: readonly string[];
  try {
    names = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
  return names.flatMap((name) => {
    try {
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8');
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      // After the name in parentheses: state is field 3, parent 4, utime to cstime 14 to 17, rss 24 (proc(5)).
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const field = (number: number): number => Number(fields[number - 3] ?? 0);
      return [
        {
          ...{ pid: Number(name), parent: field(4), command },
          // Of children that ended, too: PostgreSQL's sessions come and go.
          cpuMs: (field(14) + field(15) + field(16) + field(17)) * tick,
          memoryMb: (field(24) * page) / 1024 / 1024,
        },
      ];
    } catch {
      // It ended while we looked.
      return [];
    }
  });
}
