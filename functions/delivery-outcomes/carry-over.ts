import type { Delivery } from '../../domain/delivery/delivery.ts';
import type { Dependencies } from './dependencies.ts';

/** What a change of a delivery means to its order. Every way is safe to go twice. */
export async function carryOver(
  { orders, findings, nudge }: Omit<Dependencies, 'read'>,
  delivery: Delivery,
  now: Date,
): Promise<void> {
  const { orderId, generation, attempt, correlationId } = delivery;
  switch (delivery.status) {
    case 'ready':
      return;
    case 'accepted':
      await orders.recordHandover(orderId, now);
      await nudge.outbox();
      return;
    case 'delivered': {
      const result = await orders.recordOutcome(orderId, attempt, { outcome: 'delivered' }, now);
      if (result !== 'late') {
        await nudge.mailbox();
        return;
      }
      // The parcel arrived after the order was settled another way: somebody has to look at the money.
      await findings.recordFinding(
        {
          orderId,
          generation,
          correlationId,
          machine: 'fulfilment',
          state: `delivery ${attempt}`,
          error: 'delivered_after_settlement',
        },
        now,
      );
    }
  }
}
