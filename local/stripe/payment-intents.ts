import * as z from 'zod';
import { checkAmount } from './currencies.ts';
import type { Customers } from './customers.ts';
import { invalidRequest } from './errors.ts';
import type { Form } from './form.ts';
import type { IntentRecord, Intents } from './intents.ts';
import { type ApiList, listPage, listParams } from './lists.ts';
import {
  allowedTypes,
  expand,
  flag,
  integer,
  mergeMetadata,
  metadata,
  parse,
  shipping,
  text,
} from './params.ts';
import type { PaymentFlow } from './payment-flow.ts';
import { type PaymentMethods, paymentMethodData } from './payment-methods.ts';
import { matches, parseQuery, type SearchResult, searchParams } from './search.ts';
import type { Caller, World } from './world.ts';

const offSession = z
  .enum(['true', 'false', 'one_off', 'recurring'])
  .transform((value) => value !== 'false');
const currency = text.transform((value) => value.toLowerCase());
const options = z.strictObject({
  card: z
    .strictObject({ request_three_d_secure: z.enum(['automatic', 'any', 'challenge']).optional() })
    .optional(),
});
const shared = {
  customer: text.optional(),
  description: z.string().optional(),
  metadata: metadata.optional(),
  payment_method: text.optional(),
  payment_method_data: paymentMethodData.optional(),
  payment_method_options: options.optional(),
  allowed_payment_method_types: allowedTypes.optional(),
  receipt_email: z.string().optional(),
  setup_future_usage: z.enum(['off_session', 'on_session']).optional(),
  shipping: shipping.optional(),
  statement_descriptor: text.max(22).optional(),
  statement_descriptor_suffix: text.max(22).optional(),
  transfer_group: text.optional(),
  expand,
};
const createParams = z.strictObject({
  ...shared,
  amount: integer,
  currency,
  automatic_payment_methods: z
    .strictObject({ enabled: flag, allow_redirects: z.enum(['always', 'never']).default('always') })
    .optional(),
  capture_method: z.enum(['automatic', 'automatic_async', 'manual']).default('automatic_async'),
  confirm: flag.default(false),
  confirmation_method: z.literal('automatic').optional(),
  off_session: offSession.default(false),
  return_url: text.optional(),
  use_stripe_sdk: flag.optional(),
});
const updateParams = z.strictObject({
  ...shared,
  amount: integer.optional(),
  currency: currency.optional(),
  capture_method: z.enum(['automatic', 'automatic_async', 'manual']).optional(),
});
const confirmParams = z.strictObject({
  ...shared,
  capture_method: z.enum(['automatic', 'automatic_async', 'manual']).optional(),
  client_secret: text.optional(),
  off_session: offSession.optional(),
  return_url: text.optional(),
  use_stripe_sdk: flag.optional(),
});
const retrieveParams = z.strictObject({
  client_secret: text.optional(),
  expand,
});
const listIntents = z.strictObject({ ...listParams, customer: text.optional() });

/** Statuses before money is held: amounts and methods may still change. */
const open: readonly IntentRecord['status'][] = [
  'requires_payment_method',
  'requires_confirmation',
  'requires_action',
];

/** The endpoints of /v1/payment_intents that make, change and show; what moves money is payment-flow.ts. */
export class PaymentIntents {
  private readonly world: World;
  private readonly intents: Intents;
  private readonly methods: PaymentMethods;
  private readonly customers: Customers;
  private readonly flow: PaymentFlow;

  constructor(
    world: World,
    parts: { intents: Intents; methods: PaymentMethods; customers: Customers; flow: PaymentFlow },
  ) {
    this.world = world;
    this.intents = parts.intents;
    this.methods = parts.methods;
    this.customers = parts.customers;
    this.flow = parts.flow;
  }

  create(form: Form, caller: Caller): object {
    const params = parse(createParams, form);
    checkAmount(params.amount, params.currency);
    if (params.allowed_payment_method_types !== undefined && params.automatic_payment_methods)
      throw invalidRequest(
        'You may only specify one of these parameters: allowed_payment_method_types, automatic_payment_methods.',
        {},
        false,
      );
    if (params.customer !== undefined) this.customers.live(params.customer, 'customer');
    const payment_method = this.methodOf(params);
    const automatic =
      params.allowed_payment_method_types === undefined &&
      params.automatic_payment_methods?.enabled !== false;
    const id = this.world.id('pi_');
    const record = this.intents.records.put({
      id,
      created: this.world.seconds(),
      allowed_payment_method_types: params.allowed_payment_method_types ?? null,
      amount: params.amount,
      amount_capturable: 0,
      amount_received: 0,
      automatic: automatic ? (params.automatic_payment_methods?.allow_redirects ?? 'always') : null,
      canceled_at: null,
      cancellation_reason: null,
      capture_method: params.capture_method,
      client_secret: `${id}_secret_${this.world.id('')}`,
      currency: params.currency,
      customer: params.customer ?? null,
      description: params.description || null,
      last_payment_error: null,
      latest_charge: null,
      metadata: mergeMetadata({}, params.metadata),
      next_action: null,
      off_session: params.off_session,
      payment_method,
      receipt_email: params.receipt_email || null,
      request_three_d_secure:
        params.payment_method_options?.card?.request_three_d_secure ?? 'automatic',
      setup_future_usage: params.setup_future_usage ?? null,
      shipping: params.shipping ?? null,
      statement_descriptor: params.statement_descriptor ?? null,
      statement_descriptor_suffix: params.statement_descriptor_suffix ?? null,
      status: payment_method === null ? 'requires_payment_method' : 'requires_confirmation',
      transfer_group: params.transfer_group ?? null,
    });
    this.world.emit('payment_intent.created', this.intents.render(record));
    if (!params.confirm) return this.intents.show(record, caller);
    return this.intents.show(this.flow.confirm(record, params), caller);
  }

  retrieve(id: string, form: Form, caller: Caller): object {
    const { client_secret } = parse(retrieveParams, form);
    return this.intents.show(this.reached(id, client_secret, caller), caller);
  }

  update(id: string, form: Form, caller: Caller): object {
    const params = parse(updateParams, form);
    return this.intents.show(this.changed(this.intents.find(id), params), caller);
  }

  confirm(id: string, form: Form, caller: Caller): object {
    const {
      client_secret,
      return_url,
      off_session,
      use_stripe_sdk: _,
      ...params
    } = parse(confirmParams, form);
    const record = this.reached(id, client_secret, caller);
    this.flow.checkConfirmable(record, caller);
    const changed = this.intents.change(this.changed(record, params), {
      off_session: off_session ?? record.off_session,
    });
    return this.intents.show(this.flow.confirm(changed, { return_url }, caller), caller);
  }

  list(form: Form): ApiList<object> {
    const params = parse(listIntents, form);
    return listPage(this.intents.records, params, params, '/v1/payment_intents', (record) =>
      this.intents.render(record),
    );
  }

  search(form: Form): SearchResult<object> {
    const params = parse(searchParams, form);
    const query = parseQuery(params.query);
    const found = this.intents.records
      .list({ settledBefore: this.world.now() - this.world.searchLag() })
      .map((record) => this.intents.render(record))
      .filter((rendered) => matches(query, rendered));
    const from = params.page === undefined ? 0 : Number(params.page);
    const next = from + params.limit;
    const has_more = next < found.length;
    return {
      object: 'search_result',
      url: '/v1/payment_intents/search',
      has_more,
      next_page: has_more ? String(next) : null,
      data: found.slice(from, next),
    };
  }

  private changed(
    record: IntentRecord,
    params: Omit<z.output<typeof updateParams>, 'expand'>,
  ): IntentRecord {
    const moved =
      params.amount ?? params.currency ?? params.payment_method ?? params.capture_method;
    if (moved !== undefined && !open.includes(record.status)) {
      const what = params.amount === undefined ? '' : "'s amount";
      throw this.flow.unexpected(
        record,
        `This PaymentIntent${what} could not be updated because it has a status of ${record.status}. You may only update a PaymentIntent with one of the following statuses: ${open.join(', ')}.`,
      );
    }
    const amount = params.amount ?? record.amount;
    const wanted = params.currency ?? record.currency;
    if (params.amount !== undefined || params.currency !== undefined) checkAmount(amount, wanted);
    if (params.customer !== undefined) this.customers.live(params.customer, 'customer');
    const method = this.methodOf(params);
    return this.intents.change(record, {
      allowed_payment_method_types:
        params.allowed_payment_method_types ?? record.allowed_payment_method_types,
      amount,
      currency: wanted,
      customer: params.customer ?? record.customer,
      capture_method: params.capture_method ?? record.capture_method,
      description: params.description ?? record.description,
      metadata: mergeMetadata(record.metadata, params.metadata),
      payment_method: method ?? record.payment_method,
      receipt_email: params.receipt_email ?? record.receipt_email,
      request_three_d_secure:
        params.payment_method_options?.card?.request_three_d_secure ??
        record.request_three_d_secure,
      setup_future_usage: params.setup_future_usage ?? record.setup_future_usage,
      shipping: params.shipping ?? record.shipping,
      statement_descriptor: params.statement_descriptor ?? record.statement_descriptor,
      statement_descriptor_suffix:
        params.statement_descriptor_suffix ?? record.statement_descriptor_suffix,
      transfer_group: params.transfer_group ?? record.transfer_group,
      ...(method === null ? {} : { status: 'requires_confirmation', next_action: null }),
    });
  }

  private methodOf(params: {
    readonly payment_method?: string | undefined;
    readonly payment_method_data?: z.output<typeof paymentMethodData> | undefined;
  }): string | null {
    if (params.payment_method_data !== undefined)
      return this.methods.make(params.payment_method_data).id;
    if (params.payment_method === undefined) return null;
    return this.methods.find(params.payment_method, 'payment_method').id;
  }

  /** A publishable key reaches only the intent whose client secret it brings. */
  private reached(id: string, client_secret: string | undefined, caller: Caller): IntentRecord {
    if (caller.publishable && client_secret === undefined)
      throw invalidRequest(
        'Missing required param: client_secret.',
        { code: 'parameter_missing', param: 'client_secret' },
        false,
      );
    const record = this.intents.find(id);
    if (client_secret !== undefined && client_secret !== record.client_secret)
      throw invalidRequest(
        `The client_secret provided does not match the client_secret associated with the PaymentIntent.`,
        { code: 'payment_intent_invalid_parameter', param: 'client_secret' },
      );
    return record;
  }
}
