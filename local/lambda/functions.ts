import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Result, Sandbox } from './sandbox.ts';
import {
  type Answer,
  type FunctionSpec,
  functionName,
  InvokeRefused,
  type RuntimeError,
} from './spec.ts';

/** Lambda's limit on a synchronous payload, bytes, both ways. */
export const longestPayload = 6 * 1024 * 1024;

/**
 * Real ms an event waits at least, and at most, for a busy worker before another is started. Between them it is
 * what the last start took: most events are done sooner, and starting costs more than most events.
 */
const growAfter = { least: 25, most: 500 } as const;
/** Real ms a worker must have rested before it makes room for another function's. */
const evictAfter = 10_000;

interface Job {
  readonly payload: string;
  readonly since: number;
  readonly arn: string;
  readonly finish: (answer: Answer) => void;
}

interface Pool {
  readonly spec: FunctionSpec;
  readonly waiting: Job[];
  /** The one that rested last is taken first: it is the warmest. */
  readonly resting: { readonly sandbox: Sandbox; readonly since: number }[];
  readonly all: Set<Sandbox>;
  starting: boolean;
  growing: NodeJS.Timeout | undefined;
}

/**
 * Invokes functions in worker threads. A function's pool grows by one worker at a time while work
 * goes on waiting, up to `perFunction` (and its reserved concurrency); further invocations queue. All pools
 * together keep to `total`, but no function is ever denied its first worker: functions wait for one
 * another, and a shared limit alone could starve the one the others wait for.
 */
export class Functions {
  private readonly pools = new Map<string, Pool>();
  private readonly options: {
    readonly clock: SharedArrayBuffer;
    readonly stateDir: string;
    readonly perFunction: number;
    readonly total: number;
  };
  private readonly sdkCalls = new SharedArrayBuffer(4);
  private invocations = 0;
  private startTook: number = growAfter.least;
  private workers = 0;
  private busy = 0;
  private closed = false;

  constructor(options: {
    readonly clock: SharedArrayBuffer;
    readonly stateDir: string;
    readonly perFunction?: number;
    readonly total?: number;
  }) {
    this.options = { perFunction: 6, total: 48, ...options };
    mkdirSync(join(options.stateDir, 'logs'), { recursive: true });
  }

  define(spec: FunctionSpec): void {
    this.pools.set(spec.name, {
      spec,
      waiting: [],
      resting: [],
      all: new Set(),
      starting: false,
      growing: undefined,
    });
  }

  has(nameOrArn: string): boolean {
    return this.pools.has(functionName(nameOrArn));
  }

  spec(nameOrArn: string): FunctionSpec {
    return this.pool(nameOrArn).spec;
  }

  /** Invocations running or queued. */
  get pending(): number {
    return this.busy;
  }

  /** Since the start: invocations, and the attempts of AWS calls they made. */
  get counts(): { readonly invocations: number; readonly sdkCalls: number } {
    const sdkCalls = Atomics.load(new Int32Array(this.sdkCalls), 0);
    return { invocations: this.invocations, sdkCalls };
  }

  get workerCount(): number {
    return this.workers;
  }

  /**
   * @param nameOrArn a name or ARN, with or without a qualifier
   * @throws InvokeRefused ResourceNotFoundException, TooManyRequestsException, RequestTooLargeException
   */
  invoke(nameOrArn: string, payload: unknown): Promise<Answer> {
    const pool = this.pool(nameOrArn);
    if (pool.spec.reserved === 0) {
      throw new InvokeRefused('TooManyRequestsException', 429, 'Rate Exceeded.');
    }
    if (this.closed) throw new InvokeRefused('ServiceException', 500, 'the local cloud is closing');
    const text = JSON.stringify(payload) ?? 'null';
    if (Buffer.byteLength(text) > longestPayload) {
      throw new InvokeRefused(
        'RequestTooLargeException',
        413,
        `Request must be smaller than ${longestPayload} bytes for the InvokeFunction operation`,
      );
    }
    this.busy += 1;
    this.invocations += 1;
    return new Promise((resolve) => {
      pool.waiting.push({
        payload: text,
        since: performance.now(),
        arn: nameOrArn.startsWith('arn:') ? nameOrArn : pool.spec.arn,
        finish: (answer) => {
          this.busy -= 1;
          resolve(answer);
        },
      });
      this.pump(pool);
    });
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const pool of this.pools.values()) clearTimeout(pool.growing);
    await Promise.all(
      [...this.pools.values()].flatMap((pool) => [...pool.all].map((one) => one.end())),
    );
  }

  private pool(nameOrArn: string): Pool {
    const pool = this.pools.get(functionName(nameOrArn));
    if (pool === undefined) {
      throw new InvokeRefused('ResourceNotFoundException', 404, `Function not found: ${nameOrArn}`);
    }
    return pool;
  }

  private pump(pool: Pool): void {
    for (let next = pool.waiting[0]; next !== undefined; next = pool.waiting[0]) {
      const rested = pool.resting.pop();
      if (rested === undefined) break;
      pool.waiting.shift();
      void this.run(pool, rested.sandbox, next);
    }
    const [oldest] = pool.waiting;
    if (oldest === undefined || pool.starting || pool.growing !== undefined) return;
    if (pool.all.size === 0) {
      this.grow(pool);
      return;
    }
    const wait = Math.max(0, oldest.since + this.startTook - performance.now());
    pool.growing = setTimeout(() => {
      pool.growing = undefined;
      const [still] = pool.waiting;
      if (still === oldest) this.grow(pool);
      else this.pump(pool);
    }, wait);
  }

  private async run(pool: Pool, sandbox: Sandbox, job: Job): Promise<void> {
    const requestId = randomUUID();
    const result: Result = await sandbox.run({ payload: job.payload, arn: job.arn, requestId });
    if (result.alive && pool.all.has(sandbox)) this.rest(pool, sandbox);
    job.finish({
      payload: result.payload,
      requestId,
      ...(result.ok ? {} : { functionError: 'Unhandled' as const }),
    });
    this.pump(pool);
  }

  private rest(pool: Pool, sandbox: Sandbox): void {
    pool.resting.push({ sandbox, since: performance.now() });
  }

  private grow(pool: Pool): void {
    const limit = Math.min(
      this.options.perFunction,
      pool.spec.reserved ?? Number.POSITIVE_INFINITY,
    );
    if (this.closed || pool.starting || pool.all.size >= limit) return;
    if (this.workers >= this.options.total && pool.all.size > 0 && !this.evict(pool)) return;
    pool.starting = true;
    this.workers += 1;
    const began = performance.now();
    const sandbox = new Sandbox(
      pool.spec,
      {
        clock: this.options.clock,
        sdkCalls: this.sdkCalls,
        logFile: join(this.options.stateDir, 'logs', `${pool.spec.name}.log`),
        // Beside the code, so that it goes when the code goes.
        compileCache: join(dirname(pool.spec.file), '.compile-cache'),
      },
      {
        ready: () => {
          pool.starting = false;
          const took = performance.now() - began;
          this.startTook = Math.min(growAfter.most, Math.max(growAfter.least, took));
          this.rest(pool, sandbox);
          this.pump(pool);
        },
        ended: (error) => this.ended(pool, sandbox, error),
      },
    );
    pool.all.add(sandbox);
  }

  private ended(pool: Pool, sandbox: Sandbox, error: RuntimeError | undefined): void {
    this.workers -= 1;
    pool.all.delete(sandbox);
    const at = pool.resting.findIndex((rested) => rested.sandbox === sandbox);
    if (at >= 0) pool.resting.splice(at, 1);
    if (error !== undefined) {
      // It never got ready: that answers one invocation, as a failed init does on AWS.
      pool.starting = false;
      pool.waiting
        .shift()
        ?.finish({ payload: error, functionError: 'Unhandled', requestId: randomUUID() });
    }
    this.pump(pool);
  }

  /** Ends some other function's resting worker to make room. */
  private evict(wanting: Pool): boolean {
    for (const pool of this.pools.values()) {
      if (pool === wanting || pool.all.size < 2) continue;
      const [longest] = pool.resting;
      if (longest === undefined || performance.now() - longest.since < evictAfter) continue;
      pool.resting.shift();
      void longest.sandbox.end();
      return true;
    }
    return false;
  }
}
