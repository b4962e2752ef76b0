import { Redis, ReplyError } from 'ioredis';
import { cachePassword, type IamSignIn } from './iam-token.ts';

export interface CacheOptions {
  readonly host: string;
  readonly port: number;
  /** With TLS comes the sign-in by IAM: a token never travels in the clear. */
  readonly signIn?: IamSignIn;
  /** Milliseconds; 400 for a connection, 100 for an answer, unless told. */
  readonly connectTimeout?: number;
  readonly answerTimeout?: number;
  /** Milliseconds of the first rest after a failure, which doubles up to thirty seconds; 1000 unless told. */
  readonly rest?: number;
}

export interface CacheEntry {
  readonly key: string;
  readonly value: string;
  /** Seconds, at least 1: nothing stays for ever. */
  readonly lifetime: number;
  /** Leaves what is there. */
  readonly onlyNew?: boolean;
}

/** What became of an entry: the key's own may be kept (`onlyNew`), or be of a type that is no text. */
export type Stored = 'stored' | 'kept' | 'wrong_type' | 'refused';

/** A Redis that may be away at any time. Every call ends within its timeout, one way or the other. */
export interface Cache {
  /** The values in the keys' order, null where there is none. @throws CacheUnavailable */
  read(keys: readonly string[]): Promise<readonly (string | null)[]>;
  /** @throws CacheUnavailable */
  store(entries: readonly CacheEntry[]): Promise<readonly Stored[]>;
  close(): void;
}

/** The cache is not to be had. Not a Fault: no machine ever sees it, since whoever reads goes to the database. */
export class CacheUnavailable extends Error {
  override readonly name = 'CacheUnavailable';
  /** True when the cache was not even asked: it failed a moment ago. */
  readonly resting: boolean;

  constructor(message: string, options: { readonly resting: boolean; readonly cause?: unknown }) {
    super(message, { cause: options.cause });
    this.resting = options.resting;
  }
}

const longestRest = 30_000;

/**
 * One connection, made at first use and again after it was lost, never by itself: a Lambda is frozen between its
 * invocations and wakes up with dead sockets. What fails is not repeated; for a while after it the cache is not
 * asked, so that a cache that is down costs a worker one timeout a rest and not one a call.
 */
export function createCache(options: CacheOptions): Cache {
  const { connectTimeout = 400, answerTimeout = 100, rest = 1000 } = options;
  let connection: Promise<Redis> | undefined;
  let failures = 0;
  let restUntil = 0;

  const drop = (lost: Promise<Redis>): void => {
    if (connection === lost) connection = undefined;
  };
  const connect = async (): Promise<Redis> => {
    const redis = new Redis(redisOptions(options));
    // Without a listener ioredis writes to the console; whoever waits is told by the rejected promise.
    redis.on('error', () => undefined);
    try {
      await within(connectTimeout, redis.connect());
      return redis;
    } catch (error) {
      redis.disconnect();
      throw error;
    }
  };
  const connected = (): Promise<Redis> => {
    if (connection !== undefined) return connection;
    const made = connect();
    connection = made;
    made.then(
      (redis) => redis.once('close', () => drop(made)),
      () => drop(made),
    );
    return made;
  };
  const ask = async <T>(work: (redis: Redis) => Promise<T>): Promise<T> => {
    if (performance.now() < restUntil) {
      throw new CacheUnavailable('the cache failed a moment ago', { resting: true });
    }
    const used = connected();
    try {
      const redis = await used;
      const answer = await within(answerTimeout, work(redis));
      failures = 0;
      return answer;
    } catch (cause) {
      // At once: a peer that is silent lets the goodbye wait, too.
      drop(used);
      used.then((redis) => redis.disconnect()).catch(() => undefined);
      const pause = Math.min(longestRest, rest * 2 ** Math.min(failures, 10));
      failures += 1;
      restUntil = performance.now() + pause * (0.75 + Math.random() / 2);
      throw new CacheUnavailable('the cache did not answer', { resting: false, cause });
    }
  };

  return {
    read: (keys) => ask((redis) => redis.mget([...keys])),
    store: async (entries) => {
      const answers = await ask(async (redis) => {
        const all = (await redis.pipeline(entries.map(command)).exec()) ?? [];
        // A pipeline does not fail when its connection breaks: each of its commands does.
        for (const [error] of all)
          if (error !== null && !(error instanceof ReplyError)) throw error;
        return all;
      });
      return entries.map((_, index) => stored(answers[index]));
    },
    close: () => {
      restUntil = Number.POSITIVE_INFINITY;
      connection?.then((redis) => redis.disconnect()).catch(() => undefined);
    },
  };
}

function redisOptions(options: CacheOptions) {
  const { host, port, signIn } = options;
  return {
    host,
    port,
    ...(signIn === undefined
      ? {}
      : { tls: {}, username: signIn.user, password: cachePassword(signIn, new Date()) }),
    // RESP 2 has all this needs, and no HELLO to wait for.
    protocol: 2,
    lazyConnect: true,
    // Ours covers the sign-in too.
    connectTimeout: 0,
    retryStrategy: () => null,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    enableReadyCheck: false,
    disableClientInfo: true,
    keepAlive: 15_000,
  } as const;
}

/** GET makes SET say what was there; it also refuses a key that holds no text, which MGET takes for an empty one. */
function command({ key, value, lifetime, onlyNew }: CacheEntry): [name: string, ...string[]] {
  const set = ['set', key, value, 'EX', String(Math.max(1, Math.round(lifetime)))] as const;
  return onlyNew === true ? [...set, 'NX', 'GET'] : [...set];
}

function stored(answer: readonly [error: Error | null, result: unknown] | undefined): Stored {
  if (answer === undefined) return 'refused';
  const [error, before] = answer;
  if (error !== null) return error.message.startsWith('WRONGTYPE') ? 'wrong_type' : 'refused';
  return before === null || before === 'OK' ? 'stored' : 'kept';
}

async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    // The answer may have come while this thread was busy: it is read before what is immediate runs.
    () => setImmediate(() => late.reject(new Error(`${milliseconds} ms passed`))),
    milliseconds,
  );
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
