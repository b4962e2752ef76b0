import * as z from 'zod';
import { waitSteps } from '../../domain/orders/steps.ts';
import { PermanentFault } from '../../domain/shared/errors.ts';
import { step } from '../shared/step.ts';
import { type Dependencies, dependencies } from './dependencies.ts';
import { newDelivery } from './open.ts';
import { withdrawIfCancelled } from './withdraw.ts';

export const openDelivery = step({
  name: 'open-delivery',
  input: waitSteps['open-delivery'].input,
  output: z.void(),
  run: async (dependencies: Dependencies, input, now) => {
    const { orders, deliveries, mailbox, nudge } = dependencies;
    const address = await orders.addressOf(input.orderId);
    if (address === undefined) {
      throw new PermanentFault('order_unknown', 'no order of this id has an address');
    }
    const delivery = newDelivery(input, address, now);
    await deliveries.open(delivery);
    await withdrawIfCancelled(dependencies, delivery, now);
    const key = { orderId: input.orderId, step: 'delivery', round: input.attempt } as const;
    const { ready } = await mailbox.registerToken(key, input.wait, now);
    if (ready) await nudge.mailbox();
  },
});

export const handler = openDelivery(dependencies);
