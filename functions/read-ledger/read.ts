import type * as z from 'zod';
import type { StripeLedger } from '../../domain/payments/ledger.ts';
import type { OverdueIntent } from '../../domain/payments/ports.ts';
import type { reconciliationSteps } from '../../domain/payments/reconciliation.ts';
import { NotYetFault } from '../../domain/shared/errors.ts';
import { answersOf } from '../shared/answers.ts';

/** So many that Stripe knows none of are not so many findings: the key is of another account. */
const tooManyUnknown = 5;

/** @throws NotYetFault `intent_missing` where Stripe knows none of several intents. */
export async function readLedger(
  ledger: Pick<StripeLedger, 'read'>,
  payments: readonly OverdueIntent[],
): Promise<z.infer<(typeof reconciliationSteps)['read-ledger']['output']>> {
  const answers = await answersOf(payments, (payment) => ledger.read(payment));
  if (answers.length >= tooManyUnknown && answers.every(({ known }) => !known)) {
    throw new NotYetFault('intent_missing', `Stripe knows none of ${answers.length} intents`);
  }
  return { answers: [...answers] };
}
