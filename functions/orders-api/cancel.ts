import { orderOperations } from '../../domain/api/orders.ts';
import { deliveryIdSchema } from '../../domain/delivery/delivery.ts';
import type { OrderId } from '../../domain/shared/ids.ts';
import type { Route } from '../shared/http/api.ts';
import { readOptionalBody } from '../shared/http/body.ts';
import { HttpProblem } from '../shared/http/problems.ts';
import type { Dependencies } from './dependencies.ts';
import { findOrder } from './orders.ts';

type By = Parameters<Dependencies['cancels']['cancelOrder']>[1];

/**
 * `POST /orders/{orderId}/cancel`: whether it is still in time is decided by a conditional write, before packing on
 * the order, after it on the parcel.
 */
export const cancelOrder: Route<Dependencies> = async (dependencies, request, { now }) => {
  const { order, caller } = await findOrder(dependencies, request, orderOperations.cancel);
  const { orderId } = order;
  const { reason } = readOptionalBody(request, orderOperations.cancel.body);
  const role = order.customerId === caller.subject ? 'customer' : 'operations';
  const by: By = { subject: caller.subject, role, reason };
  const result = await dependencies.cancels.cancelOrder(orderId, by, now);
  if (result.outcome === 'not_found') throw new HttpProblem('not-found');
  if (result.outcome === 'too_late') {
    if (result.status !== 'packed') throw tooLate(result.status);
    return cancelPacked(dependencies, orderId, by, now);
  }
  await Promise.all([dependencies.nudge.outbox(), dependencies.nudge.mailbox()]);
  return { status: 200, body: { orderId, status: 'cancelled' } };
};

/**
 * The wish is written before the parcel is looked at, and the machine looks at the wish after it has put the parcel
 * out: whichever comes second withdraws it. The machine then restocks and refunds.
 */
async function cancelPacked(dependencies: Dependencies, orderId: OrderId, by: By, now: Date) {
  const wish = await dependencies.cancelRequests.requestCancel(orderId, by, now);
  switch (wish.outcome) {
    case 'not_found':
      throw new HttpProblem('not-found');
    case 'too_late':
      throw tooLate(wish.status);
    case 'cancelled':
      return { status: 200, body: { orderId, status: 'cancelled' } };
    case 'requested': {
      // A packed order has had no courier yet, so the parcel in question is the first attempt's.
      const first = deliveryIdSchema.parse(`${orderId}.1`);
      const parcel = await dependencies.deliveries.withdraw(first, now);
      if (parcel.outcome === 'too_late') {
        await dependencies.cancelRequests.clearCancelRequest(orderId, now);
        throw tooLate('out_for_delivery');
      }
      return { status: 202, body: { orderId, status: 'cancelling' } };
    }
  }
}

function tooLate(orderStatus: string): HttpProblem {
  return new HttpProblem('too-late-to-cancel', { extensions: { orderStatus } });
}
