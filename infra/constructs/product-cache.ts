import { ArnFormat, type Stack } from 'aws-cdk-lib';
import { type IVpc, Port, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { CfnServerlessCache, CfnUser, CfnUserGroup } from 'aws-cdk-lib/aws-elasticache';
import type { Stage } from '../stages.ts';

/** What functions need to know of the cache. */
export interface CacheParts {
  readonly name: string;
  /** Its user, who signs in with an IAM token. */
  readonly user: string;
  readonly host: string;
  readonly port: string;
  /** Of those who may reach it. */
  readonly clientsGroup: SecurityGroup;
  /** What `elasticache:Connect` names. */
  readonly connectArns: readonly string[];
}

/** The one port its clients use; replicas for reading listen on another. */
const port = 6379;

/**
 * Valkey, serverless: encrypted at rest and on the way whatever is asked for, grown and patched by AWS. Its limits
 * bound the bill; what does not fit is evicted, and everything in it has an end.
 */
export function productCache(scope: Stack, stage: Stage, vpc: IVpc): CacheParts {
  const name = `kassa-${stage.name}`;
  const clientsGroup = new SecurityGroup(scope, 'cache-clients-group', {
    vpc,
    description: 'Functions that use the cache',
    allowAllOutbound: false,
  });
  const group = new SecurityGroup(scope, 'cache-group', {
    vpc,
    description: 'The cache',
    allowAllOutbound: false,
  });
  group.addIngressRule(clientsGroup, Port.tcp(port), 'functions that use it');
  clientsGroup.addEgressRule(group, Port.tcp(port), 'the cache');
  const user = `${name}-app`;
  const one = new CfnUser(scope, 'cache-user', {
    engine: 'valkey',
    userId: user,
    // IAM wants name and id alike.
    userName: user,
    authenticationMode: { Type: 'iam' },
    accessString: 'on ~{product:v*}:* resetchannels -@all +mget +set',
  });
  const users = new CfnUserGroup(scope, 'cache-users', {
    engine: 'valkey',
    userGroupId: name,
    userIds: [one.ref],
  });
  const cache = new CfnServerlessCache(scope, 'cache', {
    serverlessCacheName: name,
    description: 'What is read often and kept elsewhere',
    engine: 'valkey',
    majorEngineVersion: '8',
    cacheUsageLimits: {
      dataStorage: { maximum: 1, unit: 'GB' },
      ecpuPerSecond: { maximum: stage.keepsData ? 30_000 : 5_000 },
    },
    userGroupId: users.ref,
    securityGroupIds: [group.securityGroupId],
    subnetIds: vpc.isolatedSubnets.map((subnet) => subnet.subnetId),
  });
  const arn = (resource: string, resourceName: string) =>
    scope.formatArn({
      service: 'elasticache',
      resource,
      resourceName,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
  return {
    name,
    user,
    host: cache.getAtt('Endpoint.Address').toString(),
    port: cache.getAtt('Endpoint.Port').toString(),
    clientsGroup,
    connectArns: [arn('serverlesscache', name), arn('user', user)],
  };
}
