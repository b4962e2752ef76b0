import { RemovalPolicy, type Stack } from 'aws-cdk-lib';
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
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Stage } from '../stages.ts';
import { asVpc } from './interfaces.ts';
import { logRetention } from './parts.ts';

export interface Network {
  readonly vpc: IVpc;
  readonly functionsGroup: SecurityGroup;
}

/** Availability zones, and so subnets. */
export const zones = 2;

/** Isolated subnets without a way to the internet; AWS services are reached through endpoints. */
export function isolatedNetwork(scope: Stack, stage: Stage): Network {
  const vpc = asVpc(
    new Vpc(scope, 'vpc', {
      ipAddresses: IpAddresses.cidr('10.20.0.0/16'),
      maxAzs: zones,
      natGateways: 0,
      restrictDefaultSecurityGroup: false,
      subnetConfiguration: [
        { name: 'data', subnetType: SubnetType.PRIVATE_ISOLATED, cidrMask: 20 },
      ],
    }),
  );
  const functionsGroup = new SecurityGroup(scope, 'functions-group', {
    vpc,
    description: 'Functions that use the database',
    allowAllOutbound: true,
  });
  const logs = new LogGroup(scope, 'network-logs', {
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
  const endpointsGroup = new SecurityGroup(scope, 'endpoints-group', {
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
