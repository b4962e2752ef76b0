import { Arn, ArnFormat, Duration, Fn, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import {
  AttributeType,
  BillingMode,
  ProjectionType,
  StreamViewType,
  Table,
  TableEncryption,
} from 'aws-cdk-lib/aws-dynamodb';
import {
  FlowLogDestination,
  FlowLogTrafficType,
  GatewayVpcEndpointAwsService,
  InterfaceVpcEndpointAwsService,
  IpAddresses,
  type IVpc,
  Port,
  SecurityGroup,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import {
  AuroraPostgresEngineVersion,
  CfnDBProxyEndpoint,
  ClusterInstance,
  Credentials,
  DatabaseCluster,
  DatabaseClusterEngine,
  DatabaseProxy,
  DefaultAuthScheme,
  ProxyTarget,
} from 'aws-cdk-lib/aws-rds';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Trigger } from 'aws-cdk-lib/triggers';
import type { Construct } from 'constructs';
import { deliveriesTable, idempotencyTable } from '../../domain/delivery/table.ts';
import { accept } from '../constructs/accept.ts';
import { asSecret, asTable, asVpc } from '../constructs/interfaces.ts';
import { KassaFunction } from '../constructs/kassa-function.ts';
import {
  type DatabaseParts,
  databaseName,
  databaseUser,
  logRetention,
} from '../constructs/parts.ts';
import type { Stage } from '../stages.ts';

/** Why a stage that keeps no data protects none. */
const madeUp = 'made-up data, made anew with the stage';

/** Network, Aurora behind its proxy, DynamoDB tables, secrets; brings the schema up to date at every deploy. */
export class DatabaseStack extends Stack {
  readonly parts: DatabaseParts;
  /** What must have run before anything else may use the database. */
  readonly schema: Construct;
  readonly cluster: DatabaseCluster;

  constructor(scope: Construct, id: string, stage: Stage, code: string) {
    super(scope, id, { description: 'Kassa: network, databases and secrets' });
    const removalPolicy = stage.keepsData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
    const { vpc, functionsGroup } = this.network(stage);

    const cluster = new DatabaseCluster(this, 'cluster', {
      engine: DatabaseClusterEngine.auroraPostgres({
        version: AuroraPostgresEngineVersion.VER_17_7,
      }),
      vpc,
      vpcSubnets: { subnetType: SubnetType.PRIVATE_ISOLATED },
      defaultDatabaseName: databaseName,
      // RDS keeps the administrator's secret, and replaces its password every week.
      credentials: Credentials.fromUsername('kassa_admin'),
      manageMasterUserPassword: true,
      iamAuthentication: true,
      writer: ClusterInstance.serverlessV2('writer', {
        enablePerformanceInsights: stage.keepsData,
      }),
      readers: Array.from({ length: stage.readers }, (_, index) =>
        ClusterInstance.serverlessV2(`reader${index + 1}`, {
          scaleWithWriter: true,
          enablePerformanceInsights: stage.keepsData,
        }),
      ),
      serverlessV2MinCapacity: stage.capacity.min,
      serverlessV2MaxCapacity: stage.capacity.max,
      storageEncrypted: true,
      deletionProtection: stage.keepsData,
      removalPolicy: stage.keepsData ? RemovalPolicy.SNAPSHOT : RemovalPolicy.DESTROY,
      backup: { retention: Duration.days(stage.backupDays) },
      cloudwatchLogsExports: ['postgresql'],
    });
    this.cluster = cluster;
    const adminSecret = cluster.secret;
    if (adminSecret === undefined) throw new Error('the cluster has no administrator secret');

    if (!stage.keepsData) accept(cluster, { RDS10: madeUp });

    // The proxy signs in to the cluster with IAM too, so no password of the application's exists anywhere.
    const proxyRole = new Role(this, 'proxy-role', {
      assumedBy: new ServicePrincipal('rds.amazonaws.com'),
      description: 'What the database proxy may do',
    });
    proxyRole.addToPolicy(
      new PolicyStatement({
        actions: ['rds-db:connect'],
        resources: [databaseUserArn(this, cluster.clusterResourceIdentifier)],
      }),
    );
    const proxyGroup = new SecurityGroup(this, 'proxy-group', {
      vpc,
      description: 'The database proxy',
      allowAllOutbound: false,
    });
    proxyGroup.addEgressRule(cluster.connections.securityGroups[0] ?? proxyGroup, Port.tcp(5432));
    const proxy = new DatabaseProxy(this, 'proxy', {
      proxyTarget: ProxyTarget.fromCluster(cluster),
      vpc,
      vpcSubnets: { subnetType: SubnetType.PRIVATE_ISOLATED },
      securityGroups: [proxyGroup],
      defaultAuthScheme: DefaultAuthScheme.IAM_AUTH,
      iamAuth: true,
      requireTLS: true,
      role: proxyRole,
      borrowTimeout: Duration.seconds(5),
      idleClientTimeout: Duration.minutes(10),
      maxConnectionsPercent: 90,
    });
    proxyGroup.addIngressRule(functionsGroup, Port.tcp(5432), 'functions');
    // Migrations go past the proxy.
    cluster.connections.allowFrom(functionsGroup, Port.tcp(5432), 'migrations');
    cluster.connections.allowFrom(proxyGroup, Port.tcp(5432), 'proxy');

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
      for (const table of [deliveries, timeline, idempotency]) accept(table, { DDB3: madeUp });
    }

    this.parts = {
      vpc,
      functionsGroup,
      proxy,
      readerHost: stage.readers > 0 ? this.readerEndpoint(vpc, proxy, proxyGroup) : proxy.endpoint,
      clusterHost: cluster.clusterEndpoint.hostname,
      clusterPort: Token.asString(cluster.clusterEndpoint.port),
      connectArn: databaseUserArn(this, Fn.select(6, Fn.split(':', proxy.dbProxyArn))),
      adminSecret,
      stripeKey: this.outsideSecret(stage, 'stripe-key', 'secretKey', "Stripe's API key"),
      stripeWebhookSecret: this.outsideSecret(
        stage,
        'stripe-webhook',
        'signingSecret',
        "The signing secret of Stripe's webhook endpoint",
      ),
      tables: {
        deliveries: asTable(deliveries),
        timeline: asTable(timeline),
        idempotency: asTable(idempotency),
      },
    };

    const around = { stage, code, database: this.parts };
    const migrate = new KassaFunction(this, 'migrate', around);
    const migrated = new Trigger(this, 'migrated', {
      handler: migrate,
      timeout: Duration.minutes(5),
      executeAfter: [cluster, proxy],
    });
    this.schema = migrated;
    if (stage.seeded) {
      const seed = new KassaFunction(this, 'seed-shop', around);
      this.schema = new Trigger(this, 'seeded', {
        handler: seed,
        timeout: Duration.minutes(2),
        executeAfter: [migrated],
      });
    }
  }

  /** Isolated subnets without a way to the internet; AWS services are reached through endpoints. */
  private network(stage: Stage): { vpc: IVpc; functionsGroup: SecurityGroup } {
    const vpc = asVpc(
      new Vpc(this, 'vpc', {
        ipAddresses: IpAddresses.cidr('10.20.0.0/16'),
        maxAzs: 2,
        natGateways: 0,
        restrictDefaultSecurityGroup: false,
        subnetConfiguration: [
          { name: 'data', subnetType: SubnetType.PRIVATE_ISOLATED, cidrMask: 20 },
        ],
      }),
    );
    const functionsGroup = new SecurityGroup(this, 'functions-group', {
      vpc,
      description: 'Functions that use the database',
      allowAllOutbound: true,
    });
    const logs = new LogGroup(this, 'network-logs', {
      logGroupName: `/kassa/${stage.name}/network`,
      retention: logRetention(stage),
      removalPolicy: stage.keepsData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    // What security groups let through is in the access logs of whatever it reached.
    vpc.addFlowLog('rejected', {
      destination: FlowLogDestination.toCloudWatchLogs(logs),
      trafficType: FlowLogTrafficType.REJECT,
    });
    vpc.addGatewayEndpoint('dynamodb', { service: GatewayVpcEndpointAwsService.DYNAMODB });
    vpc.addGatewayEndpoint('s3', { service: GatewayVpcEndpointAwsService.S3 });
    const endpointsGroup = new SecurityGroup(this, 'endpoints-group', {
      vpc,
      description: 'Endpoints of AWS services',
      allowAllOutbound: false,
    });
    endpointsGroup.addIngressRule(functionsGroup, Port.tcp(443), 'functions');
    const services = {
      sqs: InterfaceVpcEndpointAwsService.SQS,
      states: InterfaceVpcEndpointAwsService.STEP_FUNCTIONS,
      'sync-states': InterfaceVpcEndpointAwsService.STEP_FUNCTIONS_SYNC,
      events: InterfaceVpcEndpointAwsService.EVENTBRIDGE,
      secretsmanager: InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
    };
    for (const [name, service] of Object.entries(services)) {
      vpc.addInterfaceEndpoint(name, { service, securityGroups: [endpointsGroup], open: false });
    }
    return { vpc, functionsGroup };
  }

  private readerEndpoint(vpc: IVpc, proxy: DatabaseProxy, group: SecurityGroup): string {
    return new CfnDBProxyEndpoint(this, 'reader-endpoint', {
      dbProxyName: proxy.dbProxyName,
      dbProxyEndpointName: `${this.stackName}-reader`,
      targetRole: 'READ_ONLY',
      vpcSecurityGroupIds: [group.securityGroupId],
      vpcSubnetIds: vpc.isolatedSubnets.map((subnet) => subnet.subnetId),
    }).attrEndpoint;
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

/** The ARN IAM knows the application's database user by, on a cluster or a proxy. */
function databaseUserArn(stack: Stack, resource: string): string {
  return Arn.format(
    {
      service: 'rds-db',
      resource: 'dbuser',
      resourceName: `${resource}/${databaseUser}`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    },
    stack,
  );
}
