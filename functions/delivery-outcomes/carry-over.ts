import type { Delivery } from '../../domain/delivery/delivery.ts';
import type { DeliveryOutcome } from '../../domain/orders/steps.ts';
import { logger } from '../shared/telemetry.ts';
import type { Dependencies } from './dependencies.ts';

/** What a change of a delivery means to its order. Every way is safe to go twice. */
export async function carryOver(
  { orders, nudge }: Omit<Dependencies, 'read'>,
  delivery: Delivery,
  now: Date,
): Promise<void> {
  const { orderId, attempt, status } = delivery;
  if (status === 'ready') return;
  if (status === 'accepted') {
    await orders.recordHandover(orderId, now);
    await nudge.outbox();
    return;
  }
  const result = await orders.recordOutcome(orderId, attempt, outcomeOf(status, delivery), now);
  // Too late, the store has kept a finding: what became of the parcel came after the order was settled otherwise.
  if (result === 'late') logger.error('delivery outcome after settlement', { attempt, status });
  else await nudge.mailbox();
}

function outcomeOf(
  status: Exclude<Delivery['status'], 'ready' | 'accepted'>,
  { reason }: Delivery,
): DeliveryOutcome {
  return status === 'failed' ? { outcome: status, reason: reason ?? 'other' } : { outcome: status };
}
