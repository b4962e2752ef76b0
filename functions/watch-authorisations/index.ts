import { expirySteps } from '../../domain/orders/steps.ts';
import { step } from '../shared/step.ts';
import { logger } from '../shared/telemetry.ts';
import { type Dependencies, dependencies } from './dependencies.ts';

/** Of each kind in one run: each order that is cancelled locks its stock for the whole transaction. */
const limit = 100;

/** Hourly, by a schedule: whoever has not packed in time is told, then the order is cancelled and its money let go. */
export const watchAuthorisations = step({
  name: 'watch-authorisations',
  ...expirySteps['watch-authorisations'],
  run: async ({ watcher, nudge }: Dependencies, _, now) => {
    const { warned, cancelled } = await watcher.watchAuthorisations(now, limit);
    if (warned + cancelled > 0) {
      logger.warn('authorisations end', { warned, cancelled });
      await Promise.all([nudge.outbox(), nudge.mailbox()]);
    }
    return { warned, cancelled };
  },
});

export const handler = watchAuthorisations(dependencies);
