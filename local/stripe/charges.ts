import type Stripe from 'stripe';
import * as z from 'zod';
import type { ChargeOutcome } from './cards.ts';
import { missing } from './errors.ts';
import type { Form } from './form.ts';
import { type ApiList, listPage, listParams } from './lists.ts';
import { expand, mergeMetadata, metadata, parse, shipping, text } from './params.ts';
import { fingerprint, type PaymentMethodRecord, type PaymentMethods } from './payment-methods.ts';
import { Collection } from './store.ts';
import type { World } from './world.ts';

const charge = z.object({
  id: z.string(),
  created: z.number(),
  amount: z.number(),
  amount_captured: z.number(),
  /** Includes what of an authorisation was let go, as Stripe counts it: void and partial capture. */
  amount_refunded: z.number(),
  currency: z.string(),
  customer: z.string().nullable(),
  captured: z.boolean(),
  paid: z.boolean(),
  refunded: z.boolean(),
  disputed: z.boolean(),
  status: z.enum(['succeeded', 'pending', 'failed']),
  payment_intent: z.string(),
  payment_method: z.string(),
  failure_code: z.string().nullable(),
  failure_message: z.string().nullable(),
  decline_code: z.string().nullable(),
  blocked: z.boolean(),
  authenticated: z.boolean(),
  /** Seconds; null once it is captured or when it was captured at once. */
  capture_before: z.number().nullable(),
  balance_transaction: z.string().nullable(),
  description: z.string().nullable(),
  receipt_email: z.string().nullable(),
  statement_descriptor_suffix: z.string().nullable(),
  shipping: shipping.nullable(),
  metadata: z.record(z.string(), z.string()),
  card: z.object({
    number: z.string(),
    exp_month: z.number(),
    exp_year: z.number(),
    wallet: z.enum(['apple_pay', 'google_pay']).nullable(),
  }),
});
export type ChargeRecord = z.output<typeof charge>;

const listCharges = z.strictObject({
  ...listParams,
  payment_intent: text.optional(),
  customer: text.optional(),
});
const updateParams = z.strictObject({
  metadata: metadata.optional(),
  description: z.string().optional(),
  receipt_email: z.string().optional(),
  expand,
});

export class Charges {
  private readonly world: World;
  private readonly methods: PaymentMethods;
  private readonly records: Collection<ChargeRecord>;

  constructor(world: World, methods: PaymentMethods) {
    this.world = world;
    this.methods = methods;
    this.records = new Collection(world.store, 'charge', charge, world.now);
  }

  /** One attempt to take `amount`, with what came of it. @param capture_before seconds, for an authorisation */
  attempt(
    method: PaymentMethodRecord,
    outcome: ChargeOutcome,
    details: Pick<
      ChargeRecord,
      | 'amount'
      | 'currency'
      | 'customer'
      | 'payment_intent'
      | 'description'
      | 'receipt_email'
      | 'statement_descriptor_suffix'
      | 'shipping'
      | 'metadata'
      | 'authenticated'
    > & { readonly capture_before: number | null },
  ): ChargeRecord {
    const failed = outcome.kind === 'declined';
    const captured = !failed && details.capture_before === null;
    return this.records.put({
      ...details,
      id: this.world.id('ch_'),
      created: this.world.seconds(),
      amount_captured: captured ? details.amount : 0,
      amount_refunded: 0,
      captured,
      paid: !failed,
      refunded: false,
      disputed: false,
      status: failed ? 'failed' : 'succeeded',
      payment_method: method.id,
      failure_code: failed ? outcome.code : null,
      failure_message: failed ? outcome.message : null,
      decline_code: failed ? outcome.decline_code : null,
      blocked: failed && outcome.blocked === true,
      capture_before: failed ? null : details.capture_before,
      balance_transaction: captured ? this.world.id('txn_') : null,
      card: {
        number: method.number,
        exp_month: method.exp_month,
        exp_year: method.exp_year,
        wallet: method.wallet,
      },
    });
  }

  get(id: string): ChargeRecord | undefined {
    return this.records.get(id);
  }

  find(id: string, param = 'charge', status = 404): ChargeRecord {
    const found = this.records.get(id);
    if (found === undefined) throw missing('charge', id, param, status);
    return found;
  }

  change(record: ChargeRecord, changes: Partial<ChargeRecord>): ChargeRecord {
    return this.records.put({ ...record, ...changes });
  }

  retrieve(id: string): Stripe.Charge {
    return this.render(this.find(id));
  }

  update(id: string, form: Form): Stripe.Charge {
    const params = parse(updateParams, form);
    const before = this.find(id);
    const rendered = this.render(
      this.change(before, {
        metadata: mergeMetadata(before.metadata, params.metadata),
        description: params.description ?? before.description,
        receipt_email: params.receipt_email ?? before.receipt_email,
      }),
    );
    this.world.emit('charge.updated', rendered);
    return rendered;
  }

  list(form: Form): ApiList<Stripe.Charge> {
    const params = parse(listCharges, form);
    return listPage(this.records, params, params, '/v1/charges', (record) => this.render(record));
  }

  render(record: ChargeRecord): Stripe.Charge {
    const { decline_code, blocked, authenticated, capture_before, card, ...rest } = record;
    const method = this.methods.find(record.payment_method, 'payment_method');
    const { brand, funding } = this.methods.card(method);
    const failed = record.status === 'failed';
    return {
      ...rest,
      object: 'charge',
      application: null,
      application_fee: null,
      application_fee_amount: null,
      billing_details: method.billing_details,
      calculated_statement_descriptor: 'KASSA',
      failure_balance_transaction: null,
      fraud_details: {},
      livemode: false,
      on_behalf_of: null,
      outcome: {
        advice_code: null,
        network_advice_code: null,
        network_decline_code: failed && !blocked ? '05' : null,
        network_status: failed
          ? blocked
            ? 'not_sent_to_network'
            : 'declined_by_network'
          : 'approved_by_network',
        reason: failed ? (blocked ? 'highest_risk_level' : decline_code) : null,
        risk_level: blocked ? 'highest' : 'normal',
        risk_score: blocked ? 90 : 20,
        seller_message: failed
          ? blocked
            ? 'Stripe blocked this payment as too risky.'
            : 'The bank declined the payment.'
          : 'Payment complete.',
        type: failed ? (blocked ? 'blocked' : 'issuer_declined') : 'authorized',
      },
      payment_method_details: {
        type: 'card',
        card: {
          amount_authorized: failed ? null : record.amount,
          authorization_code: failed ? null : '123456',
          brand,
          ...(capture_before === null ? {} : { capture_before }),
          checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: 'pass' },
          country: 'US',
          electronic_commerce_indicator: authenticated ? '05' : '07',
          exp_month: card.exp_month,
          exp_year: card.exp_year,
          extended_authorization: { status: 'disabled' },
          fingerprint: fingerprint(card.number),
          funding,
          incremental_authorization: { status: 'unavailable' },
          installments: null,
          last4: card.number.slice(-4),
          mandate: null,
          multicapture: { status: 'unavailable' },
          network: brand,
          network_token: { used: false },
          network_transaction_id: failed ? null : record.id.slice(-15).toUpperCase(),
          overcapture: { maximum_amount_capturable: record.amount, status: 'unavailable' },
          regulated_status: 'unregulated',
          three_d_secure: authenticated
            ? {
                authentication_flow: 'challenge',
                electronic_commerce_indicator: '05',
                exemption_indicator: null,
                result: 'authenticated',
                result_reason: null,
                transaction_id: null,
                version: '2.2.0',
              }
            : null,
          transaction_link_id: null,
          wallet:
            card.wallet === null
              ? null
              : { type: card.wallet, dynamic_last4: null, [card.wallet]: {} },
        },
      },
      receipt_number: null,
      receipt_url: failed ? null : `${this.world.url()}/_receipts/${record.id}`,
      review: null,
      source: null,
      source_transfer: null,
      statement_descriptor: null,
      transfer_data: null,
      transfer_group: null,
    } satisfies Stripe.Charge;
  }
}
