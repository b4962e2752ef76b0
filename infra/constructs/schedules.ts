import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

export interface ScheduleProps {
  readonly name: string;
  readonly description: string;
  /** `rate(...)` or `cron(...)`, UTC. */
  readonly rate: string;
  readonly target:
    | {
        readonly kind: 'machine';
        /** Of its alias. */
        readonly arn: string;
        /** The machine's own, which permissions name. */
        readonly permits: string;
      }
    | { readonly kind: 'function'; readonly arn: string };
  readonly deadLetters: Queue;
}

/**
 * An EventBridge Scheduler schedule with its own role and a dead-letter queue. A run that could not be delivered
 * within two minutes is dropped there: the next one does its work.
 */
export function everySoOften(scope: Construct, id: string, props: ScheduleProps): CfnSchedule {
  const role = new Role(scope, `${id}-role`, {
    assumedBy: new ServicePrincipal('scheduler.amazonaws.com'),
    description: `What the schedule ${props.name} may do`,
  });
  role.addToPolicy(
    new PolicyStatement({
      actions: [
        props.target.kind === 'machine' ? 'states:StartExecution' : 'lambda:InvokeFunction',
      ],
      resources: [props.target.kind === 'machine' ? props.target.permits : props.target.arn],
    }),
  );
  role.addToPolicy(
    new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [props.deadLetters.queueArn] }),
  );
  const schedule = new CfnSchedule(scope, id, {
    name: props.name,
    description: props.description,
    scheduleExpression: props.rate,
    flexibleTimeWindow: { mode: 'OFF' },
    state: 'ENABLED',
    target: {
      arn: props.target.arn,
      roleArn: role.roleArn,
      input: '{}',
      deadLetterConfig: { arn: props.deadLetters.queueArn },
      retryPolicy: { maximumEventAgeInSeconds: 120, maximumRetryAttempts: 5 },
    },
  });
  schedule.node.addDependency(role);
  return schedule;
}
