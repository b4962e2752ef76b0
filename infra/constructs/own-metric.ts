import { Duration } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { FunctionName } from '../functions.ts';
import type { Stage } from '../stages.ts';

/** Where functions publish what they count; stages of one account must not read each other's. */
export function metricsNamespace(stage: Stage): string {
  return `Kassa/${stage.name}`;
}

/** A metric that a function publishes itself; Powertools names the function as its service. Over five minutes unless told. */
export function ownMetric(
  stage: Stage,
  service: FunctionName,
  metricName: string,
  statistic: 'Sum' | 'Maximum',
  period = Duration.minutes(5),
): Metric {
  return new Metric({
    namespace: metricsNamespace(stage),
    metricName,
    dimensionsMap: { service },
    statistic,
    period,
  });
}
