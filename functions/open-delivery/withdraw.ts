import type { Delivery } from '../../domain/delivery/delivery.ts';
import type { Dependencies } from './dependencies.ts';

/**
 * A cancellation that came before there was a parcel to withdraw left its wish with the order. It is asked for only
 * after the parcel was put out: who cancels later than that finds the parcel. Where a courier was faster than this,
 * the parcel is on its way and the wish is void.
 */
export async function withdrawIfCancelled(
  { cancelRequests, deliveries }: Pick<Dependencies, 'cancelRequests' | 'deliveries'>,
  { orderId, deliveryId }: Delivery,
  now: Date,
): Promise<void> {
  if (!(await cancelRequests.isCancelRequested(orderId))) return;
  const { outcome } = await deliveries.withdraw(deliveryId, now);
  if (outcome === 'too_late') await cancelRequests.clearCancelRequest(orderId, now);
}
