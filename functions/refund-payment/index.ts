import { paymentSteps } from '../../domain/orders/steps.ts';
import { step } from '../shared/step.ts';
import { type Dependencies, dependencies } from './dependencies.ts';

export const refundPayment = step({
  name: 'refund-payment',
  ...paymentSteps['refund-payment'],
  run: ({ provider }: Dependencies, { orderId, generation, refundId, paymentIntentId, amount }) =>
    provider.refund({ orderId, generation, refundId, paymentIntentId, amount }),
});

export const handler = refundPayment(dependencies);
