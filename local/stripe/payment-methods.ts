import type Stripe from 'stripe';
import * as z from 'zod';
import { cardByNumber, cardByPaymentMethod, cardByToken, type TestCard } from './cards.ts';
import type { Customers } from './customers.ts';
import { cardError, invalidRequest, missing } from './errors.ts';
import type { Form } from './form.ts';
import { type ApiList, listPage, listParams } from './lists.ts';
import { address, expand, integer, mergeMetadata, metadata, parse, text } from './params.ts';
import { Collection } from './store.ts';
import type { World } from './world.ts';

const billingDetails = z.object({
  address: address.nullable(),
  email: z.string().nullable(),
  name: z.string().nullable(),
  phone: z.string().nullable(),
  tax_id: z.string().nullable(),
});

const paymentMethod = z.object({
  id: z.string(),
  created: z.number(),
  customer: z.string().nullable(),
  metadata: z.record(z.string(), z.string()),
  billing_details: billingDetails,
  number: z.string(),
  exp_month: z.number(),
  exp_year: z.number(),
  wallet: z.enum(['apple_pay', 'google_pay']).nullable(),
  /** Authenticated once for later use: a SetupIntent, or a payment with setup_future_usage. */
  set_up: z.boolean(),
});
export type PaymentMethodRecord = z.output<typeof paymentMethod>;

const billingParams = z.strictObject({
  address: address.optional(),
  email: z.string().optional(),
  name: z.string().optional(),
  phone: z.string().optional(),
});
const cardParams = z.union([
  z.strictObject({ token: text }),
  z.strictObject({
    number: text,
    exp_month: integer,
    exp_year: integer,
    cvc: z.string().optional(),
  }),
]);
/** What stands in `payment_method_data` and in POST /v1/payment_methods. */
export const paymentMethodData = z.object({
  type: z.literal('card'),
  card: cardParams,
  billing_details: billingParams.optional(),
  metadata: metadata.optional(),
  allow_redisplay: z.string().optional(),
});
const createParams = z.strictObject({
  ...paymentMethodData.shape,
  customer: text.optional(),
  expand,
});
const attachParams = z.strictObject({ customer: text, expand });
const updateParams = z.strictObject({
  billing_details: billingParams.optional(),
  metadata: metadata.optional(),
  card: z.strictObject({ exp_month: integer.optional(), exp_year: integer.optional() }).optional(),
  expand,
});
const listMethods = z.strictObject({
  ...listParams,
  customer: text.optional(),
  type: z.literal('card').optional(),
});

export class PaymentMethods {
  private readonly world: World;
  private readonly customers: Customers;
  private readonly records: Collection<PaymentMethodRecord>;

  constructor(world: World, customers: Customers) {
    this.world = world;
    this.customers = customers;
    this.records = new Collection(world.store, 'payment_method', paymentMethod, world.now);
  }

  create(form: Form): Stripe.PaymentMethod {
    return this.render(this.make(parse(createParams, form)));
  }

  /** @throws StripeFault for a card whose number or date is wrong; a test card that declines is made all the same */
  make(data: z.output<typeof paymentMethodData>): PaymentMethodRecord {
    const year = new Date(this.world.now()).getUTCFullYear();
    if ('token' in data.card) {
      const wallet = data.card.token.startsWith('tok_applepay') ? 'apple_pay' : null;
      const card = wallet === null ? cardByToken(data.card.token) : cardByToken('tok_visa');
      if (card === undefined) throw missing('token', data.card.token, 'card[token]', 400);
      return this.keep(card, { exp_month: 12, exp_year: year + 4, data, wallet });
    }
    const card = cardByNumber(data.card.number);
    if (card === undefined)
      throw cardError({
        code: 'incorrect_number',
        message: 'Your card number is incorrect.',
        param: 'number',
      });
    const { exp_month, exp_year } = data.card;
    if (exp_month < 1 || exp_month > 12)
      throw cardError({
        code: 'invalid_expiry_month',
        message: "Your card's expiration month is invalid.",
        param: 'exp_month',
      });
    if (Date.UTC(exp_year, exp_month, 1) <= this.world.now())
      throw cardError({
        code: 'invalid_expiry_year',
        message: "Your card's expiration year is invalid.",
        param: 'exp_year',
      });
    return this.keep(card, { exp_month, exp_year, data, wallet: null });
  }

  private keep(
    card: TestCard,
    details: {
      readonly exp_month: number;
      readonly exp_year: number;
      readonly wallet: PaymentMethodRecord['wallet'];
      readonly data?: Pick<z.output<typeof paymentMethodData>, 'billing_details' | 'metadata'>;
    },
  ): PaymentMethodRecord {
    const billing = details.data?.billing_details;
    return this.records.put({
      id: this.world.id('pm_'),
      created: this.world.seconds(),
      customer: null,
      metadata: mergeMetadata({}, details.data?.metadata),
      billing_details: {
        address: billing?.address ?? null,
        email: billing?.email || null,
        name: billing?.name || null,
        phone: billing?.phone || null,
        tax_id: null,
      },
      number: card.number,
      exp_month: details.exp_month,
      exp_year: details.exp_year,
      wallet: details.wallet,
      set_up: card.authentication === 'on_session',
    });
  }

  /** A stored method, or a fresh one for a `pm_card_*` name. @throws StripeFault `resource_missing` */
  find(id: string, param: string, status = 400): PaymentMethodRecord {
    const found = this.records.get(id);
    if (found !== undefined) return found;
    const card = cardByPaymentMethod(id);
    if (card === undefined) throw missing('PaymentMethod', id, param, status);
    const exp_year = new Date(this.world.now()).getUTCFullYear() + 1;
    return this.keep(card, { exp_month: 12, exp_year, wallet: null });
  }

  markSetUp(id: string): void {
    const record = this.records.get(id);
    if (record !== undefined && !record.set_up) this.records.put({ ...record, set_up: true });
  }

  retrieve(id: string): Stripe.PaymentMethod {
    return this.render(this.find(id, 'payment_method', 404));
  }

  update(id: string, form: Form): Stripe.PaymentMethod {
    const params = parse(updateParams, form);
    const before = this.find(id, 'payment_method', 404);
    const billing = Object.fromEntries(
      Object.entries(params.billing_details ?? {}).filter(([, value]) => value !== undefined),
    );
    return this.render(
      this.records.put({
        ...before,
        exp_month: params.card?.exp_month ?? before.exp_month,
        exp_year: params.card?.exp_year ?? before.exp_year,
        billing_details: { ...before.billing_details, ...billing },
        metadata: mergeMetadata(before.metadata, params.metadata),
      }),
    );
  }

  attach(id: string, form: Form): Stripe.PaymentMethod {
    const { customer } = parse(attachParams, form);
    this.customers.live(customer, 'customer');
    const record = this.find(id, 'payment_method', 404);
    const card = this.card(record);
    if (card.charge.kind === 'declined' && !card.attachable) throw declineFault(card.charge);
    if (record.customer !== null && record.customer !== customer)
      throw invalidRequest(
        'The payment method you provided has already been attached to a customer.',
        { code: 'payment_method_unexpected_state' },
      );
    return this.attachTo(record, customer);
  }

  attachTo(record: PaymentMethodRecord, customer: string): Stripe.PaymentMethod {
    const rendered = this.render(this.records.put({ ...record, customer }));
    if (record.customer !== customer) this.world.emit('payment_method.attached', rendered);
    return rendered;
  }

  detach(id: string): Stripe.PaymentMethod {
    const record = this.find(id, 'payment_method', 404);
    if (record.customer === null)
      throw invalidRequest(
        'The payment method you provided is not attached to a customer so detachment is impossible.',
        { code: 'payment_method_unexpected_state' },
      );
    const rendered = this.render(this.records.put({ ...record, customer: null }));
    this.world.emit('payment_method.detached', rendered);
    return rendered;
  }

  list(form: Form, customer?: string): ApiList<Stripe.PaymentMethod> {
    const params = parse(listMethods, form);
    const of = customer ?? params.customer;
    const url =
      customer === undefined ? '/v1/payment_methods' : `/v1/customers/${customer}/payment_methods`;
    return listPage(
      this.records,
      { customer: of, created: params.created },
      params,
      url,
      (record) => this.render(record),
    );
  }

  card(record: PaymentMethodRecord): TestCard {
    const card = cardByNumber(record.number);
    if (card === undefined) throw new Error(`no test card has the number of ${record.id}`);
    return card;
  }

  render(record: PaymentMethodRecord): Stripe.PaymentMethod {
    const card = this.card(record);
    const { number, exp_month, exp_year, wallet, set_up: _, ...rest } = record;
    return {
      ...rest,
      object: 'payment_method',
      allow_redisplay: 'unspecified',
      card: {
        brand: card.brand,
        checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: 'pass' },
        country: 'US',
        display_brand: card.brand,
        exp_month,
        exp_year,
        fingerprint: fingerprint(number),
        funding: card.funding,
        generated_from: null,
        last4: number.slice(-4),
        networks: { available: [card.brand], preferred: null },
        regulated_status: 'unregulated',
        three_d_secure_usage: { supported: true },
        wallet: wallet === null ? null : { type: wallet, dynamic_last4: null, [wallet]: {} },
      },
      customer_account: null,
      livemode: false,
      type: 'card',
    } satisfies Stripe.PaymentMethod;
  }
}

/** The same card has the same fingerprint, whatever PaymentMethod holds it. */
export function fingerprint(number: string): string {
  return `F${BigInt(number).toString(36)}`.padEnd(16, 'x').slice(0, 16);
}

function declineFault(outcome: {
  readonly code: string;
  readonly decline_code: string;
  readonly message: string;
}) {
  return cardError({
    code: outcome.code,
    decline_code: outcome.decline_code,
    message: outcome.message,
  });
}
