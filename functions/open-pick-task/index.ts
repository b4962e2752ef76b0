import * as z from 'zod';
import { waitSteps } from '../../domain/orders/steps.ts';
import { step } from '../shared/step.ts';
import { type Dependencies, dependencies } from './dependencies.ts';

export const openPickTask = step({
  name: 'open-pick-task',
  input: waitSteps['open-pick-task'].input,
  output: z.void(),
  run: async ({ warehouse, nudge }: Dependencies, { orderId, round, wait }, now) => {
    const key = { orderId, step: 'pick', round } as const;
    const { ready } = await warehouse.openPickTask(key, wait, now);
    if (ready) await nudge.mailbox();
  },
});

export const handler = openPickTask(dependencies);
