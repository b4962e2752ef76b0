import { expirySteps } from '../../domain/orders/steps.ts';
import { step } from '../shared/step.ts';
import { ask } from './ask.ts';
import { type Dependencies, dependencies } from './dependencies.ts';

export const askStripe = step({
  name: 'ask-stripe',
  ...expirySteps['ask-stripe'],
  run: ({ provider }: Dependencies, { intents }) => ask(provider, intents),
});

export const handler = askStripe(dependencies);
