import { z } from 'zod';
import { paymentStatusSchema } from '../payments/status.ts';
import type { OrderId } from '../shared/ids.ts';
import { type OrderEvent, orderEventTypeSchema } from './events.ts';
import { orderStatusSchema } from './status.ts';

/** A line of the timeline as the projection holds it: what happened, and what the order was after it. */
export const timelineItemSchema = z.object({
  entry: z.strictObject({
    sequence: z.int().min(1),
    type: orderEventTypeSchema,
    at: z.iso.datetime(),
    status: orderStatusSchema,
    paymentStatus: paymentStatusSchema,
  }),
});
export type TimelineItem = z.infer<typeof timelineItemSchema>['entry'];

/** The projection of order events by order and sequence. Throws TransientFault where it cannot be reached. */
export interface TimelineStore {
  /** One line an event; a second delivery of the same sequence changes nothing. */
  keep(event: OrderEvent): Promise<'kept' | 'duplicate'>;
  /** In the order things happened; at most `limit`. */
  entriesOf(orderId: OrderId, limit: number): Promise<readonly TimelineItem[]>;
}
