import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { Fault, misconfigured } from '../../domain/shared/errors.ts';
import { metricNames } from '../../domain/shared/metrics.ts';
import { traced } from './trace.ts';

/** One of each for a worker. They read POWERTOOLS_* of the environment themselves. */
export const logger = new Logger();
export const metrics = new Metrics();

export { MetricUnit };

/** Keys by which one request, or one order, is found again in logs and traces. */
export interface LogKeys {
  readonly orderId?: string | undefined;
  readonly correlationId?: string | undefined;
}

/**
 * Runs one invocation under its log and trace keys: writes its start, end and failure without any payload, and
 * publishes its metrics. Errors go on as they came, so that the error's name stays what a machine retries by.
 */
export async function observed<T>(name: string, keys: LogKeys, run: () => Promise<T>): Promise<T> {
  const known = definedOnly(keys);
  logger.appendKeys({ step: name, ...known });
  try {
    logger.debug('started');
    const result = await traced(name, known, run);
    logger.info('finished');
    return result;
  } catch (error) {
    logger.error('failed', describeError(error));
    if (error instanceof Fault && misconfigured.has(error.code)) {
      metrics.addMetric(metricNames.misconfigured, MetricUnit.Count, 1);
    }
    throw error;
  } finally {
    if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
    logger.resetKeys();
  }
}

/**
 * What may be logged of an error: its name, code and where it happened. Its text stays out, since vendors and
 * databases put rows, URLs and secrets in theirs.
 */
export function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { errorName: typeof error };
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return {
    errorName: error.name,
    ...(error instanceof Fault ? { errorCode: error.code } : {}),
    ...(error.cause instanceof Error ? { causeName: error.cause.name } : {}),
    at: frames.slice(0, 4).map((line) => line.trim()),
  };
}

function definedOnly(keys: LogKeys): Record<string, string> {
  return {
    ...(keys.orderId === undefined ? {} : { orderId: keys.orderId }),
    ...(keys.correlationId === undefined ? {} : { correlationId: keys.correlationId }),
  };
}
