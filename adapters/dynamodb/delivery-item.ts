import * as z from 'zod';
import { type Delivery, deliverySchema } from '../../domain/delivery/delivery.ts';
import { deliveryKeys, readyShard } from '../../domain/delivery/table.ts';
import { PermanentFault } from '../../domain/shared/errors.ts';

/** The delivery among its item's attributes; the keys are ours to make, so they are not read back. */
const itemSchema = z
  .object({
    pk: z.string(),
    sk: z.literal(deliveryKeys.sort),
    workPk: z.string().optional(),
    workSk: z.string().optional(),
  })
  .loose()
  .transform(({ pk: _pk, sk: _sk, workPk: _workPk, workSk: _workSk, ...delivery }) => delivery)
  .pipe(deliverySchema);

/**
 * @throws PermanentFault `delivery_malformed`
 */
export function readDeliveryItem(item: unknown): Delivery {
  const parsed = itemSchema.safeParse(item);
  if (parsed.success) return parsed.data;
  const places = parsed.error.issues.map((issue) => issue.path.join('.'));
  throw new PermanentFault('delivery_malformed', places.slice(0, 10).join(', '));
}

export function newDeliveryItem(delivery: Delivery): Record<string, unknown> {
  return {
    ...delivery,
    ...deliveryKey(delivery.deliveryId),
    workPk: deliveryKeys.ready(readyShard(delivery.orderId)),
    workSk: deliveryKeys.work(delivery.openedAt, delivery.deliveryId),
  };
}

export function deliveryKey(deliveryId: string): { readonly pk: string; readonly sk: string } {
  return { pk: deliveryKeys.partition(deliveryId), sk: deliveryKeys.sort };
}
