import { orderSteps } from '../../domain/orders/steps.ts';
import { step } from '../shared/step.ts';
import { type Dependencies, dependencies } from './dependencies.ts';

export const confirmOrder = step({
  name: 'confirm-order',
  ...orderSteps['confirm-order'],
  run: async ({ payments, nudge }: Dependencies, order, now) => {
    const result = await payments.confirmOrder(order, now);
    if (result.outcome === 'confirmed') await nudge.outbox();
    return result;
  },
});

export const handler = confirmOrder(dependencies);
