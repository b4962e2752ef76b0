import { reconciliationSteps } from '../../domain/payments/reconciliation.ts';
import { step } from '../shared/step.ts';
import { type Dependencies, dependencies } from './dependencies.ts';

export const ledgerListing = step({
  name: 'list-ledger',
  ...reconciliationSteps['list-ledger'],
  run: ({ ledger }: Dependencies, request) => ledger.list(request),
});

export const handler = ledgerListing(dependencies);
