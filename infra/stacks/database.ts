import { CfnResource, CustomResource, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  AttributeType,
  BillingMode,
  ProjectionType,
  StreamViewType,
  Table,
  TableEncryption,
} from 'aws-cdk-lib/aws-dynamodb';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { DatabaseCluster } from 'aws-cdk-lib/aws-rds';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Provider } from 'aws-cdk-lib/custom-resources';
import { Trigger } from 'aws-cdk-lib/triggers';
import type { Construct } from 'constructs';
import { accessTable } from '../../domain/access/table.ts';
import { deliveriesTable, idempotencyTable } from '../../domain/delivery/table.ts';
import { accept } from '../constructs/accept.ts';
import { asSecret, asTable } from '../constructs/interfaces.ts';
import { KassaFunction, type Surroundings } from '../constructs/kassa-function.ts';
import { ownCluster } from '../constructs/own-cluster.ts';
import {
  type DatabaseParts,
  databaseOf,
  databaseUserArn,
  logRetention,
  madeUp,
} from '../constructs/parts.ts';
import { productCache } from '../constructs/product-cache.ts';
import { borrowCluster, lendCluster } from '../constructs/shared-cluster.ts';
import type { Stage } from '../stages.ts';

/** Network, Aurora behind its proxy, DynamoDB tables, the cache, secrets; brings the schema up to date at every deploy. */
export class DatabaseStack extends Stack {
  readonly parts: DatabaseParts;
  /** What must have run before anything else may use the database. */
  readonly schema: Construct;
  /** Absent where it is another stage's. */
  readonly cluster: DatabaseCluster | undefined;

  constructor(scope: Construct, id: string, stage: Stage, code: string) {
    super(scope, id, { description: 'Kassa: network, databases and secrets' });
    const removalPolicy = stage.keepsData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
    const own = stage.clusterOf === undefined ? ownCluster(this, stage) : undefined;
    const parts = own?.parts ?? borrowCluster(this, stage.clusterOf ?? stage.name);
    if (stage.lendsCluster) lendCluster(this, stage.name, parts);
    this.cluster = own?.cluster;
    const database = databaseOf(stage);

    const shared = {
      partitionKey: { name: deliveriesTable.partitionKey, type: AttributeType.STRING },
      sortKey: { name: deliveriesTable.sortKey, type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.AWS_MANAGED,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: stage.keepsData },
      deletionProtection: stage.keepsData,
      removalPolicy,
    };
    const deliveries = new Table(this, 'deliveries', {
      ...shared,
      tableName: `kassa-${stage.name}-deliveries`,
      stream: StreamViewType[deliveriesTable.streamView],
    });
    deliveries.addGlobalSecondaryIndex({
      indexName: deliveriesTable.workIndex.name,
      partitionKey: { name: deliveriesTable.workIndex.partitionKey, type: AttributeType.STRING },
      sortKey: { name: deliveriesTable.workIndex.sortKey, type: AttributeType.STRING },
      projectionType: ProjectionType[deliveriesTable.workIndex.projection],
    });
    const timeline = new Table(this, 'timeline', {
      ...shared,
      tableName: `kassa-${stage.name}-timeline`,
    });
    const access = new Table(this, 'access', {
      ...shared,
      tableName: `kassa-${stage.name}-access`,
    });
    access.addGlobalSecondaryIndex({
      indexName: accessTable.listIndex.name,
      partitionKey: { name: accessTable.listIndex.partitionKey, type: AttributeType.STRING },
      sortKey: { name: accessTable.listIndex.sortKey, type: AttributeType.STRING },
      projectionType: ProjectionType[accessTable.listIndex.projection],
    });
    const idempotency = new Table(this, 'idempotency', {
      tableName: `kassa-${stage.name}-idempotency`,
      partitionKey: { name: idempotencyTable.partitionKey, type: AttributeType.STRING },
      timeToLiveAttribute: idempotencyTable.timeToLive,
      billingMode: shared.billingMode,
      encryption: shared.encryption,
      pointInTimeRecoverySpecification: shared.pointInTimeRecoverySpecification,
      deletionProtection: shared.deletionProtection,
      removalPolicy,
    });

    if (!stage.keepsData) {
      for (const table of [deliveries, timeline, access, idempotency]) {
        accept(table, { DDB3: madeUp });
      }
    }

    this.parts = {
      ...parts,
      database,
      connectArn: databaseUserArn(this, parts.proxyId, database.user),
      stripeKey: this.outsideSecret(stage, 'stripe-key', 'secretKey', "Stripe's API key"),
      stripeWebhookSecret: this.outsideSecret(
        stage,
        'stripe-webhook',
        'signingSecret',
        "The signing secret of Stripe's webhook endpoint",
      ),
      cache: productCache(this, stage, parts.vpc),
      tables: {
        deliveries: asTable(deliveries),
        timeline: asTable(timeline),
        access: asTable(access),
        idempotency: asTable(idempotency),
      },
    };

    const around = { stage, code, database: this.parts };
    const migrate = new KassaFunction(this, 'migrate', around);
    const migrated = new Trigger(this, 'migrated', {
      handler: migrate,
      timeout: Duration.minutes(5),
      executeAfter: [...(own?.standing ?? [this.ownDatabase(around)])],
    });
    const seeded = stage.seeded ? this.seeded(around, migrated) : undefined;
    this.schema = seeded ?? migrated;
    this.forgetTriggers(stage, seeded === undefined ? [migrated] : [migrated, seeded]);
  }

  private seeded(around: Surroundings, migrated: Trigger): Trigger {
    return new Trigger(this, 'seeded', {
      handler: new KassaFunction(this, 'seed-shop', around),
      timeout: Duration.minutes(2),
      executeAfter: [migrated],
    });
  }

  /** CDK's own function that runs triggers logs to a group that Lambda makes, and that nothing ever empties. */
  private forgetTriggers(stage: Stage, triggers: readonly Trigger[]): void {
    const runner = this.node
      .findChild('AWSCDK.TriggerCustomResourceProviderCustomResourceProvider')
      .node.findChild('Handler');
    if (!CfnResource.isCfnResource(runner)) throw new Error('triggers are run by something else');
    const logs = new LogGroup(this, 'trigger-logs', {
      logGroupName: `/aws/lambda/${runner.ref}`,
      retention: logRetention(stage),
      removalPolicy: stage.keepsData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    for (const trigger of triggers) trigger.node.addDependency(logs);
  }

  /** A database on another stage's cluster, which goes with this stack. */
  private ownDatabase(around: Surroundings): Construct {
    const { stage, database } = around;
    const logs = new LogGroup(this, 'own-database-provider-logs', {
      logGroupName: `/kassa/${stage.name}/functions/own-database-provider`,
      retention: logRetention(stage),
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const provider = new Provider(this, 'own-database-provider', {
      onEventHandler: new KassaFunction(this, 'own-database', around),
      logGroup: logs,
    });
    accept(provider, {
      'IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]':
        "CDK's provider makes its own role, with AWS's policy to write logs",
      'IAM5[Resource::<owndatabase877E2672.Arn>:*]':
        "CDK's provider may call any version of the one function that makes the database",
    });
    return new CustomResource(this, 'database', {
      serviceToken: provider.serviceToken,
      resourceType: 'Custom::OwnDatabase',
      properties: { name: database.database.name },
    });
  }

  private outsideSecret(stage: Stage, name: string, key: string, description: string): ISecret {
    const secret = new Secret(this, name, {
      secretName: `kassa-${stage.name}/${name}`,
      description: `${description}: JSON with "${key}". The generated value stands for one that a person puts in.`,
      generateSecretString: {
        secretStringTemplate: '{}',
        generateStringKey: key,
        excludePunctuation: true,
      },
      removalPolicy: stage.keepsData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    accept(secret, {
      SMG4: 'Stripe makes it and gives no way to replace it but its dashboard: docs/runbooks/README.md#secrets says how that is done by hand',
    });
    return asSecret(secret);
  }
}
