import { orderSteps } from '../../domain/orders/steps.ts';
import { step } from '../shared/step.ts';
import { type Dependencies, dependencies } from './dependencies.ts';

export const placeOrder = step({
  name: 'place-order',
  ...orderSteps['place-order'],
  run: async ({ checkout, nudge, paymentWindow }: Dependencies, command, now) => {
    const expiresAt = new Date(now.getTime() + paymentWindow * 1000);
    const result = await checkout.placeOrder(command, now, expiresAt);
    if (result.outcome === 'placed') await nudge.outbox();
    return result;
  },
});

export const handler = placeOrder(dependencies);
