import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { ask, send, until } from './http.ts';

/** Where the running local cloud answers. */
export interface Addresses {
  readonly api: string;
  readonly stripe: string;
  readonly issuer: string;
  readonly control: string;
  readonly database: string;
}

const orderSchema = z.looseObject({
  orderId: z.string(),
  status: z.string(),
  paymentStatus: z.string(),
  clientSecret: z.string().nullish(),
});
export type Order = z.infer<typeof orderSchema>;

const placedSchema = z.looseObject({
  orderId: z.string(),
  total: z.looseObject({ amount: z.int(), currency: z.string() }),
  expiresAt: z.string(),
});
export type Placed = z.infer<typeof placedSchema>;

const timelineSchema = z.looseObject({
  entries: z.array(
    z.looseObject({
      sequence: z.int(),
      type: z.string(),
      at: z.string(),
      status: z.string(),
      paymentStatus: z.string(),
    }),
  ),
});

const tasksSchema = z.looseObject({
  tasks: z.array(
    z.looseObject({
      taskId: z.string(),
      orderId: z.string(),
      status: z.string(),
      lines: z.array(z.looseObject({ sku: z.string(), quantity: z.int() })),
    }),
  ),
});

const deliveriesSchema = z.looseObject({
  deliveries: z.array(
    z.looseObject({ deliveryId: z.string(), orderId: z.string(), status: z.string() }),
  ),
});

const intentSchema = z.looseObject({
  id: z.string(),
  status: z.string(),
  amount_received: z.int(),
  amount_capturable: z.int(),
});

const refundsSchema = z.looseObject({
  data: z.array(
    z.looseObject({
      amount: z.int(),
      status: z.string().nullable(),
      metadata: z.record(z.string(), z.string()).nullable(),
    }),
  ),
});

export interface Item {
  readonly sku: string;
  readonly quantity: number;
}

/** The people of the demo: each knows only what that person's client knows. */
export class World {
  readonly at: Addresses;
  readonly keys: { readonly publishable: string; readonly secret: string };
  private readonly tokens = new Map<string, string>();
  private readonly intents = new Map<string, string>();

  constructor(at: Addresses, keys: { readonly publishable: string; readonly secret: string }) {
    this.at = at;
    this.keys = keys;
  }

  /** A fresh token after the clock was moved, because the old one may have ended. */
  forgetTokens(): void {
    this.tokens.clear();
  }

  async token(sub: string, group: string): Promise<string> {
    const known = this.tokens.get(sub);
    if (known !== undefined) return known;
    const answer = await ask(
      `${this.at.issuer}/token`,
      z.looseObject({ access_token: z.string() }),
      { body: { sub, groups: [group] } },
    );
    this.tokens.set(sub, answer.access_token);
    return answer.access_token;
  }

  async placeOrder(
    customer: string,
    items: readonly Item[],
    shortagePolicy: 'partial' | 'nothing' = 'nothing',
  ): Promise<Placed> {
    return ask(`${this.at.api}/orders`, placedSchema, {
      token: await this.token(customer, 'customer'),
      headers: { 'idempotency-key': randomUUID() },
      body: {
        items,
        shortagePolicy,
        shippingAddress: {
          recipient: 'Ada Byron',
          line1: 'Torstrasse 1',
          postalCode: '10119',
          city: 'Berlin',
          country: 'DE',
        },
      },
    });
  }

  async order(customer: string, orderId: string): Promise<Order> {
    return ask(`${this.at.api}/orders/${orderId}`, orderSchema, {
      token: await this.token(customer, 'customer'),
    });
  }

  async cancel(customer: string, orderId: string): Promise<void> {
    await ask(`${this.at.api}/orders/${orderId}/cancel`, z.unknown(), {
      token: await this.token(customer, 'customer'),
      body: { reason: 'changed my mind' },
    });
  }

  async timeline(customer: string, orderId: string) {
    const { entries } = await ask(`${this.at.api}/orders/${orderId}/timeline`, timelineSchema, {
      token: await this.token(customer, 'customer'),
    });
    return entries;
  }

  /** What Stripe.js does in the customer's browser: confirms with the publishable key and the client secret. */
  async pay(customer: string, orderId: string, paymentMethod: string): Promise<number> {
    const order = await until(
      'the client secret',
      () => this.order(customer, orderId),
      (seen) => typeof seen.clientSecret === 'string' || seen.status !== 'awaiting_payment',
    );
    const clientSecret = order.clientSecret ?? '';
    const intentId = clientSecret.split('_secret')[0] ?? '';
    this.intents.set(orderId, intentId);
    const answer = await send(`${this.at.stripe}/v1/payment_intents/${intentId}/confirm`, {
      headers: { authorization: `Bearer ${this.keys.publishable}` },
      form: { client_secret: clientSecret, payment_method: paymentMethod },
    });
    return answer.status;
  }

  /** The PaymentIntent of an order that somebody tried to pay for. */
  intentOf(orderId: string): string {
    const intentId = this.intents.get(orderId);
    if (intentId === undefined) throw new Error(`nobody has paid for order ${orderId}`);
    return intentId;
  }

  async intent(intentId: string) {
    return ask(`${this.at.stripe}/v1/payment_intents/${intentId}`, intentSchema, {
      headers: { authorization: `Bearer ${this.keys.secret}` },
    });
  }

  async pickAndPack(worker: string, orderId: string): Promise<void> {
    const task = await this.claim(worker, orderId);
    await this.report(worker, task.taskId, { picked: task.lines });
  }

  /** Packs one piece less of the first line, which cannot be found. */
  async pickShort(worker: string, orderId: string): Promise<void> {
    const { taskId, lines } = await this.claim(worker, orderId);
    const picked = lines
      .map((line, index) => (index === 0 ? { ...line, quantity: line.quantity - 1 } : line))
      .filter((line) => line.quantity > 0);
    await this.report(worker, taskId, { picked, missing: true });
  }

  private async claim(worker: string, orderId: string) {
    const token = await this.token(worker, 'warehouse');
    const task = await this.find(
      `the pick task of ${orderId}`,
      `/warehouse/tasks?limit=100`,
      token,
      tasksSchema,
      ({ tasks }) => tasks.find((each) => each.orderId === orderId),
    );
    await ask(`${this.at.api}/warehouse/tasks/${task.taskId}/claim`, z.unknown(), {
      token,
      body: {},
    });
    return {
      taskId: task.taskId,
      lines: task.lines.map(({ sku, quantity }) => ({ sku, quantity })),
    };
  }

  private async report(worker: string, taskId: string, body: unknown): Promise<void> {
    const token = await this.token(worker, 'warehouse');
    await ask(`${this.at.api}/warehouse/tasks/${taskId}/complete`, z.unknown(), { token, body });
  }

  /** The parcel is back: everything good but one piece of the first line. */
  async receiveReturn(worker: string, orderId: string): Promise<void> {
    const token = await this.token(worker, 'warehouse');
    const task = await this.find(
      `the return of ${orderId}`,
      '/warehouse/returns?limit=100',
      token,
      tasksSchema,
      ({ tasks }) => tasks.find((each) => each.orderId === orderId),
    );
    const lines = task.lines.map(({ sku, quantity }, index) => {
      const damaged = index === 0 ? 1 : 0;
      return { sku, good: quantity - damaged, damaged };
    });
    await ask(`${this.at.api}/warehouse/tasks/${task.taskId}/return-received`, z.unknown(), {
      token,
      body: { lines },
    });
  }

  async deliver(courier: string, orderId: string): Promise<void> {
    const { url, token } = await this.take(courier, orderId);
    await ask(`${url}/delivered`, z.unknown(), { token, body: {} });
  }

  async failDelivery(courier: string, orderId: string): Promise<void> {
    const { url, token } = await this.take(courier, orderId);
    await ask(`${url}/failed`, z.unknown(), { token, body: { reason: 'nobody_home' } });
  }

  private async take(courier: string, orderId: string) {
    const token = await this.token(courier, 'courier');
    const delivery = await this.find(
      `the delivery of ${orderId}`,
      '/courier/deliveries?limit=100',
      token,
      deliveriesSchema,
      ({ deliveries }) => deliveries.find((each) => each.orderId === orderId),
    );
    const url = `${this.at.api}/courier/deliveries/${delivery.deliveryId}`;
    await ask(`${url}/accept`, z.unknown(), { token, body: {} });
    return { url, token };
  }

  /** Looks at a list until the wanted entry is on it. */
  private async find<List, Entry>(
    what: string,
    path: string,
    token: string,
    schema: z.ZodType<List>,
    pick: (list: List) => Entry | undefined,
  ): Promise<Entry> {
    const found = await until(
      what,
      async () => pick(await ask(`${this.at.api}${path}`, schema, { token })),
      (seen) => seen !== undefined,
    );
    if (found === undefined) throw new Error(`${what} is not there`);
    return found;
  }

  /** The cardholder disputes the charge at the bank. */
  async dispute(intentId: string): Promise<string> {
    const { id } = await ask(
      `${this.at.stripe}/_control/payment_intents/${intentId}/dispute`,
      z.looseObject({ id: z.string() }),
      { body: { reason: 'fraudulent' } },
    );
    return id;
  }

  async resolveFindings(orderId: string, note: string): Promise<void> {
    const token = await this.token('demo-operations', 'operations');
    const { findings } = await ask(
      `${this.at.api}/operations/findings?orderId=${orderId}`,
      z.looseObject({ findings: z.array(z.looseObject({ findingId: z.string() })) }),
      { token },
    );
    for (const { findingId } of findings) {
      await ask(`${this.at.api}/operations/findings/${findingId}/resolve`, z.unknown(), {
        token,
        body: { note },
      });
    }
  }

  async decideDispute(disputeId: string, won: boolean): Promise<void> {
    await ask(`${this.at.stripe}/_control/disputes/${disputeId}/decide`, z.unknown(), {
      body: { won },
    });
  }

  /** Minor units given back by refunds of ours, as Stripe lists them. */
  async refundedAtStripe(intentId: string): Promise<number> {
    const { data } = await ask(
      `${this.at.stripe}/v1/refunds?payment_intent=${intentId}&limit=100`,
      refundsSchema,
      { headers: { authorization: `Bearer ${this.keys.secret}` } },
    );
    return data
      .filter((refund) => refund.status === 'succeeded' && refund.metadata?.['refund_id'])
      .reduce((sum, refund) => sum + refund.amount, 0);
  }

  async advanceClock(seconds: number): Promise<void> {
    await ask(`${this.at.control}/clock/advance`, z.unknown(), { body: { seconds } });
    this.forgetTokens();
  }

  /** Stripe keeps its webhooks to itself until `releaseWebhooks`. */
  async holdWebhooks(): Promise<void> {
    await ask(`${this.at.stripe}/_control/webhooks/hold`, z.unknown(), {
      method: 'POST',
      body: {},
    });
  }

  async releaseWebhooks(): Promise<void> {
    await ask(`${this.at.stripe}/_control/webhooks/release`, z.unknown(), {
      method: 'POST',
      body: {},
    });
  }
}
