import { expirySteps } from '../../domain/orders/steps.ts';
import { step } from '../shared/step.ts';
import { type Dependencies, dependencies } from './dependencies.ts';
import { keepAnswersOf } from './keep.ts';

export const keepAnswers = step({
  name: 'keep-answers',
  ...expirySteps['keep-answers'],
  run: (composed: Dependencies, { answers }, now) => keepAnswersOf(composed, answers, now),
});

export const handler = keepAnswers(dependencies);
