import { paymentSteps } from '../../domain/orders/steps.ts';
import { step } from '../shared/step.ts';
import { type Dependencies, dependencies } from './dependencies.ts';

export const createIntent = step({
  name: 'create-intent',
  ...paymentSteps['create-intent'],
  run: ({ provider }: Dependencies, { orderId, generation, amount, currency }) =>
    provider.createIntent({ orderId, generation }, { amount, currency }),
});

export const handler = createIntent(dependencies);
