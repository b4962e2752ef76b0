import { paymentSteps } from '../../domain/orders/steps.ts';
import { step } from '../shared/step.ts';
import { type Dependencies, dependencies } from './dependencies.ts';

export const recordCapture = step({
  name: 'record-capture',
  ...paymentSteps['record-capture'],
  run: async ({ payments, nudge }: Dependencies, order, now) => {
    const result = await payments.recordCapture(order, now);
    await nudge.outbox();
    return result;
  },
});

export const handler = recordCapture(dependencies);
