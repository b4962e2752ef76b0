import type Stripe from 'stripe';
import * as z from 'zod';
import { missing } from './errors.ts';
import { shipping } from './params.ts';
import type { PaymentMethods } from './payment-methods.ts';
import { Collection } from './store.ts';
import type { Caller, World } from './world.ts';

const paymentError = z.object({
  type: z.enum(['card_error', 'invalid_request_error', 'api_error']),
  code: z.string(),
  message: z.string(),
  decline_code: z.string().exactOptional(),
  charge: z.string().exactOptional(),
  doc_url: z.string(),
  payment_method: z.string(),
});

const intent = z.object({
  id: z.string(),
  created: z.number(),
  allowed_payment_method_types: z.array(z.string()).nullable(),
  amount: z.number(),
  amount_capturable: z.number(),
  amount_received: z.number(),
  automatic: z.enum(['always', 'never']).nullable(),
  canceled_at: z.number().nullable(),
  cancellation_reason: z
    .enum(['abandoned', 'automatic', 'duplicate', 'fraudulent', 'requested_by_customer'])
    .nullable(),
  capture_method: z.enum(['automatic', 'automatic_async', 'manual']),
  client_secret: z.string(),
  currency: z.string(),
  customer: z.string().nullable(),
  description: z.string().nullable(),
  last_payment_error: paymentError.nullable(),
  latest_charge: z.string().nullable(),
  metadata: z.record(z.string(), z.string()),
  /** Where the customer goes to authenticate; with no return_url it is left to Stripe.js. */
  next_action: z.object({ return_url: z.string().nullable() }).nullable(),
  off_session: z.boolean(),
  payment_method: z.string().nullable(),
  receipt_email: z.string().nullable(),
  request_three_d_secure: z.enum(['automatic', 'any', 'challenge']),
  setup_future_usage: z.enum(['off_session', 'on_session']).nullable(),
  shipping: shipping.nullable(),
  statement_descriptor: z.string().nullable(),
  statement_descriptor_suffix: z.string().nullable(),
  status: z.enum([
    'requires_payment_method',
    'requires_confirmation',
    'requires_action',
    'processing',
    'requires_capture',
    'canceled',
    'succeeded',
  ]),
  transfer_group: z.string().nullable(),
});
export type IntentRecord = z.output<typeof intent>;

/** What Stripe shows to a publishable key; everything else is for the secret key alone. */
const publicFields = new Set(
  'id object amount amount_details automatic_payment_methods canceled_at cancellation_reason capture_method client_secret confirmation_method created currency description last_payment_error livemode next_action payment_method payment_method_configuration_details payment_method_types processing receipt_email setup_future_usage shipping source status'.split(
    ' ',
  ),
);

/** The PaymentIntents as they are kept and shown; payment-intents.ts says what happens to them. */
export class Intents {
  readonly records: Collection<IntentRecord>;
  private readonly world: World;
  private readonly methods: PaymentMethods;

  constructor(world: World, methods: PaymentMethods) {
    this.world = world;
    this.methods = methods;
    this.records = new Collection(world.store, 'payment_intent', intent, world.now);
  }

  find(id: string, param = 'intent', status = 404): IntentRecord {
    const found = this.records.get(id);
    if (found === undefined) throw missing('payment_intent', id, param, status);
    return found;
  }

  change(record: IntentRecord, changes: Partial<IntentRecord>): IntentRecord {
    return this.records.put({ ...record, ...changes });
  }

  /** For an answer: a publishable key sees less. */
  show(record: IntentRecord, caller: Caller): object {
    const rendered = this.render(record);
    if (!caller.publishable) return rendered;
    return Object.fromEntries(Object.entries(rendered).filter(([key]) => publicFields.has(key)));
  }

  render(record: IntentRecord): Stripe.PaymentIntent {
    const { automatic, off_session: _, request_three_d_secure, ...rest } = record;
    const error = record.last_payment_error;
    return {
      ...rest,
      object: 'payment_intent',
      amount_details: { tip: {} },
      application: null,
      application_fee_amount: null,
      automatic_payment_methods:
        automatic === null ? null : { enabled: true, allow_redirects: automatic },
      confirmation_method: 'automatic',
      customer_account: null,
      excluded_payment_method_types: null,
      last_payment_error:
        error === null
          ? null
          : {
              ...error,
              payment_method: this.methods.render(
                this.methods.find(error.payment_method, 'payment_method'),
              ),
            },
      livemode: false,
      managed_payments: null,
      next_action: this.nextAction(record),
      on_behalf_of: null,
      payment_method_configuration_details: null,
      payment_method_options: {
        card: { installments: null, mandate_options: null, network: null, request_three_d_secure },
      },
      payment_method_types: ['card'],
      payment_record: null,
      processing: record.status === 'processing' ? { type: 'card', card: {} } : null,
      review: null,
      source: null,
      transfer_data: null,
    } satisfies Stripe.PaymentIntent;
  }

  private nextAction(record: IntentRecord): Stripe.PaymentIntent.NextAction | null {
    if (record.next_action === null) return null;
    const { return_url } = record.next_action;
    if (return_url === null) return { type: 'use_stripe_sdk', use_stripe_sdk: {} };
    const url = `${this.world.url()}/_3ds/${record.id}?client_secret=${record.client_secret}`;
    return { type: 'redirect_to_url', redirect_to_url: { return_url, url } };
  }
}
