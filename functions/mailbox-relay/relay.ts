import type {
  MailboxAnswer,
  MailboxDelivery,
  MailboxStore,
  TaskReporter,
} from '../../domain/orders/ports.ts';
import { metricNames } from '../../domain/shared/metrics.ts';
import { retryAt } from '../shared/backoff.ts';
import type { JobTime } from '../shared/job.ts';
import { inParallel, leaseEnd, reserve } from '../shared/lease.ts';
import { countRetried } from '../shared/retried.ts';
import { describeError, logger } from '../shared/telemetry.ts';

export interface Relay {
  readonly mailbox: Pick<MailboxStore, 'leaseDeliveries' | 'settleDeliveries'>;
  readonly reporter: TaskReporter;
}

const batchSize = 100;

/** SendTaskSuccess lets through 500 a second; this many at a time stay below it, also after a mass expiry. */
const sentAtOnce = 6;

/**
 * Sends outcomes that have met their tokens to Step Functions, under a lease, and records each one's own answer;
 * until the mailbox is empty or the time is up.
 */
export async function relayMailbox(relay: Relay, { now, remaining }: JobTime): Promise<void> {
  do {
    const deliveries = await relay.mailbox.leaseDeliveries(batchSize, now, leaseEnd(now));
    if (deliveries.length === 0) return;
    const answers = await inParallel(deliveries, sentAtOnce, (delivery) =>
      send(relay.reporter, delivery, now),
    );
    countRetried(
      metricNames.mailboxRetried,
      deliveries.filter((_, index) => answers[index]?.result === 'retry'),
    );
    await relay.mailbox.settleDeliveries(answers, now);
    if (deliveries.length < batchSize) return;
  } while (remaining() > reserve);
}

async function send(
  reporter: TaskReporter,
  { orderId, step, round, token, outcome, attempts }: MailboxDelivery,
  now: Date,
): Promise<MailboxAnswer> {
  const sent = { orderId, step, round, token };
  try {
    return { ...sent, result: await reporter.succeed(token, outcome) };
  } catch (error) {
    // Not passed on: the row stays and is tried again, and the rows beside it must be settled.
    logger.warn('outcome not sent', { orderId, mailboxStep: step, round, ...describeError(error) });
    return { ...sent, result: 'retry', retryAt: retryAt(now, attempts) };
  }
}
