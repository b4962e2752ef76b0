import * as z from 'zod';
import type { Nudge } from '../../domain/orders/ports.ts';
import { metricNames } from '../../domain/shared/metrics.ts';
import { outboxNudgeDelay } from '../../domain/shared/nudges.ts';
import { describeError, logger, MetricUnit, metrics } from './telemetry.ts';

/** The variables of the nudge queues: spread those a function has into its env schema. */
export const nudgeEnv = {
  outbox: { OUTBOX_NUDGE_QUEUE_URL: z.url() },
  mailbox: { MAILBOX_NUDGE_QUEUE_URL: z.url() },
  inbox: { INBOX_NUDGE_QUEUE_URL: z.url() },
};

/** Milliseconds for which a nudge that was sent stands for the next ones: until shortly before it can be seen. */
const standsFor = { outbox: outboxNudgeDelay * 1000 - 100, mailbox: 0, inbox: 0 };

/**
 * Makes a nudge one whose loss costs time only. By the time of a nudge the work is committed: to fail here would
 * repeat work that is done, or tell a client that its order failed. The scheduled sweep is what guarantees
 * delivery, so this is the one place where an error is not passed on.
 *
 * What is committed while an earlier nudge of this worker still lies hidden in its queue will be seen by the run
 * that it starts: another one says nothing new, and is left out.
 */
export function forgiving(
  kind: keyof Nudge,
  nudge: () => Promise<void>,
  now: () => number = Date.now,
): () => Promise<void> {
  let sentAt = Number.NEGATIVE_INFINITY;
  return async () => {
    const began = now();
    const age = began - sentAt;
    if (age >= 0 && age < standsFor[kind]) return;
    try {
      await nudge();
      sentAt = began;
    } catch (error) {
      logger.warn('nudge lost', { nudge: kind, ...describeError(error) });
      metrics.addMetric(metricNames.nudgeLost, MetricUnit.Count, 1);
    }
  };
}
