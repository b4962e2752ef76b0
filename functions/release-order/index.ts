import { orderSteps } from '../../domain/orders/steps.ts';
import { step } from '../shared/step.ts';
import { type Dependencies, dependencies } from './dependencies.ts';

export const releaseOrder = step({
  name: 'release-order',
  ...orderSteps['release-order'],
  run: async ({ checkout, nudge }: Dependencies, command, now) => {
    const result = await checkout.releaseOrder(command, now);
    if (result.outcome === 'released') await nudge.outbox();
    return result;
  },
});

export const handler = releaseOrder(dependencies);
