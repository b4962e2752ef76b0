import * as z from 'zod';
import type { FindingStore } from '../../domain/orders/ports.ts';
import { call, json } from './call.ts';
import type { Sql } from './client.ts';

/** The same finding stands open once, however often it is recorded. */
export function createFindingStore(sql: Sql): FindingStore {
  return {
    recordFinding: async ({ orderId, generation, ...detail }, now) => {
      await call(
        z.literal(true),
        () => sql`select kassa.record_finding('step_failed', ${orderId}, ${generation},
          ${json(detail)}::text::jsonb, ${now}) as result`,
      );
    },
  };
}
