import * as z from 'zod';
import { waitSteps } from '../../domain/orders/steps.ts';
import { step } from '../shared/step.ts';
import { type Dependencies, dependencies } from './dependencies.ts';

export const openReturn = step({
  name: 'open-return',
  input: waitSteps['open-return'].input,
  output: z.void(),
  run: async ({ orders, nudge }: Dependencies, { orderId, round, wait }, now) => {
    const key = { orderId, step: 'return', round } as const;
    const { ready } = await orders.openReturn(key, wait, now);
    await Promise.all([nudge.outbox(), ...(ready ? [nudge.mailbox()] : [])]);
  },
});

export const handler = openReturn(dependencies);
