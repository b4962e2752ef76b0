import { orderSteps } from '../../domain/orders/steps.ts';
import { step } from '../shared/step.ts';
import { logger } from '../shared/telemetry.ts';
import { codeOf } from './code.ts';
import { type Dependencies, dependencies } from './dependencies.ts';

export const recordFinding = step({
  name: 'record-finding',
  ...orderSteps['record-finding'],
  run: async ({ findings }: Dependencies, { cause, ...finding }, now) => {
    const code = codeOf(cause);
    await findings.recordFinding(code === undefined ? finding : { ...finding, code }, now);
    const { machine, state, error } = finding;
    logger.error('finding recorded', { machine, state, errorName: error, errorCode: code });
    return { outcome: 'recorded' as const };
  },
});

export const handler = recordFinding(dependencies);
