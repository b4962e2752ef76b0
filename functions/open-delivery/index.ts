import { z } from 'zod';
import { waitSteps } from '../../domain/orders/steps.ts';
import { PermanentFault } from '../../domain/shared/errors.ts';
import { step } from '../shared/step.ts';
import { type Dependencies, dependencies } from './dependencies.ts';
import { newDelivery } from './open.ts';

export const openDelivery = step({
  name: 'open-delivery',
  input: waitSteps['open-delivery'].input,
  output: z.void(),
  run: async ({ orders, deliveries, mailbox, nudge }: Dependencies, input, now) => {
    const address = await orders.addressOf(input.orderId);
    if (address === undefined) {
      throw new PermanentFault('order_unknown', 'no order of this id has an address');
    }
    await deliveries.open(newDelivery(input, address, now));
    const key = { orderId: input.orderId, step: 'delivery', round: input.attempt } as const;
    const { ready } = await mailbox.registerToken(key, input.wait, now);
    if (ready) await nudge.mailbox();
  },
});

export const handler = openDelivery(dependencies);
