import { askedAtOnce, expirySteps } from '../../domain/orders/steps.ts';
import { metricNames } from '../../domain/shared/metrics.ts';
import { step } from '../shared/step.ts';
import { logger, MetricUnit, metrics } from '../shared/telemetry.ts';
import { type Dependencies, dependencies } from './dependencies.ts';

/** Called only while Stripe's webhooks are silent, which is what its metric says. */
export const listOverdue = step({
  name: 'list-overdue',
  ...expirySteps['list-overdue'],
  run: async ({ silence }: Dependencies, _, now) => {
    const intents = await silence.overdueIntents(now, askedAtOnce);
    logger.warn('webhooks are silent', { intents: intents.length });
    metrics.addMetric(metricNames.webhooksSilent, MetricUnit.Count, 1);
    return { intents: [...intents] };
  },
});

export const handler = listOverdue(dependencies);
