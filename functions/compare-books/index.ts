import { reconciliationSteps } from '../../domain/payments/reconciliation.ts';
import { step } from '../shared/step.ts';
import { compareBooks } from './compare.ts';
import { dependencies } from './dependencies.ts';

export const booksComparison = step({
  name: 'compare-books',
  ...reconciliationSteps['compare-books'],
  run: compareBooks,
});

export const handler = booksComparison(dependencies);
