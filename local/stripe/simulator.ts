import type Stripe from 'stripe';
import type { Clock } from '../clock.ts';
import { Events } from './events.ts';
import { Faults } from './faults.ts';
import { Idempotency } from './idempotency.ts';
import { Jobs } from './jobs.ts';
import { makeResources, type Resources, runJob } from './resources.ts';
import { Store } from './store.ts';
import { type Endpoint, Webhooks } from './webhooks.ts';
import type { World } from './world.ts';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** The simulator without its HTTP: the parts, and the one transaction that all changes go through. */
export class Simulator {
  readonly store: Store;
  readonly faults = new Faults();
  readonly idempotency: Idempotency;
  readonly webhooks: Webhooks;
  readonly resources: Resources;
  readonly random: () => number;
  /** Where it answers; known once the server listens. */
  url = '';
  /** Milliseconds by which a search lags behind. */
  searchLag = 0;

  private readonly jobs: Jobs;
  private request: Stripe.Event.Request = { id: null, idempotency_key: null };

  constructor(options: {
    readonly clock: Clock;
    readonly file: string;
    readonly random: () => number;
    readonly endpoint: Endpoint | undefined;
  }) {
    const { clock } = options;
    this.random = options.random;
    this.store = new Store(options.file);
    const now = () => clock.now();
    const seconds = () => Math.floor(now() / 1_000);
    const id = (prefix: string) => this.id(prefix);
    const events = new Events(this.store);
    this.webhooks = new Webhooks({ ...options, store: this.store, events });
    this.idempotency = new Idempotency(this.store, now);
    this.jobs = new Jobs(this.store, clock, (job) =>
      this.change(() => {
        this.jobs.forget(job);
        runJob(this.resources, job.kind, job.subject);
      }),
    );
    const world: World = {
      store: this.store,
      clock,
      url: () => this.url,
      now,
      seconds,
      id,
      emit: (type, object) => {
        const event = id('evt_');
        const sent = this.webhooks.sends(type);
        events.append(event, type, seconds(), object, this.request, sent ? 1 : 0);
        if (sent) this.webhooks.enqueue(event);
      },
      schedule: (due, kind, subject) => this.jobs.schedule(due, kind, subject),
      searchLag: () => this.searchLag,
    };
    this.resources = makeResources(world, events);
  }

  id(prefix: string): string {
    let made = prefix;
    for (let length = 0; length < 24; length += 1)
      made += alphabet[Math.floor(this.random() * alphabet.length)];
    return made;
  }

  /** One change, all or nothing; what it emitted and scheduled starts moving when it stands. */
  change<T>(work: () => T, request?: Stripe.Event.Request): T {
    this.request = request ?? { id: null, idempotency_key: null };
    try {
      const result = this.store.transaction(work);
      this.jobs.committed();
      this.webhooks.committed();
      return result;
    } catch (error) {
      this.jobs.rolledBack();
      this.webhooks.rolledBack();
      throw error;
    }
  }

  /** Takes up what an earlier run left: deliveries and what time is to bring. */
  recover(): void {
    this.jobs.recover();
    this.webhooks.recover();
  }

  /** As on the first day. */
  reset(): void {
    this.jobs.disarm();
    this.webhooks.clear();
    this.faults.clear();
    this.searchLag = 0;
    this.store.clear();
  }

  async close(): Promise<void> {
    this.jobs.disarm();
    await this.webhooks.close();
    this.store.close();
  }
}
