import * as z from 'zod';
import type { Nudge } from '../../domain/orders/ports.ts';
import { metricNames } from '../../domain/shared/metrics.ts';
import { describeError, logger, MetricUnit, metrics } from './telemetry.ts';

/** The variables of the nudge queues: spread those a function has into its env schema. */
export const nudgeEnv = {
  outbox: { OUTBOX_NUDGE_QUEUE_URL: z.url() },
  mailbox: { MAILBOX_NUDGE_QUEUE_URL: z.url() },
  inbox: { INBOX_NUDGE_QUEUE_URL: z.url() },
};

/**
 * Makes a nudge one whose loss costs time only. By the time of a nudge the work is committed: to fail here would
 * repeat work that is done, or tell a client that its order failed. The scheduled sweep is what guarantees
 * delivery, so this is the one place where an error is not passed on.
 */
export function forgiving(kind: keyof Nudge, nudge: () => Promise<void>): () => Promise<void> {
  return async () => {
    try {
      await nudge();
    } catch (error) {
      logger.warn('nudge lost', { nudge: kind, ...describeError(error) });
      metrics.addMetric(metricNames.nudgeLost, MetricUnit.Count, 1);
    }
  };
}
