import * as z from 'zod';
import { docUrl, StripeFault } from './errors.ts';
import type { Store } from './store.ts';

/** Stripe may forget a key once it is a day old (https://docs.stripe.com/api/idempotent_requests). */
const keptFor = 24 * 3_600_000;

export interface Answer {
  readonly status: number;
  readonly body: string;
}

const row = z.object({
  created: z.number(),
  request: z.string(),
  status: z.number(),
  body: z.string(),
});

/** The first answer of every idempotency key, whatever it was, for a day of the virtual clock. */
export class Idempotency {
  private readonly store: Store;
  private readonly now: () => number;
  private readonly underWay = new Set<string>();

  /** @param now milliseconds */
  constructor(store: Store, now: () => number) {
    this.store = store;
    this.now = now;
  }

  /**
   * @param request what the key is bound to: the endpoint and its parameters
   * @returns the stored answer, or undefined when the caller is to do the work
   * @throws StripeFault 400 when the key was used for something else, 409 while its first request is under way
   */
  begin(key: string, request: string): Answer | undefined {
    if (this.underWay.has(key))
      throw new StripeFault(
        409,
        {
          type: 'idempotency_error',
          code: 'idempotency_key_in_use',
          doc_url: docUrl('idempotency_key_in_use'),
          message: `There is currently another in-progress request using this Stripe Account and idempotency key (${key}).`,
        },
        false,
      );
    const found = this.store
      .statement('SELECT created, request, status, body FROM idempotency WHERE key = ?')
      .get(key);
    if (found !== undefined) {
      const first = row.parse(found);
      if (first.created + keptFor > this.now()) {
        if (first.request !== request)
          throw new StripeFault(
            400,
            {
              type: 'idempotency_error',
              message: `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`,
            },
            false,
          );
        return { status: first.status, body: first.body };
      }
      this.store.statement('DELETE FROM idempotency WHERE created <= ?').run(this.now() - keptFor);
    }
    this.underWay.add(key);
    return undefined;
  }

  /** Belongs into the transaction that did the work. */
  record(key: string, request: string, answer: Answer): void {
    this.store
      .statement(
        'INSERT INTO idempotency (key, created, request, status, body) VALUES (?, ?, ?, ?, ?)',
      )
      .run(key, this.now(), request, answer.status, answer.body);
  }

  /** The request is over, recorded or not. */
  end(key: string): void {
    this.underWay.delete(key);
  }
}
