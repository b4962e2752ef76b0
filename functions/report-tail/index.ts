import { expirySteps } from '../../domain/orders/steps.ts';
import { metricNames } from '../../domain/shared/metrics.ts';
import { step } from '../shared/step.ts';
import { MetricUnit, metrics } from '../shared/telemetry.ts';

/** Publishes what an expiry run found and did. It needs nothing but its own log: metrics go out in EMF. */
export const reportTail = step({
  name: 'report-tail',
  ...expirySteps['report-tail'],
  run: async (_: object, { size, oldestAge, expired }) => {
    metrics.addMetric(metricNames.expiryTailSize, MetricUnit.Count, size);
    metrics.addMetric(metricNames.expiryOldestAge, MetricUnit.Seconds, oldestAge);
    metrics.addMetric(metricNames.ordersExpired, MetricUnit.Count, expired);
    return {};
  },
});

export const handler = reportTail(() => ({}));
