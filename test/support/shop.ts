import { createHash, randomUUID } from 'node:crypto';
import type * as z from 'zod';
import { createCancelStore } from '../../adapters/postgres/cancel-store.ts';
import { createCheckoutStore } from '../../adapters/postgres/checkout-store.ts';
import type { Sql } from '../../adapters/postgres/client.ts';
import { createDeliveryOrders } from '../../adapters/postgres/delivery-orders.ts';
import { createExpiryStore } from '../../adapters/postgres/expiry-store.ts';
import { createFindingStore } from '../../adapters/postgres/finding-store.ts';
import { createFulfilmentStore } from '../../adapters/postgres/fulfilment-store.ts';
import { createMailboxStore } from '../../adapters/postgres/mailbox-store.ts';
import { createOrderReader } from '../../adapters/postgres/order-reader.ts';
import { createOutboxStore } from '../../adapters/postgres/outbox-store.ts';
import { createPaymentStore } from '../../adapters/postgres/payment-store.ts';
import { createProductReader } from '../../adapters/postgres/product-reader.ts';
import { createShopSeeder } from '../../adapters/postgres/shop-seeder.ts';
import { createWarehouseStore } from '../../adapters/postgres/warehouse-store.ts';
import { createWebhookInbox } from '../../adapters/postgres/webhook-inbox.ts';
import type { orderSteps } from '../../domain/orders/steps.ts';
import {
  keptWebhookSchema,
  meaningOf,
  type WebhookResult,
} from '../../domain/payments/webhooks.ts';
import {
  addressIdSchema,
  type OrderId,
  orderIdSchema,
  paymentIntentIdSchema,
  skuSchema,
  subjectSchema,
} from '../../domain/shared/ids.ts';

type PlaceCommand = z.infer<(typeof orderSteps)['place-order']['input']>;

export const start = new Date('2026-11-02T10:00:00.000Z');
/** `seconds` after the tests' beginning. */
export const at = (seconds: number): Date => new Date(start.getTime() + seconds * 1000);
export const window = 900;
export const customer = subjectSchema.parse('customer-1');
export const worker = subjectSchema.parse('worker-1');
export const correlationId = 'test-1';
export const sku = (name: string) => skuSchema.parse(name);
export const intentOf = (orderId: OrderId) =>
  paymentIntentIdSchema.parse(`pi_${orderId.replaceAll('-', '')}`);
export const newOrderId = (): OrderId => orderIdSchema.parse(randomUUID());

/** All stores over one pool, and the steps of an order's life as short calls. */
export function createShop(sql: Sql) {
  const stores = {
    cancel: createCancelStore(sql),
    checkout: createCheckoutStore(sql),
    deliveries: createDeliveryOrders(sql),
    expiry: createExpiryStore(sql),
    findings: createFindingStore(sql),
    fulfilment: createFulfilmentStore(sql),
    inbox: createWebhookInbox(sql),
    mailbox: createMailboxStore(sql),
    orders: createOrderReader(sql),
    outbox: createOutboxStore(sql),
    payments: createPaymentStore(sql),
    products: createProductReader(sql),
    seeder: createShopSeeder(sql),
    warehouse: createWarehouseStore(sql),
  };

  const order = (orderId: OrderId) => ({ orderId, generation: 1, correlationId });

  return {
    ...stores,
    order,
    seed: (onHand: Readonly<Record<string, number>>) =>
      stores.seeder.seed(
        Object.entries(onHand).map(([name, pieces]) => ({
          ...{ sku: sku(name), name: `Product ${name}`, category: 'test', unitPrice: 1000 },
          ...{ currency: 'EUR' as const, weight: 100, active: true, onHand: pieces },
        })),
        start,
      ),
    place: (wishes: Wishes, options: PlaceOptions = {}) => {
      const now = options.now ?? start;
      return stores.checkout.placeOrder(
        placeCommand(wishes, options),
        now,
        new Date(now.getTime() + window * 1000),
      );
    },
    /** Places and records the intent. */
    async ordered(wishes: Wishes, options: PlaceOptions = {}): Promise<OrderId> {
      const orderId = options.orderId ?? newOrderId();
      const placed = await this.place(wishes, { ...options, orderId });
      if (placed.outcome !== 'placed') throw new Error(`not placed: ${placed.outcome}`);
      await this.recordIntent(orderId, options.now);
      return orderId;
    },
    recordIntent: (orderId: OrderId, now: Date = start) =>
      stores.checkout.recordIntent(
        { ...order(orderId), paymentIntentId: intentOf(orderId), clientSecret: 'secret' },
        now,
      ),
    release: (orderId: OrderId, intentUnknown = false, now: Date = start) =>
      stores.checkout.releaseOrder({ ...order(orderId), intentUnknown }, now),
    /** Keeps a webhook of this kind and applies it. */
    async webhook(
      orderId: OrderId,
      kind: WebhookKind,
      now: Date,
      eventId = `evt_${randomUUID().replaceAll('-', '')}`,
    ): Promise<WebhookResult> {
      const webhook = webhookOf(orderId, kind, eventId);
      await stores.inbox.keep(webhook, now);
      return stores.inbox.apply(webhook, meaningOf(webhook), now);
    },
    async confirmed(wishes: Wishes, options: PlaceOptions = {}): Promise<OrderId> {
      const orderId = await this.ordered(wishes, options);
      await this.webhook(orderId, 'authorised', options.now ?? start);
      await stores.payments.confirmOrder(order(orderId), options.now ?? start);
      return orderId;
    },
    expireAll: async (now: Date) => {
      const { expired } = await stores.expiry.expireBatch(
        { lane: 0, lanes: 1, batchSize: 1000 },
        now,
      );
      return expired;
    },
    cancelIt: (orderId: OrderId, now: Date) =>
      stores.cancel.cancelOrder(
        orderId,
        { subject: customer, role: 'customer', reason: 'changed my mind' },
        now,
      ),
    wait: (token: string, change: Partial<{ run: number; retryCount: number }> = {}) => ({
      ...{ token, run: 1, redriveCount: 0, enteredAt: start.toISOString(), retryCount: 0 },
      ...change,
    }),
  };
}

export type Shop = ReturnType<typeof createShop>;
export type Wishes = readonly (readonly [sku: string, quantity: number])[];
export type WebhookKind = 'authorised' | 'declined' | 'canceled';

export interface PlaceOptions {
  readonly orderId?: OrderId;
  readonly key?: string;
  readonly body?: string;
  readonly customer?: string;
  readonly now?: Date;
}

export function placeCommand(wishes: Wishes, options: PlaceOptions = {}): PlaceCommand {
  const itemsTotal = wishes.reduce((sum, [, quantity]) => sum + quantity * 1000, 0);
  return {
    orderId: options.orderId ?? newOrderId(),
    customerId: subjectSchema.parse(options.customer ?? customer),
    idempotencyKey: options.key ?? randomUUID(),
    bodyHash: createHash('sha256')
      .update(options.body ?? 'body')
      .digest('hex'),
    addressId: addressIdSchema.parse('00000000-0000-8000-8000-000000000000'),
    shortagePolicy: 'nothing',
    correlationId,
    cart: {
      currency: 'EUR',
      lines: wishes.map(([name, quantity]) => ({
        ...{ sku: sku(name), name: `Product ${name}`, quantity, unitPrice: 1000, weight: 100 },
      })),
      itemsTotal,
      shippingTotal: 390,
      total: itemsTotal + 390,
    },
  };
}

const types = {
  authorised: { type: 'payment_intent.amount_capturable_updated', status: 'requires_capture' },
  declined: { type: 'payment_intent.payment_failed', status: 'requires_payment_method' },
  canceled: { type: 'payment_intent.canceled', status: 'canceled' },
} as const;

export function webhookOf(orderId: OrderId, kind: WebhookKind, eventId: string) {
  return keptWebhookSchema.parse({
    eventId,
    type: types[kind].type,
    created: 0,
    object: {
      kind: 'payment_intent',
      id: intentOf(orderId),
      status: types[kind].status,
      amountCapturable: null,
      amountReceived: null,
      orderId,
      generation: 1,
      failureCode: null,
    },
  });
}
