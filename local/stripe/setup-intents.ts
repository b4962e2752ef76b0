import type Stripe from 'stripe';
import * as z from 'zod';
import type { Customers } from './customers.ts';
import { cardError, docUrl, invalidRequest, missing } from './errors.ts';
import type { Form } from './form.ts';
import { type ApiList, listPage, listParams } from './lists.ts';
import { allowedTypes, expand, flag, mergeMetadata, metadata, parse, text } from './params.ts';
import {
  type PaymentMethodRecord,
  type PaymentMethods,
  paymentMethodData,
} from './payment-methods.ts';
import { Collection } from './store.ts';
import type { Caller, World } from './world.ts';

const setupError = z.object({
  type: z.enum(['card_error', 'invalid_request_error']),
  code: z.string(),
  message: z.string(),
  decline_code: z.string().exactOptional(),
  doc_url: z.string(),
  payment_method: z.string(),
});
const setupIntent = z.object({
  id: z.string(),
  created: z.number(),
  cancellation_reason: z.enum(['abandoned', 'duplicate', 'requested_by_customer']).nullable(),
  client_secret: z.string(),
  customer: z.string().nullable(),
  description: z.string().nullable(),
  last_setup_error: setupError.nullable(),
  metadata: z.record(z.string(), z.string()),
  next_action: z.object({ return_url: z.string().nullable() }).nullable(),
  payment_method: z.string().nullable(),
  status: z.enum([
    'requires_payment_method',
    'requires_confirmation',
    'requires_action',
    'canceled',
    'succeeded',
  ]),
  usage: z.enum(['off_session', 'on_session']),
});
type SetupIntentRecord = z.output<typeof setupIntent>;

const shared = {
  customer: text.optional(),
  description: z.string().optional(),
  metadata: metadata.optional(),
  payment_method: text.optional(),
  payment_method_data: paymentMethodData.optional(),
  allowed_payment_method_types: allowedTypes.optional(),
  expand,
};
const createParams = z.strictObject({
  ...shared,
  automatic_payment_methods: z
    .strictObject({ enabled: flag, allow_redirects: z.enum(['always', 'never']).optional() })
    .optional(),
  confirm: flag.default(false),
  return_url: text.optional(),
  usage: z.enum(['off_session', 'on_session']).default('off_session'),
});
const updateParams = z.strictObject(shared);
const confirmParams = z.strictObject({
  payment_method: text.optional(),
  payment_method_data: paymentMethodData.optional(),
  return_url: text.optional(),
  client_secret: text.optional(),
  use_stripe_sdk: flag.optional(),
  expand,
});
const cancelParams = z.strictObject({
  cancellation_reason: z.enum(['abandoned', 'duplicate', 'requested_by_customer']).optional(),
  expand,
});
const retrieveParams = z.strictObject({
  client_secret: text.optional(),
  expand,
});
const listSetups = z.strictObject({
  ...listParams,
  customer: text.optional(),
  payment_method: text.optional(),
});

const publicFields = new Set(
  'id object automatic_payment_methods cancellation_reason client_secret created description last_setup_error livemode next_action payment_method payment_method_configuration_details payment_method_types status usage'.split(
    ' ',
  ),
);

/** Saving a card for later without charging it. */
export class SetupIntents {
  private readonly world: World;
  private readonly methods: PaymentMethods;
  private readonly customers: Customers;
  private readonly records: Collection<SetupIntentRecord>;

  constructor(world: World, parts: { methods: PaymentMethods; customers: Customers }) {
    this.world = world;
    this.methods = parts.methods;
    this.customers = parts.customers;
    this.records = new Collection(world.store, 'setup_intent', setupIntent, world.now);
  }

  create(form: Form, caller: Caller): object {
    const params = parse(createParams, form);
    if (params.customer !== undefined) this.customers.live(params.customer, 'customer');
    const payment_method = this.methodOf(params);
    const id = this.world.id('seti_');
    const record = this.records.put({
      id,
      created: this.world.seconds(),
      cancellation_reason: null,
      client_secret: `${id}_secret_${this.world.id('')}`,
      customer: params.customer ?? null,
      description: params.description || null,
      last_setup_error: null,
      metadata: mergeMetadata({}, params.metadata),
      next_action: null,
      payment_method,
      status: payment_method === null ? 'requires_payment_method' : 'requires_confirmation',
      usage: params.usage,
    });
    this.world.emit('setup_intent.created', this.render(record));
    return this.show(
      params.confirm ? this.attempt(record, params.return_url, caller) : record,
      caller,
    );
  }

  retrieve(id: string, form: Form, caller: Caller): object {
    return this.show(this.reached(id, parse(retrieveParams, form).client_secret, caller), caller);
  }

  update(id: string, form: Form, caller: Caller): object {
    const params = parse(updateParams, form);
    const before = this.find(id);
    if (params.customer !== undefined) this.customers.live(params.customer, 'customer');
    const method = this.methodOf(params);
    return this.show(
      this.records.put({
        ...before,
        customer: params.customer ?? before.customer,
        description: params.description ?? before.description,
        metadata: mergeMetadata(before.metadata, params.metadata),
        ...(method === null ? {} : { payment_method: method, status: 'requires_confirmation' }),
      }),
      caller,
    );
  }

  confirm(id: string, form: Form, caller: Caller): object {
    const params = parse(confirmParams, form);
    const record = this.reached(id, params.client_secret, caller);
    const method = this.methodOf(params) ?? record.payment_method;
    return this.show(
      this.attempt({ ...record, payment_method: method }, params.return_url, caller),
      caller,
    );
  }

  cancel(id: string, form: Form, caller: Caller): object {
    const params = parse(cancelParams, form);
    const before = this.find(id);
    if (before.status === 'succeeded' || before.status === 'canceled')
      throw this.unexpected(before, 'canceled');
    const record = this.records.put({
      ...before,
      status: 'canceled',
      cancellation_reason: params.cancellation_reason ?? null,
      next_action: null,
    });
    this.world.emit('setup_intent.canceled', this.render(record));
    return this.show(record, caller);
  }

  list(form: Form): ApiList<Stripe.SetupIntent> {
    const params = parse(listSetups, form);
    return listPage(this.records, params, params, '/v1/setup_intents', (record) =>
      this.render(record),
    );
  }

  /** The customer passed or failed the bank's challenge. */
  authenticate(id: string, passed: boolean): void {
    const record = this.find(id);
    if (record.status !== 'requires_action' || record.payment_method === null)
      throw this.unexpected(record, 'authenticated');
    const method = this.methods.find(record.payment_method, 'payment_method');
    if (passed) this.succeed(record, method);
    else
      this.fail(record, method, {
        type: 'invalid_request_error',
        code: 'setup_intent_authentication_failure',
        message: 'We are unable to authenticate your payment method.',
      });
  }

  private attempt(
    record: SetupIntentRecord,
    return_url: string | undefined,
    caller: Caller,
  ): SetupIntentRecord {
    if (record.status === 'succeeded' || record.status === 'canceled')
      throw this.unexpected(record, 'confirmed');
    if (record.payment_method === null)
      throw invalidRequest(
        "You cannot confirm this SetupIntent because it's missing a payment method.",
        { code: 'setup_intent_unexpected_state' },
      );
    const method = this.methods.find(record.payment_method, 'payment_method');
    const card = this.methods.card(method);
    if (card.charge.kind === 'declined' && !card.attachable) {
      const { code, decline_code, message } = card.charge;
      const failed = this.fail(record, method, { type: 'card_error', code, decline_code, message });
      throw cardError({
        code,
        decline_code,
        message,
        ...(caller.publishable ? {} : { setup_intent: this.render(failed) }),
      });
    }
    if (card.authentication === 'always' || card.authentication === 'unless_set_up') {
      const waiting = this.records.put({
        ...record,
        status: 'requires_action',
        next_action: { return_url: return_url ?? null },
      });
      this.world.emit('setup_intent.requires_action', this.render(waiting));
      return waiting;
    }
    return this.succeed(record, method);
  }

  private succeed(record: SetupIntentRecord, method: PaymentMethodRecord): SetupIntentRecord {
    if (record.customer !== null && method.customer === null)
      this.methods.attachTo(method, record.customer);
    this.methods.markSetUp(method.id);
    const done = this.records.put({
      ...record,
      status: 'succeeded',
      next_action: null,
      last_setup_error: null,
    });
    this.world.emit('setup_intent.succeeded', this.render(done));
    return done;
  }

  private fail(
    record: SetupIntentRecord,
    method: PaymentMethodRecord,
    error: Omit<z.output<typeof setupError>, 'doc_url' | 'payment_method'>,
  ): SetupIntentRecord {
    const failed = this.records.put({
      ...record,
      status: 'requires_payment_method',
      payment_method: null,
      next_action: null,
      last_setup_error: { ...error, doc_url: docUrl(error.code), payment_method: method.id },
    });
    this.world.emit('setup_intent.setup_failed', this.render(failed));
    return failed;
  }

  find(id: string): SetupIntentRecord {
    const found = this.records.get(id);
    if (found === undefined) throw missing('setupintent', id, 'intent');
    return found;
  }

  private reached(id: string, secret: string | undefined, caller: Caller): SetupIntentRecord {
    const record = this.find(id);
    if ((caller.publishable || secret !== undefined) && secret !== record.client_secret)
      throw invalidRequest(
        'The client_secret provided does not match the client_secret associated with the SetupIntent.',
        { code: 'setup_intent_invalid_parameter', param: 'client_secret' },
      );
    return record;
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

  private unexpected(record: SetupIntentRecord, what: string) {
    return invalidRequest(
      `This SetupIntent cannot be ${what} because it has a status of ${record.status}.`,
      { code: 'setup_intent_unexpected_state' },
    );
  }

  private show(record: SetupIntentRecord, caller: Caller): object {
    const rendered = this.render(record);
    if (!caller.publishable) return rendered;
    return Object.fromEntries(Object.entries(rendered).filter(([key]) => publicFields.has(key)));
  }

  private render(record: SetupIntentRecord): Stripe.SetupIntent {
    const error = record.last_setup_error;
    const url = `${this.world.url()}/_3ds/${record.id}?client_secret=${record.client_secret}`;
    const { next_action, ...rest } = record;
    return {
      ...rest,
      object: 'setup_intent',
      allowed_payment_method_types: null,
      application: null,
      automatic_payment_methods: null,
      excluded_payment_method_types: null,
      flow_directions: null,
      last_setup_error:
        error === null
          ? null
          : {
              ...error,
              payment_method: this.methods.render(
                this.methods.find(error.payment_method, 'payment_method'),
              ),
            },
      latest_attempt: null,
      livemode: false,
      mandate: null,
      next_action:
        next_action === null
          ? null
          : next_action.return_url === null
            ? { type: 'use_stripe_sdk', use_stripe_sdk: {} }
            : {
                type: 'redirect_to_url',
                redirect_to_url: { return_url: next_action.return_url, url },
              },
      on_behalf_of: null,
      payment_method_configuration_details: null,
      payment_method_options: null,
      payment_method_types: ['card'],
      single_use_mandate: null,
    } satisfies Stripe.SetupIntent;
  }
}
