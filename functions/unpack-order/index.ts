import { orderSteps } from '../../domain/orders/steps.ts';
import { step } from '../shared/step.ts';
import { type Dependencies, dependencies } from './dependencies.ts';

export const unpackOrder = step({
  name: 'unpack-order',
  ...orderSteps['unpack-order'],
  run: async ({ orders, nudge }: Dependencies, order, now) => {
    const result = await orders.unpackOrder(order, now);
    await nudge.outbox();
    return result;
  },
});

export const handler = unpackOrder(dependencies);
