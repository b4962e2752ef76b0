import { expirySteps } from '../../domain/orders/steps.ts';
import type { WatcherStore } from '../../domain/payments/ports.ts';
import { call } from './call.ts';
import type { Sql } from './client.ts';

export function createWatcherStore(sql: Sql): WatcherStore {
  return {
    watchAuthorisations: (now, limit) =>
      call(
        expirySteps['watch-authorisations'].output,
        () => sql`select kassa.watch_authorisations(${now}, ${limit}) as result`,
      ),
  };
}
