import { randomUUID } from 'node:crypto';
import { z } from 'zod';
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

export interface Item {
  readonly sku: string;
  readonly quantity: number;
}

/** The people of the demo: each knows only what that person's client knows. */
export class World {
  readonly at: Addresses;
  readonly keys: { readonly publishable: string; readonly secret: string };
  private readonly tokens = new Map<string, string>();

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

  async placeOrder(customer: string, items: readonly Item[]): Promise<Placed> {
    return ask(`${this.at.api}/orders`, placedSchema, {
      token: await this.token(customer, 'customer'),
      headers: { 'idempotency-key': randomUUID() },
      body: {
        items,
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
    const answer = await send(`${this.at.stripe}/v1/payment_intents/${intentId}/confirm`, {
      headers: { authorization: `Bearer ${this.keys.publishable}` },
      form: { client_secret: clientSecret, payment_method: paymentMethod },
    });
    return answer.status;
  }

  async intent(intentId: string) {
    return ask(`${this.at.stripe}/v1/payment_intents/${intentId}`, intentSchema, {
      headers: { authorization: `Bearer ${this.keys.secret}` },
    });
  }

  async pickAndPack(worker: string, orderId: string): Promise<void> {
    const token = await this.token(worker, 'warehouse');
    const task = await until(
      `the pick task of ${orderId}`,
      async () => {
        const { tasks } = await ask(`${this.at.api}/warehouse/tasks?limit=100`, tasksSchema, {
          token,
        });
        return tasks.find((each) => each.orderId === orderId);
      },
      (seen) => seen !== undefined,
    );
    if (task === undefined) throw new Error(`no pick task for ${orderId}`);
    await ask(`${this.at.api}/warehouse/tasks/${task.taskId}/claim`, z.unknown(), {
      token,
      body: {},
    });
    await ask(`${this.at.api}/warehouse/tasks/${task.taskId}/complete`, z.unknown(), {
      token,
      body: { picked: task.lines.map(({ sku, quantity }) => ({ sku, quantity })) },
    });
  }

  async deliver(courier: string, orderId: string): Promise<void> {
    const token = await this.token(courier, 'courier');
    const delivery = await until(
      `the delivery of ${orderId}`,
      async () => {
        const { deliveries } = await ask(
          `${this.at.api}/courier/deliveries?limit=100`,
          deliveriesSchema,
          { token },
        );
        return deliveries.find((each) => each.orderId === orderId);
      },
      (seen) => seen !== undefined,
    );
    if (delivery === undefined) throw new Error(`no delivery for ${orderId}`);
    const url = `${this.at.api}/courier/deliveries/${delivery.deliveryId}`;
    await ask(`${url}/accept`, z.unknown(), { token, body: {} });
    await ask(`${url}/delivered`, z.unknown(), { token, body: {} });
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
