import * as z from 'zod';
import { waitSteps } from '../../domain/orders/steps.ts';
import { step } from '../shared/step.ts';
import { type Dependencies, dependencies } from './dependencies.ts';

export const awaitPayment = step({
  name: 'await-payment',
  input: waitSteps['await-payment'].input,
  output: z.void(),
  run: async ({ mailbox, nudge }: Dependencies, { orderId, generation, wait }, now) => {
    const key = { orderId, step: 'payment', round: generation } as const;
    const { ready } = await mailbox.registerToken(key, wait, now);
    if (ready) await nudge.mailbox();
  },
});

export const handler = awaitPayment(dependencies);
