import { Arn, ArnFormat, type Stack } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { ISecurityGroup, IVpc } from 'aws-cdk-lib/aws-ec2';
import type { EventBus } from 'aws-cdk-lib/aws-events';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Nudge, TableName } from '../functions.ts';
import type { Stage } from '../stages.ts';
import type { CacheParts } from './product-cache.ts';

export interface DatabaseNames {
  readonly name: string;
  /** The application's user in PostgreSQL. It signs in with an IAM token. */
  readonly user: string;
}

/** On a cluster of its own a stage's database has the plain names; on another's, names that carry the stage. */
export function databaseOf(stage: Stage): DatabaseNames {
  if (stage.clusterOf === undefined) return { name: 'kassa', user: 'kassa_app' };
  const own = `kassa_${stage.name.replaceAll('-', '_')}`;
  return { name: own, user: own };
}

/** What the users of such databases are called, as IAM matches it. */
export const lentUsers = 'kassa_branch_*';

/** The ARN IAM knows a database user by, on a cluster or a proxy, each by its id. */
export function databaseUserArn(stack: Stack, resource: string, user: string): string {
  return Arn.format(
    {
      service: 'rds-db',
      resource: 'dbuser',
      resourceName: `${resource}/${user}`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    },
    stack,
  );
}

/** Why a stage that keeps no data protects none. */
export const madeUp = 'made-up data, made anew with the stage';

/** The network and the cluster in it, whoever made them. */
export interface ClusterParts {
  readonly vpc: IVpc;
  readonly functionsGroup: ISecurityGroup;
  readonly proxyHost: string;
  readonly readerHost: string;
  readonly clusterHost: string;
  readonly clusterPort: string;
  /** `prx-…`. */
  readonly proxyId: string;
  readonly adminSecretArn: string;
}

/** What the database stack gives to the others. */
export interface DatabaseParts extends ClusterParts {
  readonly database: DatabaseNames;
  /** What `rds-db:connect` names: the application's user behind the proxy. */
  readonly connectArn: string;
  readonly stripeKey: ISecret;
  readonly stripeWebhookSecret: ISecret;
  readonly tables: Readonly<Record<TableName, ITable>>;
  readonly cache: CacheParts;
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
