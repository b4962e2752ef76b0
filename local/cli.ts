import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Cloud, startCloud } from './cloud.ts';
import { portsFromEnvironment } from './ports.ts';
import { prepareAssembly } from './prepare.ts';
import { screen } from './screen.ts';
import { removePostgresData } from './services/postgres.ts';
import { runningOn } from './state.ts';

const root = join(import.meta.dirname, '..');
/** `KASSA_STATE` names another state folder, for a second cloud beside the first. */
const stateDir = process.env['KASSA_STATE'] ?? join(root, '.kassa');

async function start(): Promise<void> {
  let cloud: Cloud | undefined;
  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    // A second signal does not wait any longer.
    if (stopping && signal !== 'SIGHUP') process.exit(1);
    if (stopping) return;
    stopping = true;
    if (cloud === undefined) return;
    console.log(`\n${signal}: closing`);
    close(cloud);
  };
  process.on('uncaughtException', (error) => {
    console.error('The local cloud failed; its state is kept.', error);
    if (cloud === undefined || stopping) process.exit(1);
    stopping = true;
    process.exitCode = 1;
    close(cloud);
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  // The launcher killed alone would leave all this running with nobody to end it.
  const launcher = process.ppid;
  setInterval(() => {
    if (process.ppid !== launcher) stop('SIGHUP');
  }, 1000).unref();
  const stage = process.env['KASSA_STAGE'];
  const report = (line: string): void => console.log(`${elapsed().padStart(5)} s  ${line}`);
  const prepared = prepareAssembly(root, { stage, report });
  // Whoever awaits it first sees its failure; until then it is not unhandled.
  prepared.catch(() => undefined);
  cloud = await startCloud({
    assemblyDir: prepared,
    stateDir,
    ports: portsFromEnvironment(process.env),
    report,
  });
  if (stopping) {
    close(cloud);
    return;
  }
  console.log(`ready in ${elapsed()} s\n`);
  console.log(screen(cloud));
}

function close(cloud: Cloud): void {
  cloud.close().then(
    () => process.exit(),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
}

/** Seconds since the process started. */
function elapsed(): string {
  return (performance.now() / 1000).toFixed(1);
}

function reset(): void {
  const holder = runningOn(stateDir);
  if (holder !== undefined) {
    throw new Error(`process ${holder} still runs on ${stateDir}: stop it first`);
  }
  removePostgresData(stateDir);
  rmSync(stateDir, { recursive: true, force: true });
  console.log('local state forgotten');
}

const [command] = process.argv.slice(2);
try {
  if (command === 'start') await start();
  else if (command === 'reset') reset();
  else throw new Error(`usage: cli.ts start | reset, not ${command}`);
} catch (error) {
  console.error(error instanceof Error ? `${error.name}: ${error.message}` : error);
  process.exit(1);
}
