import { reconciliationSteps } from '../../domain/payments/reconciliation.ts';
import { step } from '../shared/step.ts';
import { type Dependencies, dependencies } from './dependencies.ts';
import { readLedger } from './read.ts';

export const ledgerReading = step({
  name: 'read-ledger',
  ...reconciliationSteps['read-ledger'],
  run: ({ ledger }: Dependencies, { payments }) => readLedger(ledger, payments),
});

export const handler = ledgerReading(dependencies);
