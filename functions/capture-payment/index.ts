import { paymentSteps } from '../../domain/orders/steps.ts';
import { step } from '../shared/step.ts';
import { type Dependencies, dependencies } from './dependencies.ts';

export const capturePayment = step({
  name: 'capture-payment',
  ...paymentSteps['capture-payment'],
  run: async ({ provider }: Dependencies, { orderId, generation, paymentIntentId, amount }) => {
    const captured = await provider.capture(paymentIntentId, { orderId, generation }, amount);
    return { outcome: 'captured' as const, amount: captured.amount };
  },
});

export const handler = capturePayment(dependencies);
