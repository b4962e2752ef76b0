import { metricNames } from '../../domain/shared/metrics.ts';
import type { JobTime } from '../shared/job.ts';
import { reserve } from '../shared/lease.ts';
import { logger, MetricUnit, metrics } from '../shared/telemetry.ts';
import type { Dependencies } from './dependencies.ts';

const pageSize = 200;

/**
 * Every minute: tells of each finding once, whoever kept it, and how many wait for how long. The metrics are out
 * before the rows are marked, so that a crash in between tells twice and never not at all.
 */
export async function tellFindings(
  { findings }: Dependencies,
  { now, remaining }: JobTime,
): Promise<void> {
  let unheard = 0;
  do {
    const told = await findings.findingsToTell(pageSize, now);
    unheard = told.unheard.length;
    for (const { findingId, kind, orderId } of told.unheard) {
      logger.error('finding', { findingId, kind, ...(orderId === null ? {} : { orderId }) });
    }
    metrics.addMetric(metricNames.findingRecorded, MetricUnit.Count, unheard);
    metrics.addMetric(metricNames.findingsOpen, MetricUnit.Count, told.open);
    metrics.addMetric(metricNames.findingsOldestAge, MetricUnit.Seconds, told.oldestAge);
    metrics.publishStoredMetrics();
    if (unheard > 0) {
      await findings.markHeard(
        told.unheard.map(({ findingId }) => findingId),
        now,
      );
    }
  } while (unheard === pageSize && remaining() > reserve);
}
