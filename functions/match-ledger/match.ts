import type * as z from 'zod';
import type { LedgerPage, reconciliationSteps } from '../../domain/payments/reconciliation.ts';
import { disputeWebhook, refundWebhook } from '../../domain/payments/synthetic.ts';
import type { KeptWebhook } from '../../domain/payments/webhooks.ts';
import { metricNames } from '../../domain/shared/metrics.ts';
import { logger, MetricUnit, metrics } from '../shared/telemetry.ts';
import type { Dependencies } from './dependencies.ts';

type Step = (typeof reconciliationSteps)['match-ledger'];

/** Keeps what a page of Stripe's lists has that the books do not, then answers which page is next. */
export async function matchLedger(
  { books, inbox, nudge }: Dependencies,
  { page }: z.infer<Step['input']>,
  now: Date,
): Promise<z.infer<Step['output']>> {
  if (page !== null) {
    const { found, webhooks } = await match(books, page, now);
    let late = 0;
    for (const webhook of webhooks) {
      if ((await inbox.keep(webhook, now)) === 'kept') late += 1;
    }
    if (late > 0) await nudge.inbox();
    if (late + found > 0) {
      logger.error('Stripe has what the books do not', { feed: page.feed, late, found });
    }
    metrics.addMetric(metricNames.webhooksMissed, MetricUnit.Count, late);
    await books.keepWindow(page);
  }
  return { next: await books.nextWindow(now) };
}

async function match(
  books: Dependencies['books'],
  { feed, intents, refunds, disputes }: LedgerPage,
  now: Date,
): Promise<{ readonly found: number; readonly webhooks: readonly KeptWebhook[] }> {
  switch (feed) {
    case 'intents':
      return { ...(await books.matchIntents(intents, now)), webhooks: [] };
    case 'refunds': {
      const { found, news } = await books.matchRefunds(refunds, now);
      const webhooks = refunds.flatMap(({ paymentIntentId, ...refund }) =>
        paymentIntentId !== null && news.includes(refund.stripeRefundId)
          ? [refundWebhook(paymentIntentId, refund, now)]
          : [],
      );
      return { found, webhooks };
    }
    case 'disputes': {
      const { found, news } = await books.matchDisputes(disputes, now);
      const webhooks = disputes.flatMap(({ paymentIntentId, ...dispute }) =>
        paymentIntentId !== null && news.includes(dispute.disputeId)
          ? [disputeWebhook(paymentIntentId, dispute, now)]
          : [],
      );
      return { found, webhooks };
    }
    default:
      return feed satisfies never;
  }
}
