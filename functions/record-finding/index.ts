import { orderSteps } from '../../domain/orders/steps.ts';
import { metricNames } from '../../domain/shared/metrics.ts';
import { step } from '../shared/step.ts';
import { logger, MetricUnit, metrics } from '../shared/telemetry.ts';
import { type Dependencies, dependencies } from './dependencies.ts';

export const recordFinding = step({
  name: 'record-finding',
  ...orderSteps['record-finding'],
  run: async ({ findings }: Dependencies, finding, now) => {
    await findings.recordFinding(finding, now);
    const { machine, state, error } = finding;
    logger.error('finding recorded', { machine, state, errorName: error });
    metrics.addMetric(metricNames.findingRecorded, MetricUnit.Count, 1);
    return { outcome: 'recorded' as const };
  },
});

export const handler = recordFinding(dependencies);
