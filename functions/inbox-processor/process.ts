import type { Nudge } from '../../domain/orders/ports.ts';
import type { WebhookInbox } from '../../domain/payments/ports.ts';
import {
  earlyWebhookPatience,
  meaningOf,
  type WebhookResult,
} from '../../domain/payments/webhooks.ts';
import { metricNames } from '../../domain/shared/metrics.ts';
import { retryAt } from '../shared/backoff.ts';
import type { JobTime } from '../shared/job.ts';
import { leaseEnd, reserve } from '../shared/lease.ts';
import { countRetried } from '../shared/retried.ts';
import { describeError, logger, MetricUnit, metrics } from '../shared/telemetry.ts';

export interface Processor {
  readonly inbox: Pick<WebhookInbox, 'lease' | 'apply' | 'postpone'>;
  readonly nudge: Pick<Nudge, 'outbox' | 'mailbox'>;
}

type Leased = Awaited<ReturnType<WebhookInbox['lease']>>[number];

const batchSize = 50;

/** Results that leave events, outcomes or executions behind for the relays. */
const stirring: ReadonlySet<WebhookResult> = new Set(['applied', 'revived', 'late_voided']);

/** Applies the webhooks kept, oldest first, each in a transaction of its own; until none is due or the time is up. */
export async function processInbox(
  { inbox, nudge }: Processor,
  { now, remaining }: JobTime,
): Promise<void> {
  let stirred = false;
  try {
    do {
      const webhooks = await inbox.lease(batchSize, now, leaseEnd(now));
      for (const webhook of webhooks) {
        if (await processOne(inbox, webhook, now)) stirred = true;
        if (remaining() <= reserve) return;
      }
      if (webhooks.length < batchSize) return;
    } while (remaining() > reserve);
  } finally {
    if (stirred) await Promise.all([nudge.outbox(), nudge.mailbox()]);
  }
}

async function processOne(
  inbox: Processor['inbox'],
  { attempts, keptAt, ...webhook }: Leased,
  now: Date,
): Promise<boolean> {
  const { eventId } = webhook;
  const later = { retryAt: retryAt(now, attempts) };
  try {
    const result = await inbox.apply(webhook, meaningOf(webhook), now);
    if (result !== 'early') return stirring.has(result);
    const waited = (now.getTime() - Date.parse(keptAt)) / 1000;
    if (waited > earlyWebhookPatience) {
      metrics.addMetric(metricNames.webhooksGivenUp, MetricUnit.Count, 1);
      await inbox.postpone(eventId, { giveUp: 'early_webhook' }, now);
    } else {
      metrics.addMetric(metricNames.inboxRetried, MetricUnit.Count, 1);
      await inbox.postpone(eventId, later, now);
    }
  } catch (error) {
    // Not passed on: the row stays and is tried again, and one that cannot be applied must not hold up the others.
    logger.warn('webhook not applied', { eventId, ...describeError(error) });
    countRetried(metricNames.inboxRetried, [{ attempts }]);
    await inbox.postpone(eventId, later, now);
  }
  return false;
}
