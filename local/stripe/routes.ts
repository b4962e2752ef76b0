import type { Form } from './form.ts';
import type { Resources } from './resources.ts';
import type { Caller } from './world.ts';

export interface Call {
  readonly resources: Resources;
  readonly id: string;
  readonly form: Form;
  readonly caller: Caller;
}

export interface Route {
  readonly run: (call: Call) => unknown;
  /** A publishable key may call it. */
  readonly public: boolean;
}

const table: readonly (readonly [string, (call: Call) => unknown, 'public'?])[] = [
  ['POST /v1/payment_intents', (c) => c.resources.paymentIntents.create(c.form, c.caller)],
  ['GET /v1/payment_intents', (c) => c.resources.paymentIntents.list(c.form)],
  ['GET /v1/payment_intents/search', (c) => c.resources.paymentIntents.search(c.form)],
  [
    'GET /v1/payment_intents/:id',
    (c) => c.resources.paymentIntents.retrieve(c.id, c.form, c.caller),
    'public',
  ],
  [
    'POST /v1/payment_intents/:id',
    (c) => c.resources.paymentIntents.update(c.id, c.form, c.caller),
  ],
  [
    'POST /v1/payment_intents/:id/confirm',
    (c) => c.resources.paymentIntents.confirm(c.id, c.form, c.caller),
    'public',
  ],
  ['POST /v1/payment_intents/:id/capture', (c) => c.resources.flow.capture(c.id, c.form, c.caller)],
  ['POST /v1/payment_intents/:id/cancel', (c) => c.resources.flow.cancel(c.id, c.form, c.caller)],

  ['GET /v1/charges', (c) => c.resources.charges.list(c.form)],
  ['GET /v1/charges/:id', (c) => c.resources.charges.retrieve(c.id)],
  ['POST /v1/charges/:id', (c) => c.resources.charges.update(c.id, c.form)],

  ['POST /v1/refunds', (c) => c.resources.refunds.create(c.form)],
  ['GET /v1/refunds', (c) => c.resources.refunds.list(c.form)],
  ['GET /v1/refunds/:id', (c) => c.resources.refunds.retrieve(c.id)],
  ['POST /v1/refunds/:id', (c) => c.resources.refunds.update(c.id, c.form)],

  ['POST /v1/customers', (c) => c.resources.customers.create(c.form)],
  ['GET /v1/customers', (c) => c.resources.customers.list(c.form)],
  ['GET /v1/customers/:id', (c) => c.resources.customers.retrieve(c.id)],
  ['POST /v1/customers/:id', (c) => c.resources.customers.update(c.id, c.form)],
  ['DELETE /v1/customers/:id', (c) => c.resources.customers.remove(c.id)],
  ['GET /v1/customers/:id/payment_methods', (c) => c.resources.methods.list(c.form, c.id)],

  ['POST /v1/payment_methods', (c) => c.resources.methods.create(c.form), 'public'],
  ['GET /v1/payment_methods', (c) => c.resources.methods.list(c.form)],
  ['GET /v1/payment_methods/:id', (c) => c.resources.methods.retrieve(c.id)],
  ['POST /v1/payment_methods/:id', (c) => c.resources.methods.update(c.id, c.form)],
  ['POST /v1/payment_methods/:id/attach', (c) => c.resources.methods.attach(c.id, c.form)],
  ['POST /v1/payment_methods/:id/detach', (c) => c.resources.methods.detach(c.id)],

  ['POST /v1/setup_intents', (c) => c.resources.setupIntents.create(c.form, c.caller)],
  ['GET /v1/setup_intents', (c) => c.resources.setupIntents.list(c.form)],
  [
    'GET /v1/setup_intents/:id',
    (c) => c.resources.setupIntents.retrieve(c.id, c.form, c.caller),
    'public',
  ],
  ['POST /v1/setup_intents/:id', (c) => c.resources.setupIntents.update(c.id, c.form, c.caller)],
  [
    'POST /v1/setup_intents/:id/confirm',
    (c) => c.resources.setupIntents.confirm(c.id, c.form, c.caller),
    'public',
  ],
  [
    'POST /v1/setup_intents/:id/cancel',
    (c) => c.resources.setupIntents.cancel(c.id, c.form, c.caller),
  ],

  ['GET /v1/disputes', (c) => c.resources.disputes.list(c.form)],
  ['GET /v1/disputes/:id', (c) => c.resources.disputes.retrieve(c.id)],
  ['POST /v1/disputes/:id', (c) => c.resources.disputes.update(c.id, c.form)],
  ['POST /v1/disputes/:id/close', (c) => c.resources.disputes.close(c.id)],

  ['GET /v1/events', (c) => c.resources.events.list(c.form)],
  ['GET /v1/events/:id', (c) => c.resources.events.retrieve(c.id)],
];

const routes = new Map<string, Route>(
  table.map(([key, run, access]) => [key, { run, public: access === 'public' }]),
);

/** The third segment of a path is an id, but for `search`. */
export function findRoute(method: string, path: string): { route: Route; id: string } | undefined {
  const [, version, resource, id, ...rest] = path.split('/');
  const named =
    id === undefined || id === 'search'
      ? path
      : `/${[version, resource, ':id', ...rest].join('/')}`;
  const route = routes.get(`${method} ${named}`);
  return route === undefined ? undefined : { route, id: id ?? '' };
}
