import type { DisputeReason } from './disputes.ts';
import type { FaultOrder, LatencyOrder } from './faults.ts';
import type { Simulator } from './simulator.ts';
import type { Endpoint } from './webhooks.ts';

/** What the world does to a shop: the network, the bank, the customer, somebody at the dashboard. */
export interface Control {
  readonly webhooks: {
    /** Where events go from now on. */
    readonly connect: (endpoint: Endpoint) => void;
    /** Keeps every delivery back until `release`. */
    readonly hold: () => void;
    readonly release: () => void;
    /** Deliveries leave in no particular order. */
    readonly shuffle: (on: boolean) => void;
    /** Every later event is delivered so many times. */
    readonly duplicate: (copies: number) => void;
    /** The next events are never delivered (but are listed). */
    readonly drop: (count: number) => void;
    /** Delivers an event once more. */
    readonly resend: (event: string) => void;
  };
  /** The next requests that match fail, before or after their effect. */
  readonly fail: (order: FaultOrder) => void;
  /** Requests that match take so much longer, in real time. */
  readonly slow: (order: LatencyOrder) => void;
  /** Objects changed within the last so many milliseconds are not found by a search. */
  readonly searchLag: (ms: number) => void;
  /** The customer passes or fails the bank's challenge of an intent in `requires_action`. */
  readonly authenticate: (intent: string, passed: boolean) => void;
  /** Puts an unpaid PaymentIntent into `processing`. */
  readonly process: (paymentIntent: string) => void;
  readonly finishProcessing: (paymentIntent: string, succeeded: boolean) => void;
  /** The cardholder disputes a captured payment. @returns the dispute's id */
  readonly dispute: (
    paymentIntent: string,
    order?: { reason?: DisputeReason; inquiry?: boolean; amount?: number },
  ) => string;
  readonly decideDispute: (dispute: string, won: boolean) => void;
  /** Somebody refunds in Stripe's dashboard: no metadata of ours. @returns the refund's id */
  readonly dashboardRefund: (paymentIntent: string, amount?: number) => string;
  /** The bank sends a refund back. */
  readonly failRefund: (refund: string) => void;
  /** Ends every condition above; data stay. */
  readonly clear: () => void;
  /** Forgets everything. */
  readonly reset: () => void;
}

export function makeControl(simulator: Simulator): Control {
  const { webhooks, resources, faults } = simulator;
  return {
    webhooks: {
      connect: (endpoint) => webhooks.connect(endpoint),
      hold: () => webhooks.hold(),
      release: () => webhooks.release(),
      shuffle: (on) => webhooks.shuffle(on),
      duplicate: (copies) => webhooks.duplicate(copies),
      drop: (count) => webhooks.drop(count),
      resend: (event) => webhooks.resend(event),
    },
    fail: (order) => faults.fail(order),
    slow: (order) => faults.slow(order),
    searchLag: (ms) => {
      simulator.searchLag = ms;
    },
    authenticate: (intent, passed) => {
      simulator.change(() => {
        if (intent.startsWith('seti_')) resources.setupIntents.authenticate(intent, passed);
        else resources.flow.authenticate(intent, passed);
      });
    },
    process: (intent) => {
      simulator.change(() => resources.flow.process(intent));
    },
    finishProcessing: (intent, succeeded) => {
      simulator.change(() => resources.flow.finishProcessing(intent, succeeded));
    },
    dispute: (intent, order) =>
      simulator.change(() =>
        resources.disputes.open(resources.intents.find(intent).latest_charge ?? '', order),
      ),
    decideDispute: (dispute, won) => {
      simulator.change(() => resources.disputes.decide(dispute, won));
    },
    dashboardRefund: (intent, amount) =>
      simulator.change(() =>
        resources.refunds.create({
          payment_intent: intent,
          reason: 'requested_by_customer',
          ...(amount === undefined ? {} : { amount: String(amount) }),
        }),
      ).id,
    failRefund: (refund) => {
      simulator.change(() => resources.refunds.fail(refund, 'expired_or_canceled_card'));
    },
    clear: () => {
      faults.clear();
      webhooks.calm();
      simulator.searchLag = 0;
    },
    reset: () => simulator.reset(),
  };
}
