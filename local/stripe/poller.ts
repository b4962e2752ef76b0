import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import Stripe from 'stripe';
import * as z from 'zod';
import type { Clock } from '../clock.ts';
import { type Endpoint, signature, subscribes } from './webhooks.ts';

/**
 * Stripe lists an event a little after its `created` time, and several share a second: each look starts
 * this many seconds before the newest event seen, and what was delivered already is passed over.
 */
const overlap = 300;
/** Seconds for which a refused event is tried again, as at Stripe. */
const triedFor = 3 * 24 * 3_600;
/** Real milliseconds the endpoint has to answer. */
const patience = 20_000;

export interface StripePollerOptions {
  /** A test key; live keys are refused. */
  readonly apiKey: string;
  /** Another Stripe than Stripe's own, for tests. */
  readonly api?: { readonly host: string; readonly port: string; readonly protocol: 'http' };
  /** Where events go, and the secret they are signed with: the one the shop's endpoint knows. */
  readonly webhook: Endpoint;
  /** Signatures carry its time: it is the shop's, whatever time it is at Stripe. */
  readonly clock: Clock;
  /** An SQLite file that remembers what was delivered. */
  readonly stateFile: string;
  /** Real milliseconds between two looks; 2,000 unless told. */
  readonly interval?: number;
  /** The first run begins with events from this time on, in seconds; now unless told. */
  readonly since?: number;
  /** Told of a look that failed; the next one tries again. */
  readonly onError?: (error: unknown) => void;
}

export interface StripePoller {
  /** Looks now. @returns how many events were delivered @throws when Stripe or the endpoint fails */
  readonly poll: () => Promise<number>;
  readonly close: () => Promise<void>;
}

/**
 * A laptop has no address that Stripe could call: this reads /v1/events through the SDK and posts each
 * event to the local webhook endpoint, oldest first, until it is taken: at least once, as Stripe does.
 */
export function startStripePoller(options: StripePollerOptions): StripePoller {
  if (!/^(sk|rk)_test_/.test(options.apiKey))
    throw new Error('The laptop polls Stripe with a test key only (sk_test_… or rk_test_…).');
  const stripe = new Stripe(options.apiKey, {
    ...options.api,
    maxNetworkRetries: 1,
    timeout: 10_000,
  });
  const memory = new Memory(options.stateFile, options.since ?? Math.floor(Date.now() / 1_000));
  const stop = new AbortController();
  let looking: Promise<number> | undefined;
  let timer: NodeJS.Timeout | undefined;

  const look = async (): Promise<number> => {
    const fresh: Stripe.Event[] = [];
    for await (const event of stripe.events.list({ created: { gte: memory.from() }, limit: 100 })) {
      if (stop.signal.aborted) return 0;
      if (subscribes(options.webhook, event.type) && !memory.has(event.id)) fresh.push(event);
    }
    fresh.reverse();
    fresh.sort((one, other) => one.created - other.created);
    const refused: Error[] = [];
    for (const event of fresh) {
      if (stop.signal.aborted) return 0;
      // One event that is refused does not hold up the others; it is tried again at the next look.
      const refusal = await deliver(event, options, stop.signal);
      if (refusal !== undefined) refused.push(refusal);
      memory.add(event.id, event.created, refusal === undefined);
    }
    if (refused.length > 0) throw new AggregateError(refused, refused[0]?.message);
    return fresh.length;
  };
  const poll = (): Promise<number> => {
    looking ??= look().finally(() => {
      looking = undefined;
    });
    return looking;
  };
  const loop = () => {
    if (stop.signal.aborted) return;
    void poll()
      .catch((error: unknown) => {
        if (!stop.signal.aborted) options.onError?.(error);
      })
      .then(() => {
        if (!stop.signal.aborted) timer = setTimeout(loop, options.interval ?? 2_000);
      });
  };
  loop();

  let closing: Promise<void> | undefined;
  const close = async () => {
    stop.abort();
    clearTimeout(timer);
    await Promise.allSettled([looking]);
    memory.close();
  };
  return {
    poll,
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

async function deliver(
  event: Stripe.Event,
  options: StripePollerOptions,
  stopped: AbortSignal,
): Promise<Error | undefined> {
  const body = JSON.stringify(event);
  const at = Math.floor(options.clock.now() / 1_000);
  const response = await fetch(options.webhook.url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'stripe-signature': signature(body, options.webhook.secret, at),
    },
    body,
    signal: AbortSignal.any([stopped, AbortSignal.timeout(patience)]),
  });
  await response.arrayBuffer();
  if (response.ok) return undefined;
  return new Error(
    `The webhook endpoint answered ${response.status} to ${event.type} ${event.id}.`,
  );
}

const bounds = z.object({ newest: z.number().nullable(), refused: z.number().nullable() });

/** What was delivered within the overlap, and so where the next look begins. */
class Memory {
  private readonly database: DatabaseSync;

  constructor(file: string, since: number) {
    mkdirSync(dirname(file), { recursive: true });
    this.database = new DatabaseSync(file);
    this.database.exec(
      'PRAGMA journal_mode = WAL; CREATE TABLE IF NOT EXISTS seen (id TEXT PRIMARY KEY, created INTEGER NOT NULL, taken INTEGER NOT NULL)',
    );
    if (this.bounds().newest === null) this.add('start', since + overlap, true);
  }

  /** Seconds. */
  from(): number {
    const { newest, refused } = this.bounds();
    const from = (newest ?? 0) - overlap;
    return Math.max(Math.min(from, refused ?? from), (newest ?? 0) - triedFor);
  }

  has(id: string): boolean {
    return (
      this.database.prepare('SELECT 1 FROM seen WHERE id = ? AND taken = 1').get(id) !== undefined
    );
  }

  add(id: string, created: number, taken: boolean): void {
    this.database
      .prepare('INSERT OR REPLACE INTO seen (id, created, taken) VALUES (?, ?, ?)')
      .run(id, created, taken ? 1 : 0);
    this.database.prepare('DELETE FROM seen WHERE created < ?').run(this.from() - overlap);
  }

  close(): void {
    this.database.close();
  }

  private bounds(): z.output<typeof bounds> {
    return bounds.parse(
      this.database
        .prepare(
          'SELECT max(created) AS newest, min(CASE WHEN taken = 0 THEN created END) AS refused FROM seen',
        )
        .get(),
    );
  }
}
