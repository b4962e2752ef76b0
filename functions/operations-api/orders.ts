import type * as z from 'zod';
import { operationsOperations } from '../../domain/api/operations.ts';
import type { OrderSearch, OrderView } from '../../domain/orders/ports.ts';
import { orderIdSchema } from '../../domain/shared/ids.ts';
import type { Route } from '../shared/http/api.ts';
import { requireGroup } from '../shared/http/caller.ts';
import { HttpProblem } from '../shared/http/problems.ts';
import { readPathId, readQuery } from '../shared/http/schema.ts';
import { orderBody } from '../shared/order-body.ts';
import type { Dependencies } from './dependencies.ts';
import { refundBody } from './refunds.ts';

/** Far more findings than one order has. */
const mostFindings = 100;

/** `GET /operations/orders`: by exactly one of its search parameters. `next` is the `before` of the page after. */
export const findOrders: Route<Dependencies> = async (dependencies, request) => {
  requireGroup(request, 'operations');
  const query = readQuery(request, operationsOperations.search.query);
  const { limit, before } = query;
  const orders = await dependencies.operations.findOrders(
    searchOf(query),
    before === undefined ? { limit } : { limit, before },
  );
  const last = orders.at(-1);
  return {
    status: 200,
    body: {
      orders: orders.map(foundOrder),
      ...(last !== undefined && orders.length === limit ? { next: last.orderId } : {}),
    },
  };
};

/** `GET /operations/orders/{orderId}`: what happened, what was paid back, and what somebody must look at. */
export const inspectOrder: Route<Dependencies> = async (dependencies, request) => {
  requireGroup(request, 'operations');
  const orderId = readPathId(request, 'orderId', orderIdSchema);
  const order = await dependencies.orders.orderOf(orderId);
  if (order === undefined) throw new HttpProblem('not-found');
  const { operations, refunds, timeline } = dependencies;
  const [entries, paidBack, findings] = await Promise.all([
    timeline.timelineOf(orderId),
    refunds.refundsOf(orderId),
    operations.findings({ open: false, orderId, limit: mostFindings }),
  ]);
  return {
    status: 200,
    body: {
      order: foundOrder(order),
      timeline: entries,
      refunds: paidBack.map(refundBody),
      findings,
    },
  };
};

function searchOf(query: z.infer<typeof operationsOperations.search.query>): OrderSearch {
  const { orderId, paymentIntentId, sku, customerId } = query;
  const wishes: readonly OrderSearch[] = [
    ...(orderId === undefined ? [] : [{ orderId }]),
    ...(paymentIntentId === undefined ? [] : [{ paymentIntentId }]),
    ...(sku === undefined ? [] : [{ sku }]),
    ...(customerId === undefined ? [] : [{ customerId }]),
  ];
  const [search, ...more] = wishes;
  if (search !== undefined && more.length === 0) return search;
  throw new HttpProblem('invalid-request', {
    errors: [
      {
        pointer: '?',
        message: 'must name exactly one of orderId, paymentIntentId, sku, customerId',
      },
    ],
  });
}

function foundOrder(order: OrderView) {
  return { ...orderBody(order), customerId: order.customerId };
}
