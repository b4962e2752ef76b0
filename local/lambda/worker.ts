/**
 * Runs inside a worker thread: loads one function's handler and feeds it one event at a time.
 * It imports nothing of ours, because it is started from its stripped source (see worker-source.ts).
 */
import { subscribe } from 'node:diagnostics_channel';
import { openSync, writeSync } from 'node:fs';
import { ClientRequest } from 'node:http';
import { enableCompileCache } from 'node:module';
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';

interface Setup {
  readonly file: string;
  readonly exported: string;
  readonly functionName: string;
  readonly memory: string;
  readonly logFile: string;
  readonly compileCache: string;
  /** Two doubles: the clock's offset in ms, and where it stands (NaN when it runs). */
  readonly clock: SharedArrayBuffer;
  /** One integer, which all workers raise with every call to AWS. */
  readonly sdkCalls: SharedArrayBuffer;
}
interface Job {
  readonly payload: string;
  readonly requestId: string;
  readonly arn: string;
  /** Real epoch ms at which the function times out. */
  readonly deadline: number;
}

// The parent is this file's only writer of workerData and messages; both sides are compiled together.
const setup: Setup = workerData;
const realNow = Date.now;
followClock(new Float64Array(setup.clock));
writeLogs(setup.logFile);
countCalls(new Int32Array(setup.sdkCalls));
enableCompileCache(setup.compileCache);

let current: string | undefined;
process.on('unhandledRejection', (reason) => {
  const { errorType, errorMessage, trace } = describe(reason);
  const type = 'Runtime.UnhandledPromiseRejection';
  fail({ errorType: type, errorMessage: `${errorType}: ${errorMessage}`, trace }, true);
  process.exit(1);
});
process.on('uncaughtException', (error) => {
  fail(describe(error), true);
  process.exit(1);
});

const handler = await load();
parentPort?.postMessage({ kind: 'ready' });
parentPort?.on('message', (message: Job | 'end') => {
  if (message === 'end') process.exit(0);
  void run(message);
});

type Handler = (event: unknown, context: object) => unknown;

async function load(): Promise<Handler> {
  try {
    const loaded = await import(pathToFileURL(setup.file).href);
    const found: unknown = loaded[setup.exported] ?? loaded.default?.[setup.exported];
    if (typeof found !== 'function') {
      throw Object.assign(new Error(`${setup.file} exports no ${setup.exported}`), {
        name: 'Runtime.HandlerNotFound',
      });
    }
    return (event, context) => found(event, context);
  } catch (error) {
    parentPort?.postMessage({ kind: 'broken', error: describe(error) });
    process.exit(1);
  }
}

async function run(job: Job): Promise<void> {
  current = job.requestId;
  Object.assign(process.env, {
    _X_AMZN_TRACE_ID: `Root=1-00000000-${job.requestId.replaceAll('-', '').slice(0, 24)};Sampled=0`,
  });
  try {
    const answer = await handler(JSON.parse(job.payload), contextOf(job));
    const payload = JSON.stringify(answer) ?? 'null';
    current = undefined;
    parentPort?.postMessage({ kind: 'done', requestId: job.requestId, payload });
  } catch (error) {
    fail(describe(error), false);
  }
}

/** @param fatal this worker ends right after */
function fail(error: object, fatal: boolean): void {
  if (current === undefined) return;
  const requestId = current;
  current = undefined;
  parentPort?.postMessage({ kind: 'failed', requestId, payload: JSON.stringify(error), fatal });
}

function contextOf(job: Job): object {
  return {
    awsRequestId: job.requestId,
    functionName: setup.functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: job.arn,
    memoryLimitInMB: setup.memory,
    logGroupName: `/aws/lambda/${setup.functionName}`,
    logStreamName: 'local',
    callbackWaitsForEmptyEventLoop: false,
    getRemainingTimeInMillis: () => Math.max(0, job.deadline - realNow()),
  };
}

/** The runtime's own shape: a thrown value that is no Error still answers an error. */
function describe(error: unknown): {
  errorType: string;
  errorMessage: string;
  trace: readonly string[];
} {
  if (error instanceof Error) {
    return {
      errorType: error.name,
      errorMessage: error.message,
      trace: (error.stack ?? '').split('\n'),
    };
  }
  return { errorType: typeof error, errorMessage: String(error), trace: [] };
}

function followClock(clock: Float64Array): void {
  const Real = Date;
  const now = (): number => {
    const stands = clock[1] ?? Number.NaN;
    return (Number.isNaN(stands) ? realNow() : stands) + (clock[0] ?? 0);
  };
  const Virtual = new Proxy(Real, {
    construct: (target, args, newTarget) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
    apply: () => new Real(now()).toString(),
    get: (target, key, receiver) => (key === 'now' ? now : Reflect.get(target, key, receiver)),
  });
  globalThis.Date = Virtual;
}

/** The SDK puts that header on every attempt; nobody else does. */
function countCalls(counter: Int32Array): void {
  subscribe('http.client.request.start', (message) => {
    const request =
      typeof message === 'object' && message !== null && 'request' in message
        ? message.request
        : undefined;
    if (!(request instanceof ClientRequest)) return;
    if (request.hasHeader('amz-sdk-request')) Atomics.add(counter, 0, 1);
  });
}

/** Straight to the file: a line written before a crash is there after it. */
function writeLogs(file: string): void {
  const log = openSync(file, 'a');
  for (const stream of [process.stdout, process.stderr]) {
    stream.write = (chunk: string | Uint8Array, encoding?: unknown, done?: unknown): boolean => {
      if (typeof chunk === 'string') writeSync(log, chunk);
      else writeSync(log, chunk);
      const callback = typeof encoding === 'function' ? encoding : done;
      if (typeof callback === 'function') callback();
      return true;
    };
  }
}
