import { planExpiry } from '../../domain/orders/expiry.ts';
import { expirySteps } from '../../domain/orders/steps.ts';
import { step } from '../shared/step.ts';
import { type Dependencies, dependencies } from './dependencies.ts';

export const measureTail = step({
  name: 'measure-tail',
  ...expirySteps['measure-tail'],
  run: async ({ expiry }: Dependencies, _, now) => {
    const tail = await expiry.measureTail(now);
    const plan = planExpiry(tail);
    return { ...tail, lanes: [...plan.lanes], batchSize: plan.batchSize };
  },
});

export const handler = measureTail(dependencies);
