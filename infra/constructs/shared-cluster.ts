import { Fn, type Stack } from 'aws-cdk-lib';
import { SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { zones } from './network.ts';
import type { ClusterParts } from './parts.ts';

/** What a stage tells others about its network and cluster; each is a parameter `/kassa/<stage>/cluster/<name>`. */
type Told =
  | 'vpc'
  | 'functions-group'
  | 'proxy-host'
  | 'reader-host'
  | 'cluster-host'
  | 'cluster-port'
  | 'proxy-id'
  | 'admin-secret';

const nameOf = (owner: string, what: string) => `/kassa/${owner}/cluster/${what}`;

/**
 * Tells other stages where to find the cluster. By parameters, not by exports: an export that a branch uses could not
 * be changed before the branch is gone.
 */
export function lendCluster(scope: Stack, owner: string, parts: ClusterParts): void {
  const values: Readonly<Record<Told, string>> = {
    vpc: parts.vpc.vpcId,
    'functions-group': parts.functionsGroup.securityGroupId,
    'proxy-host': parts.proxyHost,
    'reader-host': parts.readerHost,
    'cluster-host': parts.clusterHost,
    'cluster-port': parts.clusterPort,
    'proxy-id': parts.proxyId,
    'admin-secret': parts.adminSecretArn,
  };
  const subnets = parts.vpc.isolatedSubnets.map((subnet) => subnet.subnetId);
  const all = [
    ...Object.entries(values),
    ...subnets.map((id, at) => [`subnet-${at}`, id] as const),
  ];
  for (const [what, stringValue] of all) {
    new StringParameter(scope, `tell-${what}`, {
      parameterName: nameOf(owner, what),
      stringValue,
      description: 'For stages that have no cluster of their own',
    });
  }
}

/** The network and cluster of another stage, as it is when this one is deployed. */
export function borrowCluster(scope: Stack, owner: string): ClusterParts {
  const value = (what: string) =>
    StringParameter.valueForStringParameter(scope, nameOf(owner, what));
  const counted = Array.from({ length: zones }, (_, at) => at);
  return {
    vpc: Vpc.fromVpcAttributes(scope, 'vpc', {
      vpcId: value('vpc'),
      availabilityZones: counted.map((at) => Fn.select(at, Fn.getAzs())),
      isolatedSubnetIds: counted.map((at) => value(`subnet-${at}`)),
    }),
    functionsGroup: SecurityGroup.fromSecurityGroupId(
      scope,
      'functions-group',
      value('functions-group'),
      { mutable: false },
    ),
    proxyHost: value('proxy-host'),
    readerHost: value('reader-host'),
    clusterHost: value('cluster-host'),
    clusterPort: value('cluster-port'),
    proxyId: value('proxy-id'),
    adminSecretArn: value('admin-secret'),
  };
}
