import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import * as z from 'zod';
import type { FunctionSpec, RuntimeError } from './spec.ts';
import { workerSource } from './worker-source.ts';

/** A profiled process profiles its workers too; theirs are written when they end by themselves. */
const profiling = process.execArgv.filter((argument) => argument.startsWith('--cpu-prof'));

/** Lambda's limit on what a function answers, bytes. */
const longestResponse = 6_291_556;

const ErrorShape = z.object({
  errorType: z.string(),
  errorMessage: z.string(),
  trace: z.array(z.string()).optional(),
});
const Message = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ready') }),
  z.object({ kind: z.literal('broken'), error: ErrorShape }),
  z.object({ kind: z.literal('done'), requestId: z.string(), payload: z.string() }),
  z.object({
    kind: z.literal('failed'),
    requestId: z.string(),
    payload: z.string(),
    fatal: z.boolean(),
  }),
]);

export interface Result {
  readonly ok: boolean;
  readonly payload: unknown;
  /** Whether the worker can take another event. */
  readonly alive: boolean;
}

interface Running {
  readonly requestId: string;
  readonly finish: (result: Result) => void;
  readonly timeout: NodeJS.Timeout;
}

export interface SandboxEvents {
  ready(): void;
  /** It ended; with an error when it did so before it was ready. */
  ended(error?: RuntimeError): void;
}

/** One worker thread with one function's module, running one event at a time. */
export class Sandbox {
  private readonly worker: Worker;
  private readonly spec: FunctionSpec;
  private running: Running | undefined;
  private broken: RuntimeError | undefined;
  private crash: RuntimeError | undefined;
  private isReady = false;
  private over = false;

  constructor(
    spec: FunctionSpec,
    setup: {
      readonly clock: SharedArrayBuffer;
      readonly sdkCalls: SharedArrayBuffer;
      readonly logFile: string;
      readonly compileCache: string;
    },
    events: SandboxEvents,
  ) {
    this.spec = spec;
    this.worker = new Worker(workerSource(), {
      name: spec.name,
      env: { ...spec.environment },
      execArgv: ['--enable-source-maps', ...profiling],
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: Math.max(256, spec.memoryMb) },
      workerData: {
        file: spec.file,
        exported: spec.exported,
        functionName: spec.name,
        memory: String(spec.memoryMb),
        ...setup,
      },
    });
    this.worker.on('message', (data) => {
      const message = Message.parse(data);
      if (message.kind === 'ready') {
        this.isReady = true;
        events.ready();
      } else if (message.kind === 'broken') {
        this.broken = message.error;
      } else if (message.requestId === this.running?.requestId) {
        const ok = message.kind === 'done';
        const alive = ok || !message.fatal;
        this.finish(
          message.payload.length > longestResponse
            ? { ok: false, payload: tooLarge(message.payload.length), alive }
            : { ok, payload: JSON.parse(message.payload), alive },
        );
      }
    });
    this.worker.on('error', (error) => {
      this.crash =
        error instanceof Error
          ? {
              errorType: error.name,
              errorMessage: error.message,
              trace: (error.stack ?? '').split('\n'),
            }
          : { errorType: 'Error', errorMessage: String(error) };
    });
    this.worker.on('exit', (code) => {
      this.over = true;
      const error = this.broken ?? this.crash ?? exitError(this.running?.requestId, code);
      this.finish({ ok: false, payload: error, alive: false });
      events.ended(this.isReady ? undefined : error);
    });
  }

  run(job: { payload: string; requestId: string; arn: string }): Promise<Result> {
    const ms = this.spec.timeoutSeconds * 1000;
    return new Promise((finish) => {
      const timeout = setTimeout(() => this.timeOut(), ms);
      this.running = { requestId: job.requestId, finish, timeout };
      this.worker.postMessage({ ...job, deadline: Date.now() + ms });
    });
  }

  async end(): Promise<void> {
    if (this.over) return;
    if (profiling.length === 0) {
      await this.worker.terminate();
      return;
    }
    const ended = once(this.worker, 'exit');
    this.worker.postMessage('end');
    await ended;
  }

  private timeOut(): void {
    const seconds = this.spec.timeoutSeconds.toFixed(2);
    const requestId = this.running?.requestId;
    this.finish({
      ok: false,
      alive: false,
      payload: {
        errorType: 'Sandbox.Timedout',
        errorMessage: `RequestId: ${requestId} Error: Task timed out after ${seconds} seconds`,
      },
    });
    void this.worker.terminate();
  }

  private finish(result: Result): void {
    const running = this.running;
    if (running === undefined) return;
    this.running = undefined;
    clearTimeout(running.timeout);
    running.finish(result);
  }
}

function tooLarge(length: number): RuntimeError {
  return {
    errorType: 'Function.ResponseSizeTooLarge',
    errorMessage: `Response payload size (${length} bytes) exceeded maximum allowed payload size (${longestResponse} bytes).`,
  };
}

function exitError(requestId: string | undefined, code: number): RuntimeError {
  const how =
    code === 0 ? 'exited without providing a reason' : `exited with error: exit status ${code}`;
  return {
    errorType: 'Runtime.ExitError',
    errorMessage: `RequestId: ${requestId} Error: Runtime ${how}`,
  };
}
