import { createHmac } from 'node:crypto';
import { Agent, type ClientRequest, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import * as z from 'zod';
import type { Clock, Timer } from '../clock.ts';
import type { Events } from './events.ts';
import type { Store } from './store.ts';

const seconds = 1_000;
const minutes = 60 * seconds;
const hours = 60 * minutes;

/** Waits between the tries of one delivery, on the virtual clock: growing, for about three days in all. */
// biome-ignore format: a table
export const retryDelays: readonly number[] = [
  5 * seconds, 30 * seconds, 2 * minutes, 10 * minutes, hours, 3 * hours, 6 * hours, 12 * hours,
  12 * hours, 12 * hours, 12 * hours, 12 * hours,
];

/** Deliveries under way at one time. */
const concurrency = 8;
/** Real milliseconds an endpoint has to answer. */
const patience = 20_000;

export interface Endpoint {
  readonly url: string;
  readonly secret: string;
  /** Types of events it subscribes to (`enabled_events`); all without it. */
  readonly events?: readonly string[];
}

export function subscribes(endpoint: Endpoint, type: string): boolean {
  return endpoint.events?.includes(type) ?? true;
}

const deliveryRow = z.object({ seq: z.number(), event: z.string(), attempts: z.number() });
type Delivery = z.output<typeof deliveryRow>;
const recoveredRow = deliveryRow.extend({ due: z.number() });

/** The documented scheme (https://docs.stripe.com/webhooks#verify-manually). @param at seconds */
export function signature(body: string, secret: string, at: number): string {
  const mac = createHmac('sha256', secret).update(`${at}.${body}`).digest('hex');
  return `t=${at},v1=${mac}`;
}

/** Sends every event to the one endpoint, at least once, until it answers 2xx. */
export class Webhooks {
  private readonly store: Store;
  private readonly clock: Clock;
  private readonly events: Events;
  private readonly random: () => number;
  private endpoint: Endpoint | undefined;
  private readonly timers = new Map<number, Timer>();
  private fresh: Delivery[] = [];
  private due: Delivery[] = [];
  private running = 0;
  private closed = false;
  private readonly agent = new Agent({ keepAlive: true });
  private readonly requests = new Set<ClientRequest>();
  private readonly attempts = new Set<Promise<void>>();

  private held = false;
  private shuffled = false;
  private copies = 1;
  private toDrop = 0;

  constructor(parts: {
    store: Store;
    clock: Clock;
    events: Events;
    random: () => number;
    endpoint: Endpoint | undefined;
  }) {
    this.store = parts.store;
    this.clock = parts.clock;
    this.events = parts.events;
    this.random = parts.random;
    this.endpoint = parts.endpoint;
  }

  /** Whether events of this type go anywhere. */
  sends(type: string): boolean {
    return this.endpoint !== undefined && subscribes(this.endpoint, type);
  }

  /** Where events go from now on; what waits goes there too. */
  connect(endpoint: Endpoint): void {
    this.endpoint = endpoint;
    this.pump();
  }

  /** Belongs into the transaction that made the event, and `committed` or `rolledBack` after it. */
  enqueue(event: string): void {
    if (this.toDrop > 0) {
      this.toDrop -= 1;
      return;
    }
    for (let copy = 0; copy < this.copies; copy += 1) this.fresh.push(this.insert(event));
  }

  committed(): void {
    this.due.push(...this.fresh);
    this.fresh = [];
    this.pump();
  }

  rolledBack(): void {
    this.fresh = [];
  }

  /** Takes up what an earlier run left undelivered. */
  recover(): void {
    const rows = this.store.statement(
      'SELECT seq, event, attempts, due FROM delivery ORDER BY seq',
    );
    for (const found of rows.all()) {
      const delivery = recoveredRow.parse(found);
      if (delivery.due <= this.clock.now()) this.due.push(delivery);
      else this.wait(delivery, delivery.due);
    }
    this.pump();
  }

  /** True when nothing is being delivered and nothing could be: held deliveries and later retries do not count. */
  idle(): boolean {
    return (
      this.running === 0 && (this.due.length === 0 || this.held || this.endpoint === undefined)
    );
  }

  hold(): void {
    this.held = true;
  }

  release(): void {
    this.held = false;
    this.pump();
  }

  /** From now on deliveries leave in no particular order. */
  shuffle(on: boolean): void {
    this.shuffled = on;
  }

  /** Every event from now on is delivered this many times. */
  duplicate(copies: number): void {
    this.copies = Math.max(1, Math.trunc(copies));
  }

  /** The next events are never delivered; /v1/events still lists them. */
  drop(count: number): void {
    this.toDrop = count;
  }

  /** Sends an event again, as the dashboard's resend button does. */
  resend(event: string): void {
    this.due.push(this.insert(event));
    this.pump();
  }

  /** Back to one delivery an event, in order, none held. */
  calm(): void {
    this.shuffled = false;
    this.copies = 1;
    this.toDrop = 0;
    this.release();
  }

  /** Forgets every delivery. */
  clear(): void {
    for (const timer of this.timers.values()) timer.cancel();
    this.timers.clear();
    this.due = [];
    this.fresh = [];
    this.calm();
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const timer of this.timers.values()) timer.cancel();
    this.timers.clear();
    for (const request of this.requests) request.destroy();
    await Promise.allSettled(this.attempts);
    this.agent.destroy();
  }

  private insert(event: string): Delivery {
    const { lastInsertRowid } = this.store
      .statement('INSERT INTO delivery (event, attempts, due) VALUES (?, 0, ?)')
      .run(event, this.clock.now());
    return { seq: Number(lastInsertRowid), event, attempts: 0 };
  }

  private wait(delivery: Delivery, due: number): void {
    const timer = this.clock.at(due, () => {
      this.timers.delete(delivery.seq);
      this.due.push(delivery);
      this.pump();
    });
    this.timers.set(delivery.seq, timer);
  }

  private pump(): void {
    while (
      !this.closed &&
      !this.held &&
      this.endpoint !== undefined &&
      this.running < concurrency &&
      this.due.length > 0
    ) {
      const at = this.shuffled ? Math.floor(this.random() * this.due.length) : 0;
      const [delivery] = this.due.splice(at, 1);
      if (delivery === undefined) return;
      this.running += 1;
      const attempt = this.attempt(delivery, this.endpoint).finally(() => {
        this.running -= 1;
        this.attempts.delete(attempt);
        this.pump();
      });
      this.attempts.add(attempt);
    }
  }

  private async attempt(delivery: Delivery, endpoint: Endpoint): Promise<void> {
    const body = this.events.body(delivery.event);
    const taken = body === undefined || (await this.post(body, endpoint));
    if (this.closed) return;
    const delay = retryDelays[delivery.attempts];
    if (taken || delay === undefined) {
      this.store.statement('DELETE FROM delivery WHERE seq = ?').run(delivery.seq);
      return;
    }
    const attempts = delivery.attempts + 1;
    const due = this.clock.now() + delay;
    this.store
      .statement('UPDATE delivery SET attempts = ?, due = ? WHERE seq = ?')
      .run(attempts, due, delivery.seq);
    this.wait({ ...delivery, attempts }, due);
  }

  /** Refused, broken or silent: all the same to the sender, it tries again. */
  private post(body: string, endpoint: Endpoint): Promise<boolean> {
    const at = Math.floor(this.clock.now() / 1_000);
    const send = endpoint.url.startsWith('https:') ? httpsRequest : httpRequest;
    return new Promise((resolve) => {
      const request = send(endpoint.url, {
        method: 'POST',
        agent: endpoint.url.startsWith('https:') ? undefined : this.agent,
        headers: {
          'content-type': 'application/json; charset=utf-8',
          'content-length': Buffer.byteLength(body),
          'stripe-signature': signature(body, endpoint.secret, at),
          'user-agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
        },
      });
      const timer = setTimeout(() => request.destroy(), patience);
      this.requests.add(request);
      request.on('response', (response) => {
        const { statusCode = 0 } = response;
        response.on('end', () => resolve(statusCode >= 200 && statusCode < 300));
        response.resume();
      });
      request.on('error', () => resolve(false));
      request.on('close', () => {
        clearTimeout(timer);
        this.requests.delete(request);
        resolve(false);
      });
      request.end(body);
    });
  }
}
