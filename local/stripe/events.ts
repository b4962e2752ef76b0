import type Stripe from 'stripe';
import * as z from 'zod';
import { invalidRequest, missing } from './errors.ts';
import type { Form } from './form.ts';
import { type ApiList, checkCursors, created, cut, listParams } from './lists.ts';
import { parse, text } from './params.ts';
import type { Store } from './store.ts';
import { apiVersion, type EventType } from './world.ts';

const listEvents = z.strictObject({
  ...listParams,
  created: created.optional(),
  type: text.optional(),
  types: z.array(text).max(20).optional(),
});
const row = z.object({ body: z.string() });

/** Every event ever sent, as it was sent: an event is a picture of its object at that moment. */
export class Events {
  private readonly store: Store;

  constructor(store: Store) {
    this.store = store;
  }

  append(
    id: string,
    type: EventType,
    seconds: number,
    object: Stripe.Event.Data.Object,
    request: Stripe.Event.Request,
    pendingWebhooks: number,
  ): void {
    const event = {
      id,
      object: 'event',
      api_version: apiVersion,
      created: seconds,
      data: { object },
      livemode: false,
      pending_webhooks: pendingWebhooks,
      request,
      type,
    } satisfies Stripe.EventBase;
    this.store
      .statement('INSERT INTO event (id, type, created, body) VALUES (?, ?, ?, ?)')
      .run(id, type, seconds, JSON.stringify(event));
  }

  /** The event's JSON, byte for byte what is delivered. */
  body(id: string): string | undefined {
    const found = this.store.statement('SELECT body FROM event WHERE id = ?').get(id);
    return found === undefined ? undefined : row.parse(found).body;
  }

  retrieve(id: string): unknown {
    const body = this.body(id);
    if (body === undefined) throw missing('event', id, 'id');
    return JSON.parse(body);
  }

  list(form: Form): ApiList<unknown> {
    const params = parse(listEvents, form);
    checkCursors(params);
    for (const name of ['starting_after', 'ending_before'] as const) {
      const cursor = params[name];
      if (cursor !== undefined && this.body(cursor) === undefined)
        throw invalidRequest(`No such event: '${cursor}'`, {
          code: 'resource_missing',
          param: name,
        });
    }
    const where = ['1 = 1'];
    const values: (string | number)[] = [];
    const add = (condition: string, ...more: (string | number)[]) => {
      where.push(condition);
      values.push(...more);
    };
    const comparisons = { gt: '>', gte: '>=', lt: '<', lte: '<=' } as const;
    for (const name of ['gt', 'gte', 'lt', 'lte'] as const) {
      const value = params.created?.[name];
      if (value !== undefined) add(`created ${comparisons[name]} ?`, value);
    }
    const types = params.types ?? (params.type === undefined ? undefined : [params.type]);
    if (types !== undefined)
      // `charge.*` stands for all of a kind.
      add(`(${types.map(() => 'type GLOB ?').join(' OR ')})`, ...types);
    if (params.starting_after !== undefined)
      add('seq < (SELECT seq FROM event WHERE id = ?)', params.starting_after);
    const backwards = params.ending_before !== undefined;
    if (params.ending_before !== undefined)
      add('seq > (SELECT seq FROM event WHERE id = ?)', params.ending_before);
    const rows = this.store
      .statement(
        `SELECT body FROM event WHERE ${where.join(' AND ')} ORDER BY seq ${backwards ? 'ASC' : 'DESC'} LIMIT ?`,
      )
      .all(...values, params.limit + 1)
      .map((found): unknown => JSON.parse(row.parse(found).body));
    if (backwards) rows.reverse();
    return { object: 'list', url: '/v1/events', ...cut(rows, params) };
  }
}
