import { orderSteps } from '../../domain/orders/steps.ts';
import { metricNames } from '../../domain/shared/metrics.ts';
import { step } from '../shared/step.ts';
import { logger, MetricUnit, metrics } from '../shared/telemetry.ts';
import { codeOf } from './code.ts';
import { type Dependencies, dependencies } from './dependencies.ts';

export const recordFinding = step({
  name: 'record-finding',
  ...orderSteps['record-finding'],
  run: async ({ findings }: Dependencies, { cause, ...finding }, now) => {
    const code = codeOf(cause);
    await findings.recordFinding(code === undefined ? finding : { ...finding, code }, now);
    const { machine, state, error } = finding;
    logger.error('finding recorded', { machine, state, errorName: error, errorCode: code });
    metrics.addMetric(metricNames.findingRecorded, MetricUnit.Count, 1);
    return { outcome: 'recorded' as const };
  },
});

export const handler = recordFinding(dependencies);
