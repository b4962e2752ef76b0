import * as z from 'zod';
import { type OrderEvent, orderEventSchema, orderStateSchema } from '../../domain/orders/events.ts';
import { InvalidInputFault } from '../../domain/shared/errors.ts';

const recordSchema = z.object({ body: z.string() });
/** A member that a later deployment added is left alone. */
const readableSchema = z.object({
  ...orderEventSchema.shape,
  state: z.object(orderStateSchema.shape),
});
const envelopeSchema = z.object({ detail: readableSchema });

/**
 * The order event in a queue's message, as EventBridge put it there.
 * @throws InvalidInputFault `invalid_event`
 */
export function readOrderEvent(record: unknown): OrderEvent {
  const { body } = recordSchema.parse(record);
  const parsed = envelopeSchema.safeParse(parseJson(body));
  if (parsed.success) return parsed.data.detail;
  const places = parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.code}`);
  throw new InvalidInputFault('invalid_event', places.slice(0, 10).join(', '));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
