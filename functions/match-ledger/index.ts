import { reconciliationSteps } from '../../domain/payments/reconciliation.ts';
import { step } from '../shared/step.ts';
import { dependencies } from './dependencies.ts';
import { matchLedger } from './match.ts';

export const ledgerMatching = step({
  name: 'match-ledger',
  ...reconciliationSteps['match-ledger'],
  run: matchLedger,
});

export const handler = ledgerMatching(dependencies);
