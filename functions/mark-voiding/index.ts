import { paymentSteps } from '../../domain/orders/steps.ts';
import { step } from '../shared/step.ts';
import { type Dependencies, dependencies } from './dependencies.ts';

export const markVoiding = step({
  name: 'mark-voiding',
  ...paymentSteps['mark-voiding'],
  run: ({ payments }: Dependencies, order, now) => payments.markVoiding(order, now),
});

export const handler = markVoiding(dependencies);
