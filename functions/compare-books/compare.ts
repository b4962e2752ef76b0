import type * as z from 'zod';
import { compareWithStripe } from '../../domain/payments/ledger.ts';
import type { OverdueIntent } from '../../domain/payments/ports.ts';
import {
  type LedgerAnswer,
  type PaymentPage,
  paymentsAtOnce,
  type reconciliationSteps,
} from '../../domain/payments/reconciliation.ts';
import { metricNames } from '../../domain/shared/metrics.ts';
import { logger, MetricUnit, metrics } from '../shared/telemetry.ts';
import type { Dependencies } from './dependencies.ts';

type Input = z.infer<(typeof reconciliationSteps)['compare-books']['input']>;

/** Twice the same answers have the effect of once. */
export async function compareBooks(
  { books, inbox, nudge }: Dependencies,
  { asked, answers, mark }: Input,
  now: Date,
): Promise<PaymentPage> {
  const keyOf = ({ orderId, generation }: OverdueIntent) => `${orderId}.${generation}`;
  const answered = new Map<string, LedgerAnswer>(answers.map((each) => [keyOf(each), each]));
  const records = answers.length === 0 ? [] : await books.recordsOf(refsOf(answers));
  const compared = records.flatMap((record) => {
    const answer = answered.get(keyOf(record));
    // The books may have come by another intent meanwhile: then this answer is about nothing.
    if (answer?.paymentIntentId !== record.paymentIntentId) return [];
    return [{ record, ...compareWithStripe(record, answer, now) }];
  });

  let late = 0;
  for (const webhook of compared.flatMap((each) => each.late)) {
    if ((await inbox.keep(webhook, now)) === 'kept') late += 1;
  }
  if (late > 0) await nudge.inbox();

  const differences = compared.flatMap(({ record, differences: found }) =>
    found.map((each) => ({ ...refOf(record), ...each })),
  );
  if (asked.length > 0 || mark !== null) {
    const result = { asked: refsOf(asked), answered: refsOf(answers), differences, mark };
    const { found } = await books.keepComparison(result, now);
    if (late + found > 0) logger.error('the books differ from Stripe', { late, found });
    metrics.addMetric(metricNames.webhooksMissed, MetricUnit.Count, late);
  }
  const page = await books.nextPayments(paymentsAtOnce, now);
  const behind = await books.secondsBehind(now);
  metrics.addMetric(metricNames.booksBehind, MetricUnit.Seconds, behind);
  return page;
}

function refOf({ orderId, generation, paymentIntentId }: OverdueIntent): OverdueIntent {
  return { orderId, generation, paymentIntentId };
}

function refsOf(payments: readonly OverdueIntent[]): readonly OverdueIntent[] {
  return payments.map(refOf);
}
