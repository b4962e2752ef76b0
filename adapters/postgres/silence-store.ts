import * as z from 'zod';
import type { SilenceStore } from '../../domain/payments/ports.ts';
import { generationSchema, orderIdSchema, paymentIntentIdSchema } from '../../domain/shared/ids.ts';
import { call, json } from './call.ts';
import type { Sql } from './client.ts';

const intentsSchema = z.array(
  z.strictObject({
    orderId: orderIdSchema,
    generation: generationSchema,
    paymentIntentId: paymentIntentIdSchema,
  }),
);

export function createSilenceStore(sql: Sql): SilenceStore {
  return {
    overdueIntents: (now, limit) =>
      call(intentsSchema, () => sql`select kassa.overdue_intents(${now}, ${limit}) as result`),
    recordUnpaid: async (orders, now) => {
      const refs = orders.map(({ orderId, generation }) => ({ orderId, generation }));
      await call(
        z.literal(true),
        () => sql`select kassa.record_unpaid(${json(refs)}::text::jsonb, ${now}) as result`,
      );
    },
  };
}
