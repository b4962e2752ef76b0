import * as z from 'zod';
import type { HeardStore } from '../../domain/orders/findings.ts';
import { orderIdSchema } from '../../domain/shared/ids.ts';
import { call, json } from './call.ts';
import type { Sql } from './client.ts';

const toTellSchema = z.strictObject({
  unheard: z.array(
    z.strictObject({
      findingId: z.string(),
      kind: z.string(),
      orderId: orderIdSchema.nullable(),
    }),
  ),
  open: z.int().min(0),
  oldestAge: z.int().min(0),
});

export function createHeardStore(sql: Sql): HeardStore {
  return {
    findingsToTell: (limit, now) =>
      call(toTellSchema, () => sql`select kassa.findings_to_tell(${limit}, ${now}) as result`),
    markHeard: async (findingIds, now) => {
      await call(
        z.literal(true),
        () => sql`select kassa.mark_heard(${json(findingIds)}::text::jsonb, ${now}) as result`,
      );
    },
  };
}
