import { paymentSteps } from '../../domain/orders/steps.ts';
import { step } from '../shared/step.ts';
import { logger } from '../shared/telemetry.ts';
import { type Dependencies, dependencies } from './dependencies.ts';

export const recordRefund = step({
  name: 'record-refund',
  ...paymentSteps['record-refund'],
  run: async ({ refunds, nudge }: Dependencies, refund, now) => {
    const result = await refunds.recordRefund(refund, now);
    if (result.status === 'failed') {
      logger.error('refund failed', { refundId: refund.refundId, reason: refund.failureReason });
    }
    await nudge.outbox();
    return result;
  },
});

export const handler = recordRefund(dependencies);
