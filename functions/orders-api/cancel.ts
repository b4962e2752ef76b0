import { orderOperations } from '../../domain/api/orders.ts';
import type { Route } from '../shared/http/api.ts';
import { readOptionalBody } from '../shared/http/body.ts';
import { HttpProblem } from '../shared/http/problems.ts';
import type { Dependencies } from './dependencies.ts';
import { findOrder } from './orders.ts';

/** `POST /orders/{orderId}/cancel`: whether it is still in time is decided by the store's conditional write. */
export const cancelOrder: Route<Dependencies> = async (dependencies, request, { now }) => {
  const { order, caller } = await findOrder(dependencies, request);
  const { reason } = readOptionalBody(request, orderOperations.cancel.body);
  const role = order.customerId === caller.subject ? 'customer' : 'operations';
  const by = { subject: caller.subject, role, reason } as const;
  const result = await dependencies.cancels.cancelOrder(order.orderId, by, now);
  if (result.outcome === 'not_found') throw new HttpProblem('not-found');
  if (result.outcome === 'too_late') {
    throw new HttpProblem('too-late-to-cancel', { extensions: { orderStatus: result.status } });
  }
  await Promise.all([dependencies.nudge.outbox(), dependencies.nudge.mailbox()]);
  return { status: 200, body: { orderId: order.orderId, status: 'cancelled' } };
};
