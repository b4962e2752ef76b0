import type { Delivery } from '../../domain/delivery/delivery.ts';
import type { DeliveryOutcome } from '../../domain/orders/steps.ts';
import type { Dependencies } from './dependencies.ts';

/** What a change of a delivery means to its order. Every way is safe to go twice. */
export async function carryOver(
  { orders, findings, nudge }: Omit<Dependencies, 'read'>,
  delivery: Delivery,
  now: Date,
): Promise<void> {
  const { orderId, generation, attempt, correlationId, status } = delivery;
  if (status === 'ready') return;
  if (status === 'accepted') {
    await orders.recordHandover(orderId, now);
    await nudge.outbox();
    return;
  }
  const result = await orders.recordOutcome(orderId, attempt, outcomeOf(status, delivery), now);
  if (result !== 'late') {
    await nudge.mailbox();
    return;
  }
  // Nobody ever had the parcel, so nothing of it is anywhere else than the order says.
  if (status === 'withdrawn') return;
  // What became of the parcel came after the order was settled another way: somebody has to look at the money.
  await findings.recordFinding(
    {
      orderId,
      generation,
      correlationId,
      machine: 'fulfilment',
      state: `delivery ${attempt}`,
      error: `${status}_after_settlement`,
    },
    now,
  );
}

function outcomeOf(
  status: Exclude<Delivery['status'], 'ready' | 'accepted'>,
  { reason }: Delivery,
): DeliveryOutcome {
  return status === 'failed' ? { outcome: status, reason: reason ?? 'other' } : { outcome: status };
}
