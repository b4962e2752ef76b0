import { paymentSteps } from '../../domain/orders/steps.ts';
import { step } from '../shared/step.ts';
import { cancel } from './cancel.ts';
import { type Dependencies, dependencies } from './dependencies.ts';

export const cancelIntent = step({
  name: 'cancel-intent',
  ...paymentSteps['cancel-intent'],
  run: ({ provider }: Dependencies, input) => cancel(provider, input),
});

export const handler = cancelIntent(dependencies);
