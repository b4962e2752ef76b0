import * as z from 'zod';
import type { ChargeOutcome } from './cards.ts';
import type { ChargeRecord, Charges } from './charges.ts';
import type { Disputes } from './disputes.ts';
import { cardError, docUrl, invalidRequest, type StripeFault } from './errors.ts';
import type { Form } from './form.ts';
import type { IntentRecord, Intents } from './intents.ts';
import { expand, flag, mergeMetadata, metadata, parse, positive, text } from './params.ts';
import type { PaymentMethodRecord, PaymentMethods } from './payment-methods.ts';
import type { Refunds } from './refunds.ts';
import type { Caller, World } from './world.ts';

/** A card authorisation holds for seven days (https://docs.stripe.com/payments/place-a-hold-on-a-payment-method). */
const authorisationHolds = 7 * 24 * 3_600;

const captureParams = z.strictObject({
  amount_to_capture: positive.optional(),
  final_capture: flag.optional(),
  metadata: metadata.optional(),
  statement_descriptor_suffix: text.max(22).optional(),
  expand,
});
const cancelParams = z.strictObject({
  cancellation_reason: z
    .enum(['abandoned', 'duplicate', 'fraudulent', 'requested_by_customer'])
    .optional(),
  expand,
});

const confirmable: readonly IntentRecord['status'][] = [
  'requires_payment_method',
  'requires_confirmation',
  'requires_action',
];
const cancelable: readonly IntentRecord['status'][] = [
  'requires_payment_method',
  'requires_capture',
  'requires_confirmation',
  'requires_action',
];
const secretKey: Caller = { publishable: false };

/** What moves a PaymentIntent and its money: confirm, authenticate, process, capture, cancel, expire. */
export class PaymentFlow {
  private readonly world: World;
  private readonly intents: Intents;
  private readonly methods: PaymentMethods;
  private readonly charges: Charges;
  private readonly refunds: Refunds;
  private readonly disputes: Disputes;

  constructor(
    world: World,
    parts: {
      intents: Intents;
      methods: PaymentMethods;
      charges: Charges;
      refunds: Refunds;
      disputes: Disputes;
    },
  ) {
    this.world = world;
    this.intents = parts.intents;
    this.methods = parts.methods;
    this.charges = parts.charges;
    this.refunds = parts.refunds;
    this.disputes = parts.disputes;
  }

  checkConfirmable(record: IntentRecord, caller: Caller = secretKey): void {
    if (confirmable.includes(record.status)) return;
    const why =
      record.status === 'succeeded' || record.status === 'requires_capture'
        ? 'it has already succeeded after being previously confirmed'
        : `it has a status of ${record.status}. Only a PaymentIntent with one of the following statuses may be confirmed: ${confirmable.join(', ')}`;
    throw this.unexpected(record, `You cannot confirm this PaymentIntent because ${why}.`, caller);
  }

  /**
   * @throws StripeFault `card_error` for a declined card; the attempt stays on the intent
   */
  confirm(
    record: IntentRecord,
    params: { readonly return_url?: string | undefined },
    caller: Caller = secretKey,
  ): IntentRecord {
    this.checkConfirmable(record, caller);
    if (record.payment_method === null)
      throw this.unexpected(
        record,
        "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a payment method or ConfirmationToken.",
        caller,
      );
    if (record.automatic === 'always' && params.return_url === undefined && !caller.publishable)
      throw invalidRequest(
        "This PaymentIntent is configured to accept payment methods enabled in your Dashboard. Because some of these payment methods might redirect your customer off of your page, you must provide a `return_url`. If you don't want to accept redirect-based payment methods, set `automatic_payment_methods[enabled]` to `true` and `automatic_payment_methods[allow_redirects]` to `never`.",
        { param: 'return_url' },
      );
    const method = this.methods.find(record.payment_method, 'payment_method');
    if (method.customer !== null && method.customer !== record.customer)
      throw invalidRequest(
        `The provided PaymentMethod cannot be used with this PaymentIntent: it is attached to a customer (${method.customer}). Please include the Customer in the \`customer\` parameter on the PaymentIntent.`,
        { param: 'payment_method', code: 'payment_intent_invalid_parameter' },
      );
    if (this.mustAuthenticate(record, method)) {
      if (record.off_session) {
        const message = 'Your card was declined. This transaction requires authentication.';
        const code = 'authentication_required';
        const outcome = { kind: 'declined', code, decline_code: code, message } as const;
        return this.settled(this.charge(record, method, outcome, false), caller);
      }
      const waiting = this.intents.change(record, {
        status: 'requires_action',
        next_action: { return_url: params.return_url ?? null },
        last_payment_error: null,
      });
      this.world.emit('payment_intent.requires_action', this.intents.render(waiting));
      return waiting;
    }
    return this.settled(
      this.charge(record, method, this.methods.card(method).charge, false),
      caller,
    );
  }

  /** The customer passed or failed the bank's challenge. */
  authenticate(id: string, passed: boolean): IntentRecord {
    const record = this.intents.find(id);
    if (record.status !== 'requires_action' || record.payment_method === null)
      throw this.unexpected(record, `This PaymentIntent has a status of ${record.status}.`);
    const method = this.methods.find(record.payment_method, 'payment_method');
    if (passed) return this.charge(record, method, this.methods.card(method).charge, true);
    return this.failed(record, method, {
      code: 'payment_intent_authentication_failure',
      message:
        'We are unable to authenticate your payment method. Please choose a different payment method and try again.',
    });
  }

  /** Leaves the intent with the network, as slow methods and rare card payments are. */
  process(id: string): IntentRecord {
    const record = this.intents.find(id);
    if (!confirmable.includes(record.status))
      throw this.unexpected(record, `This PaymentIntent has a status of ${record.status}.`);
    const payment_method =
      record.payment_method ?? this.methods.find('pm_card_visa', 'payment_method').id;
    const processing = this.intents.change(record, {
      status: 'processing',
      payment_method,
      next_action: null,
    });
    this.world.emit('payment_intent.processing', this.intents.render(processing));
    return processing;
  }

  /** The network answers at last: by the card's own outcome, or declined. */
  finishProcessing(id: string, succeeded: boolean): IntentRecord {
    const record = this.intents.find(id);
    if (record.status !== 'processing' || record.payment_method === null)
      throw this.unexpected(record, `This PaymentIntent has a status of ${record.status}.`);
    const method = this.methods.find(record.payment_method, 'payment_method');
    const message = 'Your card was declined.';
    const outcome: ChargeOutcome = succeeded
      ? { kind: 'approved' }
      : { kind: 'declined', code: 'card_declined', decline_code: 'generic_decline', message };
    return this.charge(record, method, outcome, false);
  }

  capture(id: string, form: Form, caller: Caller): object {
    const params = parse(captureParams, form);
    const record = this.intents.find(id);
    if (record.status !== 'requires_capture')
      throw this.unexpected(
        record,
        `This PaymentIntent could not be captured because it has a status of ${record.status}. Only a PaymentIntent with one of the following statuses may be captured: requires_capture.`,
      );
    const amount = params.amount_to_capture ?? record.amount_capturable;
    if (amount > record.amount_capturable)
      throw invalidRequest(
        `The amount_to_capture specified (${amount}) exceeds the capturable amount for this PaymentIntent (${record.amount_capturable}).`,
        { code: 'amount_too_large', param: 'amount_to_capture' },
      );
    const authorised = this.chargeOf(record);
    const left = authorised.amount - amount;
    const taken = this.charges.change(authorised, {
      captured: true,
      amount_captured: amount,
      balance_transaction: this.world.id('txn_'),
      capture_before: null,
    });
    const charge = left === 0 ? taken : this.refunds.release(taken, left, null);
    const succeeded = this.intents.change(record, {
      status: 'succeeded',
      amount_capturable: 0,
      amount_received: amount,
      metadata: mergeMetadata(record.metadata, params.metadata),
    });
    this.world.emit('charge.captured', this.charges.render(charge));
    this.world.emit('payment_intent.succeeded', this.intents.render(succeeded));
    this.disputes.openByCard(charge);
    return this.intents.show(succeeded, caller);
  }

  cancel(id: string, form: Form, caller: Caller): object {
    const params = parse(cancelParams, form);
    const record = this.intents.find(id);
    if (!cancelable.includes(record.status))
      throw this.unexpected(
        record,
        `You cannot cancel this PaymentIntent because it has a status of ${record.status}. Only a PaymentIntent with one of the following statuses may be canceled: ${cancelable.join(', ')}.`,
      );
    return this.intents.show(this.end(record, params.cancellation_reason ?? null), caller);
  }

  /** Nobody captured in time: Stripe cancels the intent and the bank lets the money go. */
  expire(id: string): void {
    const record = this.intents.records.get(id);
    if (record?.status === 'requires_capture') this.end(record, 'automatic');
  }

  unexpected(record: IntentRecord, message: string, caller: Caller = secretKey): StripeFault {
    return invalidRequest(message, {
      code: 'payment_intent_unexpected_state',
      ...(caller.publishable ? {} : { payment_intent: this.intents.render(record) }),
    });
  }

  private end(record: IntentRecord, reason: IntentRecord['cancellation_reason']): IntentRecord {
    const expired = reason === 'automatic';
    if (record.status === 'requires_capture') {
      const held = this.chargeOf(record);
      const refundReason = expired ? 'expired_uncaptured_charge' : null;
      const freed = this.charges.render(this.refunds.release(held, held.amount, refundReason));
      if (expired) this.world.emit('charge.expired', freed);
      this.world.emit('charge.refunded', freed);
    }
    const canceled = this.intents.change(record, {
      status: 'canceled',
      amount_capturable: 0,
      canceled_at: this.world.seconds(),
      cancellation_reason: reason,
      next_action: null,
    });
    this.world.emit('payment_intent.canceled', this.intents.render(canceled));
    return canceled;
  }

  private mustAuthenticate(record: IntentRecord, method: PaymentMethodRecord): boolean {
    if (record.request_three_d_secure !== 'automatic') return true;
    const rule = this.methods.card(method).authentication;
    if (rule === 'always') return true;
    if (rule === 'unless_set_up') return !method.set_up;
    return rule === 'on_session' && !record.off_session;
  }

  private charge(
    record: IntentRecord,
    method: PaymentMethodRecord,
    outcome: ChargeOutcome,
    authenticated: boolean,
  ): IntentRecord {
    const manual = record.capture_method === 'manual';
    const capture_before = manual ? this.world.seconds() + authorisationHolds : null;
    const charge = this.charges.attempt(method, outcome, {
      amount: record.amount,
      currency: record.currency,
      customer: record.customer,
      payment_intent: record.id,
      description: record.description,
      receipt_email: record.receipt_email,
      statement_descriptor_suffix: record.statement_descriptor_suffix,
      shipping: record.shipping,
      metadata: record.metadata,
      authenticated,
      capture_before,
    });
    if (outcome.kind === 'declined') {
      this.world.emit('charge.failed', this.charges.render(charge));
      return this.failed(record, method, { ...outcome, charge: charge.id });
    }
    this.keepForLater(record, method);
    const paid = this.intents.change(record, {
      status: manual ? 'requires_capture' : 'succeeded',
      amount_capturable: manual ? record.amount : 0,
      amount_received: manual ? 0 : record.amount,
      latest_charge: charge.id,
      last_payment_error: null,
      next_action: null,
    });
    this.world.emit('charge.succeeded', this.charges.render(charge));
    if (capture_before === null) {
      this.world.emit('payment_intent.succeeded', this.intents.render(paid));
      this.disputes.openByCard(charge);
    } else {
      this.world.emit('payment_intent.amount_capturable_updated', this.intents.render(paid));
      this.world.schedule(capture_before * 1_000, 'expire_authorisation', record.id);
    }
    return paid;
  }

  private failed(
    record: IntentRecord,
    method: PaymentMethodRecord,
    error: {
      readonly code: string;
      readonly message: string;
      readonly decline_code?: string;
      readonly charge?: string;
    },
  ): IntentRecord {
    const { code, message, decline_code, charge } = error;
    const failed = this.intents.change(record, {
      status: 'requires_payment_method',
      payment_method: null,
      next_action: null,
      latest_charge: charge ?? record.latest_charge,
      last_payment_error: {
        type: charge === undefined ? 'invalid_request_error' : 'card_error',
        code,
        message,
        doc_url: docUrl(code),
        payment_method: method.id,
        ...(decline_code === undefined ? {} : { decline_code }),
        ...(charge === undefined ? {} : { charge }),
      },
    });
    this.world.emit('payment_intent.payment_failed', this.intents.render(failed));
    return failed;
  }

  /** A confirm that ended in a decline answers the decline. */
  private settled(record: IntentRecord, caller: Caller): IntentRecord {
    const error = record.last_payment_error;
    if (record.status !== 'requires_payment_method' || error === null) return record;
    const rendered = this.intents.render(record);
    throw cardError({
      code: error.code,
      message: error.message,
      ...(error.decline_code === undefined ? {} : { decline_code: error.decline_code }),
      ...(error.charge === undefined ? {} : { charge: error.charge }),
      ...(caller.publishable ? {} : { payment_intent: rendered }),
      payment_method: this.methods.render(
        this.methods.find(error.payment_method, 'payment_method'),
      ),
    });
  }

  private keepForLater(record: IntentRecord, method: PaymentMethodRecord): void {
    if (record.setup_future_usage === null) return;
    if (record.customer !== null && method.customer === null)
      this.methods.attachTo(method, record.customer);
    this.methods.markSetUp(method.id);
  }

  private chargeOf(record: IntentRecord): ChargeRecord {
    return this.charges.find(record.latest_charge ?? '');
  }
}
