import { warehouseOperations } from '../../domain/api/warehouse.ts';
import { orderIdSchema } from '../../domain/shared/ids.ts';
import type { Route } from '../shared/http/api.ts';
import { readBody } from '../shared/http/body.ts';
import { requireGroup } from '../shared/http/caller.ts';
import { HttpProblem } from '../shared/http/problems.ts';
import { readPathId } from '../shared/http/schema.ts';
import type { Dependencies } from './dependencies.ts';

/** The warehouse cancels somebody else's order, so it says why. */
export const cancelOrder: Route<Dependencies> = async (dependencies, request, { now }) => {
  const { subject } = requireGroup(request, 'warehouse');
  const orderId = readPathId(request, 'orderId', orderIdSchema);
  const { reason } = readBody(request, warehouseOperations.cancel.body);
  const by = { subject, role: 'warehouse', reason } as const;
  const result = await dependencies.cancels.cancelOrder(orderId, by, now);
  if (result.outcome === 'not_found') throw new HttpProblem('not-found');
  if (result.outcome === 'too_late') {
    throw new HttpProblem('too-late-to-cancel', { extensions: { orderStatus: result.status } });
  }
  await Promise.all([dependencies.nudge.outbox(), dependencies.nudge.mailbox()]);
  return { status: 200, body: { orderId, status: 'cancelled' } };
};
