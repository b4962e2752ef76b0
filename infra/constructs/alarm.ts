import {
  Alarm,
  ComparisonOperator,
  type Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { Stage } from '../stages.ts';

export interface AlarmProps {
  readonly metric: Metric;
  readonly threshold: number;
  /** What it means for customers, or for whoever has to act. */
  readonly impact: string;
  /** Section of docs/runbooks. */
  readonly runbook: string;
  /** Periods in a row; 1 unless told. */
  readonly periods?: number;
  /** Whether silence is bad news too. */
  readonly silenceIsBad?: boolean;
}

/** An alarm that says what it means and where to read on. */
export class KassaAlarm extends Alarm {
  constructor(scope: Construct, name: string, stage: Stage, topic: Topic, props: AlarmProps) {
    super(scope, name, {
      metric: props.metric,
      alarmName: `kassa-${stage.name}-${name}`,
      alarmDescription: `${props.impact}. See docs/runbooks/README.md#${props.runbook}`,
      threshold: props.threshold,
      evaluationPeriods: props.periods ?? 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: props.silenceIsBad
        ? TreatMissingData.BREACHING
        : TreatMissingData.NOT_BREACHING,
    });
    this.addAlarmAction(new SnsAction(topic));
  }
}
