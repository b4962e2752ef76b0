import type Stripe from 'stripe';
import * as z from 'zod';
import type { ChargeRecord, Charges } from './charges.ts';
import { invalidRequest, missing } from './errors.ts';
import type { Form } from './form.ts';
import { type ApiList, listPage, listParams } from './lists.ts';
import { expand, flag, mergeMetadata, metadata, parse, text } from './params.ts';
import type { PaymentMethods } from './payment-methods.ts';
import { Collection } from './store.ts';
import type { World } from './world.ts';

const dispute = z.object({
  id: z.string(),
  created: z.number(),
  amount: z.number(),
  charge: z.string(),
  currency: z.string(),
  metadata: z.record(z.string(), z.string()),
  payment_intent: z.string(),
  reason: z.enum(['fraudulent', 'product_not_received', 'duplicate', 'general']),
  status: z.enum([
    'warning_needs_response',
    'warning_under_review',
    'warning_closed',
    'needs_response',
    'under_review',
    'won',
    'lost',
  ]),
  evidence_text: z.string().nullable(),
  submissions: z.number(),
});
type DisputeRecord = z.output<typeof dispute>;
export type DisputeReason = DisputeRecord['reason'];

/** Seconds the merchant has to answer. */
const answerWithin = 9 * 24 * 3_600;

const listDisputes = z.strictObject({
  ...listParams,
  payment_intent: text.optional(),
  charge: text.optional(),
});
const updateParams = z.strictObject({
  evidence: z.strictObject({ uncategorized_text: z.string().optional() }).optional(),
  metadata: metadata.optional(),
  submit: flag.optional(),
  expand,
});

export class Disputes {
  private readonly world: World;
  private readonly charges: Charges;
  private readonly methods: PaymentMethods;
  private readonly records: Collection<DisputeRecord>;

  constructor(world: World, parts: { charges: Charges; methods: PaymentMethods }) {
    this.world = world;
    this.charges = parts.charges;
    this.methods = parts.methods;
    this.records = new Collection(world.store, 'dispute', dispute, world.now);
  }

  /** The cardholder asks their bank for the money back. An inquiry takes none of it yet. */
  open(
    chargeId: string,
    order: { reason?: DisputeReason; inquiry?: boolean; amount?: number } = {},
  ): string {
    const charge = this.charges.find(chargeId);
    if (!charge.captured || charge.disputed)
      throw invalidRequest(`Charge ${charge.id} cannot be disputed.`, { param: 'charge' });
    const record = this.records.put({
      id: this.world.id('du_'),
      created: this.world.seconds(),
      amount: order.amount ?? charge.amount_captured,
      charge: charge.id,
      currency: charge.currency,
      metadata: {},
      payment_intent: charge.payment_intent,
      reason: order.reason ?? 'fraudulent',
      status: order.inquiry ? 'warning_needs_response' : 'needs_response',
      evidence_text: null,
      submissions: 0,
    });
    this.charges.change(charge, { disputed: true });
    this.world.emit('charge.dispute.created', this.render(record));
    if (!order.inquiry) this.world.emit('charge.dispute.funds_withdrawn', this.render(record));
    return record.id;
  }

  /** What a test card that disputes brings about. */
  openByCard(charge: ChargeRecord): void {
    const afterwards = this.methods.card(
      this.methods.find(charge.payment_method, 'payment_method'),
    ).afterwards;
    if (afterwards?.kind === 'dispute') this.open(charge.id, afterwards);
  }

  /** Evidence `winning_evidence` or `losing_evidence` decides at once, as Stripe documents for tests. */
  update(id: string, form: Form): Stripe.Dispute {
    const params = parse(updateParams, form);
    const before = this.find(id);
    const evidence_text = params.evidence?.uncategorized_text ?? before.evidence_text;
    // Stripe submits evidence unless it is told not to.
    const submitted = params.evidence !== undefined && params.submit !== false;
    const inquiry = before.status.startsWith('warning');
    const after = this.records.put({
      ...before,
      evidence_text,
      metadata: mergeMetadata(before.metadata, params.metadata),
      submissions: before.submissions + (submitted ? 1 : 0),
      status: submitted ? (inquiry ? 'warning_under_review' : 'under_review') : before.status,
    });
    this.world.emit('charge.dispute.updated', this.render(after));
    if (submitted && evidence_text === 'winning_evidence') return this.decide(id, true);
    if (submitted && evidence_text === 'losing_evidence') return this.decide(id, false);
    return this.render(after);
  }

  /** Closing accepts the dispute: it is lost, and that cannot be taken back. */
  close(id: string): Stripe.Dispute {
    return this.decide(id, false);
  }

  decide(id: string, won: boolean): Stripe.Dispute {
    const before = this.find(id);
    if (['won', 'lost', 'warning_closed'].includes(before.status))
      throw invalidRequest('This dispute is already closed.', { param: 'dispute' });
    const inquiry = before.status.startsWith('warning');
    const rendered = this.render(
      this.records.put({ ...before, status: inquiry ? 'warning_closed' : won ? 'won' : 'lost' }),
    );
    if (won && !inquiry) this.world.emit('charge.dispute.funds_reinstated', rendered);
    this.world.emit('charge.dispute.closed', rendered);
    return rendered;
  }

  retrieve(id: string): Stripe.Dispute {
    return this.render(this.find(id));
  }

  list(form: Form): ApiList<Stripe.Dispute> {
    const params = parse(listDisputes, form);
    return listPage(this.records, params, params, '/v1/disputes', (record) => this.render(record));
  }

  private find(id: string): DisputeRecord {
    const found = this.records.get(id);
    if (found === undefined) throw missing('dispute', id, 'dispute');
    return found;
  }

  private render(record: DisputeRecord): Stripe.Dispute {
    const { evidence_text, submissions, ...rest } = record;
    const charge: ChargeRecord = this.charges.find(record.charge);
    const method = this.methods.find(charge.payment_method, 'payment_method');
    return {
      ...rest,
      object: 'dispute',
      balance_transactions: [],
      enhanced_eligibility_types: [],
      evidence: {
        access_activity_log: null,
        billing_address: null,
        cancellation_policy: null,
        cancellation_policy_disclosure: null,
        cancellation_rebuttal: null,
        customer_communication: null,
        customer_email_address: charge.receipt_email,
        customer_name: null,
        customer_purchase_ip: null,
        customer_signature: null,
        duplicate_charge_documentation: null,
        duplicate_charge_explanation: null,
        duplicate_charge_id: null,
        enhanced_evidence: {},
        product_description: null,
        receipt: null,
        refund_policy: null,
        refund_policy_disclosure: null,
        refund_refusal_explanation: null,
        service_date: null,
        service_documentation: null,
        shipping_address: null,
        shipping_carrier: null,
        shipping_date: null,
        shipping_documentation: null,
        shipping_tracking_number: null,
        uncategorized_file: null,
        uncategorized_text: evidence_text,
      },
      evidence_details: {
        due_by: record.created + answerWithin,
        enhanced_eligibility: {},
        has_evidence: evidence_text !== null,
        past_due: this.world.seconds() > record.created + answerWithin,
        submission_count: submissions,
        submission_method: submissions > 0 ? 'manual' : 'not_submitted',
      },
      intended_submission_method: 'manual',
      is_charge_refundable: record.status.startsWith('warning'),
      livemode: false,
      payment_method_details: {
        type: 'card',
        card: {
          brand: this.methods.card(method).brand,
          network: this.methods.card(method).brand,
          case_type: record.status.startsWith('warning') ? 'inquiry' : 'chargeback',
          network_reason_code: '10.4',
        },
      },
    } satisfies Stripe.Dispute;
  }
}
