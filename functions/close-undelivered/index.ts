import { orderSteps } from '../../domain/orders/steps.ts';
import { step } from '../shared/step.ts';
import { type Dependencies, dependencies } from './dependencies.ts';

export const closeUndelivered = step({
  name: 'close-undelivered',
  ...orderSteps['close-undelivered'],
  run: async ({ orders, nudge }: Dependencies, { result, ...order }, now) => {
    const closed = await orders.closeUndelivered(order, result, now);
    await nudge.outbox();
    return closed;
  },
});

export const handler = closeUndelivered(dependencies);
