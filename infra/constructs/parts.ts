import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { IVpc, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import type { EventBus } from 'aws-cdk-lib/aws-events';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { DatabaseProxy } from 'aws-cdk-lib/aws-rds';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Nudge, TableName } from '../functions.ts';
import type { Stage } from '../stages.ts';

export const databaseName = 'kassa';
/** The application's user in PostgreSQL; the migrations make it. It signs in with an IAM token. */
export const databaseUser = 'kassa_app';

/** What the database stack gives to the others. */
export interface DatabaseParts {
  readonly vpc: IVpc;
  readonly functionsGroup: SecurityGroup;
  readonly proxy: DatabaseProxy;
  readonly readerHost: string;
  readonly clusterHost: string;
  readonly clusterPort: string;
  /** What `rds-db:connect` names: the application's user behind the proxy. */
  readonly connectArn: string;
  readonly adminSecret: ISecret;
  readonly stripeKey: ISecret;
  readonly stripeWebhookSecret: ISecret;
  readonly tables: Readonly<Record<TableName, ITable>>;
}

/** What the events stack gives to the others. */
export interface EventsParts {
  readonly bus: EventBus;
  readonly nudges: Readonly<Record<Nudge, Queue>>;
  /** Order events on their way to the timeline. */
  readonly timeline: Queue;
  /** What the delivery table's stream could not hand over. */
  readonly streamFailures: Queue;
  /** Schedules that could not be delivered. */
  readonly scheduleFailures: Queue;
  /** Every queue in which a message means that something went wrong. */
  readonly deadLetters: readonly Queue[];
  /** Who is told of alarms. */
  readonly alarms: Topic;
}

const retentions = {
  7: RetentionDays.ONE_WEEK,
  30: RetentionDays.ONE_MONTH,
  90: RetentionDays.THREE_MONTHS,
} as const;

export function logRetention(stage: Stage): RetentionDays {
  return retentions[stage.logRetentionDays];
}
