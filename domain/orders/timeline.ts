import * as z from 'zod';
import { paymentStatusSchema } from '../payments/status.ts';
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

/** Writes the projection that `TimelineReader` reads. Throws TransientFault where it cannot be reached. */
export interface TimelineWriter {
  /**
   * One line an event; a second delivery of the same sequence writes the same line again. Answers of each event
   * whether it is kept now.
   */
  keepAll(events: readonly OrderEvent[]): Promise<readonly boolean[]>;
}
