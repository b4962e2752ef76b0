import { Duration, Fn, RemovalPolicy, type Stack, Token } from 'aws-cdk-lib';
import { Port, SecurityGroup, SubnetType } from 'aws-cdk-lib/aws-ec2';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
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
import type { Construct } from 'constructs';
import type { Stage } from '../stages.ts';
import { accept } from './accept.ts';
import { isolatedNetwork, type Network } from './network.ts';
import { type ClusterParts, databaseOf, databaseUserArn, lentUsers, madeUp } from './parts.ts';

export interface OwnCluster {
  readonly parts: ClusterParts;
  readonly cluster: DatabaseCluster;
  /** What must stand before anybody connects. */
  readonly standing: readonly Construct[];
}

/** A network of the stage's own, and in it Aurora behind its proxy. */
export function ownCluster(scope: Stack, stage: Stage): OwnCluster {
  const network = isolatedNetwork(scope, stage);
  const { vpc, functionsGroup } = network;
  const cluster = new DatabaseCluster(scope, 'cluster', {
    engine: DatabaseClusterEngine.auroraPostgres({
      version: AuroraPostgresEngineVersion.VER_17_7,
    }),
    vpc,
    vpcSubnets: { subnetType: SubnetType.PRIVATE_ISOLATED },
    defaultDatabaseName: databaseOf(stage).name,
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
  const adminSecret = cluster.secret;
  if (adminSecret === undefined) throw new Error('the cluster has no administrator secret');
  if (!stage.keepsData) accept(cluster, { RDS10: madeUp });

  const { proxy, group } = proxyBefore(cluster, scope, stage, network);
  return {
    cluster,
    standing: [cluster, proxy],
    parts: {
      vpc,
      functionsGroup,
      proxyHost: proxy.endpoint,
      readerHost: stage.readers > 0 ? readerEndpoint(scope, network, proxy, group) : proxy.endpoint,
      clusterHost: cluster.clusterEndpoint.hostname,
      clusterPort: Token.asString(cluster.clusterEndpoint.port),
      proxyId: Fn.select(6, Fn.split(':', proxy.dbProxyArn)),
      adminSecretArn: adminSecret.secretArn,
    },
  };
}

function proxyBefore(
  cluster: DatabaseCluster,
  scope: Stack,
  stage: Stage,
  { vpc, functionsGroup }: Network,
): { proxy: DatabaseProxy; group: SecurityGroup } {
  // The proxy signs in to the cluster with IAM too, so no password of the application's exists anywhere.
  const role = new Role(scope, 'proxy-role', {
    assumedBy: new ServicePrincipal('rds.amazonaws.com'),
    description: 'What the database proxy may do',
  });
  const { user } = databaseOf(stage);
  role.addToPolicy(
    new PolicyStatement({
      actions: ['rds-db:connect'],
      resources: [user, ...(stage.lendsCluster ? [lentUsers] : [])].map((one) =>
        databaseUserArn(scope, cluster.clusterResourceIdentifier, one),
      ),
    }),
  );
  if (stage.lendsCluster) {
    accept(role, {
      [`IAM5[Resource::arn:<AWS::Partition>:rds-db:<AWS::Region>:<AWS::AccountId>:dbuser:<cluster611F8AFF.DBClusterResourceId>/${lentUsers}]`]:
        'branches come and go; each signs in to the proxy as its own user, which may enter its own database only',
    });
  }
  const group = new SecurityGroup(scope, 'proxy-group', {
    vpc,
    description: 'The database proxy',
    allowAllOutbound: false,
  });
  group.addEgressRule(cluster.connections.securityGroups[0] ?? group, Port.tcp(5432));
  const proxy = new DatabaseProxy(scope, 'proxy', {
    proxyTarget: ProxyTarget.fromCluster(cluster),
    vpc,
    vpcSubnets: { subnetType: SubnetType.PRIVATE_ISOLATED },
    securityGroups: [group],
    defaultAuthScheme: DefaultAuthScheme.IAM_AUTH,
    iamAuth: true,
    requireTLS: true,
    role,
    borrowTimeout: Duration.seconds(5),
    idleClientTimeout: Duration.minutes(10),
    maxConnectionsPercent: 90,
  });
  group.addIngressRule(functionsGroup, Port.tcp(5432), 'functions');
  // Migrations go past the proxy.
  cluster.connections.allowFrom(functionsGroup, Port.tcp(5432), 'migrations');
  cluster.connections.allowFrom(group, Port.tcp(5432), 'proxy');
  return { proxy, group };
}

function readerEndpoint(
  scope: Stack,
  { vpc }: Network,
  proxy: DatabaseProxy,
  group: SecurityGroup,
): string {
  return new CfnDBProxyEndpoint(scope, 'reader-endpoint', {
    dbProxyName: proxy.dbProxyName,
    dbProxyEndpointName: `${scope.stackName}-reader`,
    targetRole: 'READ_ONLY',
    vpcSecurityGroupIds: [group.securityGroupId],
    vpcSubnetIds: vpc.isolatedSubnets.map((subnet) => subnet.subnetId),
  }).attrEndpoint;
}
