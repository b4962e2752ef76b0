import type Stripe from 'stripe';
import * as z from 'zod';
import type { ChargeRecord, Charges } from './charges.ts';
import { written } from './currencies.ts';
import { invalidRequest, missing } from './errors.ts';
import type { Form } from './form.ts';
import type { Intents } from './intents.ts';
import { type ApiList, listPage, listParams } from './lists.ts';
import { expand, mergeMetadata, metadata, parse, positive, text } from './params.ts';
import type { PaymentMethods } from './payment-methods.ts';
import { Collection } from './store.ts';
import type { World } from './world.ts';

const refund = z.object({
  id: z.string(),
  created: z.number(),
  amount: z.number(),
  balance_transaction: z.string().nullable(),
  charge: z.string(),
  currency: z.string(),
  customer: z.string().nullable(),
  metadata: z.record(z.string(), z.string()),
  payment_intent: z.string(),
  payment_method: z.string(),
  reason: z
    .enum(['duplicate', 'fraudulent', 'requested_by_customer', 'expired_uncaptured_charge'])
    .nullable(),
  status: z.enum(['pending', 'succeeded', 'failed', 'canceled']),
  failure_reason: z.string().exactOptional(),
  failure_balance_transaction: z.string().exactOptional(),
  /** Part of an authorisation let go: no money was taken, none goes back. */
  released: z.boolean(),
});
type RefundRecord = z.output<typeof refund>;

const createParams = z.strictObject({
  payment_intent: text.optional(),
  charge: text.optional(),
  amount: positive.optional(),
  reason: z.enum(['duplicate', 'fraudulent', 'requested_by_customer']).optional(),
  metadata: metadata.optional(),
  expand,
});
const updateParams = z.strictObject({ metadata: metadata.optional(), expand });
const listRefunds = z.strictObject({
  ...listParams,
  payment_intent: text.optional(),
  charge: text.optional(),
});

/** How long the documented test cards leave a refund before it settles or fails, in milliseconds. */
const settleAfter = 5_000;

export class Refunds {
  private readonly world: World;
  private readonly charges: Charges;
  private readonly methods: PaymentMethods;
  private readonly intents: Intents;
  private readonly records: Collection<RefundRecord>;

  constructor(
    world: World,
    parts: { charges: Charges; methods: PaymentMethods; intents: Intents },
  ) {
    this.world = world;
    this.charges = parts.charges;
    this.methods = parts.methods;
    this.intents = parts.intents;
    this.records = new Collection(world.store, 'refund', refund, world.now);
  }

  create(form: Form): Stripe.Refund {
    const params = parse(createParams, form);
    const charge = this.chargeOf(params);
    const left = charge.amount - charge.amount_refunded;
    if (!charge.captured && !charge.refunded)
      throw invalidRequest(
        `This uncaptured Charge was created by a PaymentIntent (${charge.payment_intent}). You must cancel the PaymentIntent to reverse the authorization instead of refunding the Charge directly.`,
      );
    if (left === 0)
      throw invalidRequest(`Charge ${charge.id} has already been refunded.`, {
        code: 'charge_already_refunded',
        charge: charge.id,
      });
    if (charge.disputed)
      throw invalidRequest(`Charge ${charge.id} has been charged back; cannot issue a refund.`, {
        code: 'charge_disputed',
        charge: charge.id,
      });
    const amount = params.amount ?? left;
    if (amount > left)
      throw invalidRequest(
        `Refund amount (${written(amount, charge.currency)}) is greater than unrefunded amount on charge (${written(left, charge.currency)})`,
        { param: 'amount' },
      );
    const afterwards = this.methods.card(
      this.methods.find(charge.payment_method, 'payment_method'),
    ).afterwards;
    const record = this.keep(charge, amount, {
      reason: params.reason ?? null,
      metadata: mergeMetadata({}, params.metadata),
      status: afterwards?.kind === 'refund_pending' ? 'pending' : 'succeeded',
      released: false,
    });
    const after = this.count(charge, amount);
    const rendered = this.render(record);
    this.world.emit('refund.created', rendered);
    this.world.emit('charge.refunded', this.charges.render(after));
    if (afterwards?.kind === 'refund_pending' || afterwards?.kind === 'refund_fails')
      this.world.schedule(this.world.now() + settleAfter, 'settle_refund', record.id);
    return rendered;
  }

  /** Lets go of what was authorised and not taken. The charge counts it as refunded, as Stripe's does. */
  release(charge: ChargeRecord, amount: number, reason: RefundRecord['reason']): ChargeRecord {
    this.keep(charge, amount, { reason, metadata: {}, status: 'succeeded', released: true });
    return this.count(charge, amount);
  }

  /** The end of a refund made on a test card whose refunds wait or fail. */
  settle(id: string): void {
    const record = this.records.get(id);
    if (record === undefined) return;
    if (record.status === 'pending') {
      const rendered = this.render(this.records.put({ ...record, status: 'succeeded' }));
      this.world.emit('refund.updated', rendered);
      this.world.emit('charge.refund.updated', rendered);
      return;
    }
    this.fail(id, 'lost_or_stolen_card');
  }

  /** The bank sends a refund back: the money is the merchant's again. */
  fail(id: string, failure_reason: string): void {
    const record = this.find(id);
    if (record.status === 'failed' || record.released) return;
    const charge = this.charges.find(record.charge);
    this.charges.change(charge, {
      amount_refunded: charge.amount_refunded - record.amount,
      refunded: false,
    });
    const rendered = this.render(
      this.records.put({
        ...record,
        status: 'failed',
        failure_reason,
        failure_balance_transaction: this.world.id('txn_'),
      }),
    );
    this.world.emit('refund.updated', rendered);
    this.world.emit('refund.failed', rendered);
    this.world.emit('charge.refund.updated', rendered);
  }

  find(id: string): RefundRecord {
    const found = this.records.get(id);
    if (found === undefined) throw missing('refund', id, 'id');
    return found;
  }

  retrieve(id: string): Stripe.Refund {
    return this.render(this.find(id));
  }

  update(id: string, form: Form): Stripe.Refund {
    const params = parse(updateParams, form);
    const before = this.find(id);
    const rendered = this.render(
      this.records.put({ ...before, metadata: mergeMetadata(before.metadata, params.metadata) }),
    );
    this.world.emit('refund.updated', rendered);
    return rendered;
  }

  list(form: Form): ApiList<Stripe.Refund> {
    const params = parse(listRefunds, form);
    return listPage(this.records, params, params, '/v1/refunds', (record) => this.render(record));
  }

  private chargeOf(params: {
    readonly charge?: string | undefined;
    readonly payment_intent?: string | undefined;
  }): ChargeRecord {
    if (params.charge !== undefined) return this.charges.find(params.charge, 'charge');
    if (params.payment_intent === undefined)
      throw invalidRequest(
        'One of the following params should be provided for this request: payment_intent or charge.',
        {},
        false,
      );
    const intent = this.intents.find(params.payment_intent, 'payment_intent');
    const charge =
      intent.latest_charge === null ? undefined : this.charges.get(intent.latest_charge);
    if (charge === undefined || charge.status !== 'succeeded')
      throw invalidRequest(
        `This PaymentIntent (${intent.id}) does not have a successful charge to refund.`,
        { code: 'payment_intent_unexpected_state' },
      );
    return charge;
  }

  private keep(
    charge: ChargeRecord,
    amount: number,
    details: Pick<RefundRecord, 'reason' | 'metadata' | 'status' | 'released'>,
  ): RefundRecord {
    return this.records.put({
      ...details,
      id: this.world.id('re_'),
      created: this.world.seconds(),
      amount,
      balance_transaction: details.released ? null : this.world.id('txn_'),
      charge: charge.id,
      currency: charge.currency,
      customer: charge.customer,
      payment_intent: charge.payment_intent,
      payment_method: charge.payment_method,
    });
  }

  private count(charge: ChargeRecord, amount: number): ChargeRecord {
    const amount_refunded = charge.amount_refunded + amount;
    return this.charges.change(charge, {
      amount_refunded,
      refunded: amount_refunded === charge.amount,
    });
  }

  private render(record: RefundRecord): Stripe.Refund {
    const { released, ...rest } = record;
    return {
      ...rest,
      object: 'refund',
      customer_account: null,
      destination_details: {
        type: 'card',
        card: {
          reference_status: 'pending',
          reference_type: 'acquirer_reference_number',
          type: released ? 'reversal' : 'refund',
        },
      },
      receipt_number: null,
      source_transfer_reversal: null,
      transfer_reversal: null,
    } satisfies Stripe.Refund;
  }
}
