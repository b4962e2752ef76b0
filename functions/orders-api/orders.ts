import { permits } from '../../domain/access/scopes.ts';
import type { Operation } from '../../domain/api/operation.ts';
import { orderOperations } from '../../domain/api/orders.ts';
import type { OrderView } from '../../domain/orders/ports.ts';
import { orderIdSchema } from '../../domain/shared/ids.ts';
import type { Route } from '../shared/http/api.ts';
import { type Caller, requireAccess } from '../shared/http/caller.ts';
import { HttpProblem } from '../shared/http/problems.ts';
import type { ApiRequest } from '../shared/http/request.ts';
import { readPathId, readQuery } from '../shared/http/schema.ts';
import { orderBody } from '../shared/order-body.ts';
import type { Dependencies } from './dependencies.ts';

/** `GET /orders/{orderId}`: for its owner and for operations; the client secret for an owner who may check out. */
export const getOrder: Route<Dependencies> = async (dependencies, request) => {
  const { order, caller } = await findOrder(dependencies, request, orderOperations.get);
  const payable =
    order.customerId === caller.subject &&
    order.status === 'awaiting_payment' &&
    permits(caller, orderOperations.checkout);
  return {
    status: 200,
    body: {
      ...orderBody(order),
      ...(payable && order.clientSecret !== null ? { clientSecret: order.clientSecret } : {}),
    },
  };
};

/** `GET /orders`: the caller's own, newest first. `next` is what to send as `before` for the page after. */
export const listOrders: Route<Dependencies> = async (dependencies, request) => {
  const { subject } = requireAccess(request, orderOperations.list);
  const { limit, before } = readQuery(request, orderOperations.list.query);
  const page = before === undefined ? { limit } : { limit, before };
  const orders = await dependencies.orders.ordersOf(subject, page);
  const last = orders.at(-1);
  return {
    status: 200,
    body: {
      orders: orders.map(orderBody),
      ...(last !== undefined && orders.length === limit ? { next: last.orderId } : {}),
    },
  };
};

/** `GET /orders/{orderId}/timeline`: from the projection, so it may be a moment behind the order. */
export const getTimeline: Route<Dependencies> = async (dependencies, request) => {
  const { order } = await findOrder(dependencies, request, orderOperations.timeline);
  const entries = await dependencies.timeline.timelineOf(order.orderId);
  return { status: 200, body: { orderId: order.orderId, entries } };
};

/**
 * The order that the path names, if the caller may see it. Somebody else's is not found, so that nobody learns
 * which ids exist.
 * @throws HttpProblem `not-found`
 */
export async function findOrder(
  dependencies: Pick<Dependencies, 'orders'>,
  request: ApiRequest,
  operation: Operation,
): Promise<{ readonly order: OrderView; readonly caller: Caller }> {
  const caller = requireAccess(request, operation);
  const order = await dependencies.orders.orderOf(readPathId(request, 'orderId', orderIdSchema));
  const maySee =
    order?.customerId === caller.subject || caller.groups.some((group) => group === 'operations');
  if (order === undefined || !maySee) throw new HttpProblem('not-found');
  return { order, caller };
}
