import { expirySteps } from '../../domain/orders/steps.ts';
import { step } from '../shared/step.ts';
import { type Dependencies, dependencies } from './dependencies.ts';

/** Far below what Step Functions lets an account start in a minute. */
const startsPerRun = 500;

export const restartExecutions = step({
  name: 'restart-executions',
  ...expirySteps['restart-executions'],
  run: async ({ expiry, nudge }: Dependencies, _, now) => {
    const result = await expiry.restartExecutions(now, startsPerRun);
    if (result.payments + result.settlements > 0) await nudge.outbox();
    return result;
  },
});

export const handler = restartExecutions(dependencies);
