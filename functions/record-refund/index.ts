import { paymentSteps } from '../../domain/orders/steps.ts';
import { metricNames } from '../../domain/shared/metrics.ts';
import { step } from '../shared/step.ts';
import { logger, MetricUnit, metrics } from '../shared/telemetry.ts';
import { type Dependencies, dependencies } from './dependencies.ts';

export const recordRefund = step({
  name: 'record-refund',
  ...paymentSteps['record-refund'],
  run: async ({ refunds, nudge }: Dependencies, refund, now) => {
    const result = await refunds.recordRefund(refund, now);
    if (result.status === 'failed') {
      logger.error('refund failed', { refundId: refund.refundId, reason: refund.failureReason });
      metrics.addMetric(metricNames.findingRecorded, MetricUnit.Count, 1);
    }
    await nudge.outbox();
    return result;
  },
});

export const handler = recordRefund(dependencies);
