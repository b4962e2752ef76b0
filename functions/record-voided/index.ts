import { paymentSteps } from '../../domain/orders/steps.ts';
import { step } from '../shared/step.ts';
import { type Dependencies, dependencies } from './dependencies.ts';

export const recordVoided = step({
  name: 'record-voided',
  ...paymentSteps['record-voided'],
  run: async ({ payments, nudge }: Dependencies, order, now) => {
    const result = await payments.recordVoided(order, now);
    await nudge.outbox();
    return result;
  },
});

export const handler = recordVoided(dependencies);
