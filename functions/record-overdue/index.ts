import { orderSteps } from '../../domain/orders/steps.ts';
import { step } from '../shared/step.ts';
import { logger } from '../shared/telemetry.ts';
import { type Dependencies, dependencies } from './dependencies.ts';

export const recordOverdue = step({
  name: 'record-overdue',
  ...orderSteps['record-overdue'],
  run: async ({ orders }: Dependencies, overdue, now) => {
    const result = await orders.recordOverdue(overdue, now);
    if (result.outcome === 'recorded') {
      logger.warn('wait overdue', { wait: overdue.wait, round: overdue.round });
    }
    return result;
  },
});

export const handler = recordOverdue(dependencies);
