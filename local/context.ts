import { VirtualClock } from './clock.ts';
import { type PortName, type Ports, portTaken } from './ports.ts';
import type { Part } from './settle.ts';
import { openState, type State } from './state.ts';

/** What every part of one running cloud shares. */
export interface Context {
  readonly state: State;
  readonly clock: VirtualClock;
  /** For worker threads, two doubles: the clock's offset in ms, and where it stands (NaN when it runs). */
  readonly sharedClock: SharedArrayBuffer;
  /** What settles; parts add themselves. */
  readonly parts: Part[];
  /** Told what happens, a line each. */
  readonly report: (line: string) => void;
  /** What was started last is closed first. */
  defer(close: () => unknown): void;
  port(name: PortName): number;
  /** Lets a part listen on its port. @throws Error that names the part when the port is taken */
  open<T>(name: PortName, listening: (port: number) => Promise<T>): Promise<T>;
}

/** @throws Error when another process runs on the state folder */
export function makeContext(
  started: AsyncDisposableStack,
  options: {
    readonly stateDir: string;
    readonly stoppedAt: number | undefined;
    readonly ports: Ports;
    readonly report: (line: string) => void;
  },
): Context {
  const { ports, report, stoppedAt } = options;
  const state = openState(options.stateDir);
  started.defer(() => state.release());
  const sharedClock = new SharedArrayBuffer(16);
  const cells = new Float64Array(sharedClock);
  cells[0] = state.clockOffset();
  cells[1] = stoppedAt ?? Number.NaN;
  const clock = new VirtualClock({
    ...(stoppedAt === undefined ? {} : { stoppedAt }),
    offset: state.clockOffset(),
    onMove: (offset) => {
      cells[0] = offset;
      state.saveClockOffset(offset);
    },
  });
  started.defer(() => clock.close());
  return {
    state,
    clock,
    sharedClock,
    parts: [],
    report,
    defer: (close) => {
      started.defer(async () => {
        await close();
      });
    },
    port: (name) => ports[name],
    async open(name, listening) {
      try {
        return await listening(ports[name]);
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
          throw portTaken(name, ports[name]);
        }
        throw error;
      }
    },
  };
}
