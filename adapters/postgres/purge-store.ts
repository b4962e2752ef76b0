import * as z from 'zod';
import type { PurgeStore } from '../../domain/shared/retention.ts';
import { call } from './call.ts';
import type { Sql } from './client.ts';

const purgedSchema = z.strictObject({ deleted: z.int().min(0), more: z.boolean() });

export function createPurgeStore(sql: Sql): PurgeStore {
  return {
    purge: (what, before, limit) =>
      call(purgedSchema, () => {
        switch (what) {
          case 'events':
          case 'executions':
            return sql`select kassa.purge_outbox(${what}, ${before}, ${limit}) as result`;
          case 'webhooks':
            return sql`select kassa.purge_webhooks(${before}, ${limit}) as result`;
          case 'outcomes':
            return sql`select kassa.purge_outcomes(${before}, ${limit}) as result`;
          case 'checkoutKeys':
            return sql`select kassa.purge_checkout_keys(${before}, ${limit}) as result`;
          default:
            return what satisfies never;
        }
      }),
  };
}
