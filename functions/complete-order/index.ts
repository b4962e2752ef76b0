import { orderSteps } from '../../domain/orders/steps.ts';
import { step } from '../shared/step.ts';
import { type Dependencies, dependencies } from './dependencies.ts';

export const completeOrder = step({
  name: 'complete-order',
  ...orderSteps['complete-order'],
  run: async ({ fulfilment, nudge }: Dependencies, order, now) => {
    const result = await fulfilment.completeOrder(order, now);
    await nudge.outbox();
    return result;
  },
});

export const handler = completeOrder(dependencies);
