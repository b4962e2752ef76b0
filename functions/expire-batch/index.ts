import { expirySteps } from '../../domain/orders/steps.ts';
import { step } from '../shared/step.ts';
import { type Dependencies, dependencies } from './dependencies.ts';

export const expireBatch = step({
  name: 'expire-batch',
  ...expirySteps['expire-batch'],
  run: async ({ expiry, nudge }: Dependencies, command, now) => {
    const result = await expiry.expireBatch(command, now);
    if (result.expired > 0) await Promise.all([nudge.outbox(), nudge.mailbox()]);
    return result;
  },
});

export const handler = expireBatch(dependencies);
