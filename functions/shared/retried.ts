import { metricNames } from '../../domain/shared/metrics.ts';
import { stuckAfter } from './backoff.ts';
import { MetricUnit, metrics } from './telemetry.ts';

/**
 * Counts rows that are put back to be tried again, and those of them that will hardly go by themselves: the run they
 * are put back by ends well, so nothing else tells of them.
 */
export function countRetried(
  metric: (typeof metricNames)['outboxRetried' | 'mailboxRetried' | 'inboxRetried'],
  rows: readonly { readonly attempts: number }[],
): void {
  if (rows.length > 0) metrics.addMetric(metric, MetricUnit.Count, rows.length);
  const stuck = rows.filter(({ attempts }) => attempts >= stuckAfter).length;
  if (stuck > 0) metrics.addMetric(metricNames.rowsStuck, MetricUnit.Count, stuck);
}
