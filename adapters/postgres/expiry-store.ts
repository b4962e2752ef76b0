import * as z from 'zod';
import type { ExpiryStore } from '../../domain/orders/ports.ts';
import { expirySteps } from '../../domain/orders/steps.ts';
import { call } from './call.ts';
import type { Sql } from './client.ts';

const tailSchema = z.strictObject({
  size: z.int().min(0),
  oldestAge: z.int().min(0),
  silent: z.boolean().optional(),
});

export function createExpiryStore(sql: Sql): ExpiryStore {
  return {
    measureTail: (now) => call(tailSchema, () => sql`select kassa.measure_tail(${now}) as result`),
    expireBatch: ({ lane, lanes, batchSize, onlyAsked }, now) =>
      call(
        expirySteps['expire-batch'].output,
        () => sql`select kassa.expire_batch(${lane}, ${lanes}, ${batchSize}, ${onlyAsked === true},
          ${now}) as result`,
      ),
    restartExecutions: (now, limit) =>
      call(
        expirySteps['restart-executions'].output,
        () => sql`select kassa.sweep_executions(${now}, ${limit}) as result`,
      ),
  };
}
