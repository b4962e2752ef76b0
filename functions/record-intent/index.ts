import { orderSteps } from '../../domain/orders/steps.ts';
import { step } from '../shared/step.ts';
import { type Dependencies, dependencies } from './dependencies.ts';

export const recordIntent = step({
  name: 'record-intent',
  ...orderSteps['record-intent'],
  run: ({ checkout }: Dependencies, command, now) => checkout.recordIntent(command, now),
});

export const handler = recordIntent(dependencies);
