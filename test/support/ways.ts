import { randomUUID } from 'node:crypto';
import { createCancelRequests } from '../../adapters/postgres/cancel-requests.ts';
import type { Sql } from '../../adapters/postgres/client.ts';
import { createOperationsStore } from '../../adapters/postgres/operations-store.ts';
import { createReconcileStore } from '../../adapters/postgres/reconcile-store.ts';
import { createRefundStore } from '../../adapters/postgres/refund-store.ts';
import { createSilenceStore } from '../../adapters/postgres/silence-store.ts';
import { createStockStore } from '../../adapters/postgres/stock-store.ts';
import { createUndeliveredStore } from '../../adapters/postgres/undelivered-store.ts';
import { createWatcherStore } from '../../adapters/postgres/watcher-store.ts';
import type { ShortagePolicy } from '../../domain/orders/checkout.ts';
import { keptWebhookSchema, meaningOf } from '../../domain/payments/webhooks.ts';
import type { OrderId, WarehouseTaskId } from '../../domain/shared/ids.ts';
import { subjectSchema } from '../../domain/shared/ids.ts';
import {
  at,
  createShop,
  intentOf,
  newOrderId,
  placeCommand,
  start,
  type Wishes,
  worker,
} from './shop.ts';

export const manager = subjectSchema.parse('manager-1');

/** The shop with the stores of every way that is not straight, and those ways as short calls. */
export function createWays(sql: Sql) {
  const shop = createShop(sql);
  const stores = {
    stockroom: createStockStore(sql),
    refunds: createRefundStore(sql),
    undelivered: createUndeliveredStore(sql),
    requests: createCancelRequests(sql),
    watcher: createWatcherStore(sql),
    silence: createSilenceStore(sql),
    operations: createOperationsStore(sql),
    books: createReconcileStore(sql),
  };
  return {
    ...shop,
    ...stores,
    async confirmedWith(policy: ShortagePolicy, wishes: Wishes, now: Date = start) {
      const orderId = newOrderId();
      const command = { ...placeCommand(wishes, { orderId }), shortagePolicy: policy };
      await shop.checkout.placeOrder(command, now, new Date(now.getTime() + 900_000));
      await shop.recordIntent(orderId, now);
      await shop.webhook(orderId, 'authorised', now);
      await shop.payments.confirmOrder(shop.order(orderId), now);
      return orderId;
    },
    async pickOf(orderId: OrderId): Promise<WarehouseTaskId> {
      const key = { orderId, step: 'pick', round: 1 } as const;
      const { taskId } = await shop.warehouse.openPickTask(key, shop.wait('pick'), at(10));
      return taskId;
    },
    async claimed(orderId: OrderId): Promise<WarehouseTaskId> {
      const taskId = await this.pickOf(orderId);
      await shop.warehouse.claim(taskId, worker, at(11));
      return taskId;
    },
    async packed(wishes: Wishes): Promise<OrderId> {
      const orderId = await shop.confirmed(wishes);
      const taskId = await this.claimed(orderId);
      const picked = wishes.map(([sku, quantity]) => ({ sku, quantity }));
      await shop.warehouse.complete(taskId, worker, picked, at(12));
      return orderId;
    },
    async captured(wishes: Wishes): Promise<OrderId> {
      const orderId = await this.packed(wishes);
      const amount = wishes.reduce((sum, [, quantity]) => sum + quantity * 1000, 390);
      await shop.payments.recordCapture({ ...shop.order(orderId), amount }, at(13));
      return orderId;
    },
    /** A parcel on its way back, with the task that takes it in. */
    async returning(wishes: Wishes) {
      const orderId = await this.captured(wishes);
      await shop.deliveries.recordHandover(orderId, at(14));
      const key = { orderId, step: 'return', round: 1 } as const;
      const { taskId } = await stores.undelivered.openReturn(key, shop.wait('return'), at(15));
      return { orderId, taskId };
    },
    /** Keeps what Stripe would send about money and applies it. */
    async told(
      orderId: OrderId,
      type: string,
      object: Readonly<Record<string, unknown>>,
      now: Date,
      created = 0,
    ) {
      const webhook = keptWebhookSchema.parse({
        eventId: `evt_${randomUUID().replaceAll('-', '')}`,
        type,
        created,
        object: {
          ...{ status: null, amountCapturable: null, amountReceived: null, orderId: null },
          ...{ generation: null, failureCode: null, paymentIntentId: intentOf(orderId) },
          ...object,
        },
      });
      await shop.inbox.keep(webhook, now);
      return shop.inbox.apply(webhook, meaningOf(webhook), now);
    },
  };
}

export type Ways = ReturnType<typeof createWays>;
