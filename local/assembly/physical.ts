import { createHash } from 'node:crypto';
import { Unsupported } from './errors.ts';
import type { StackDocument } from './load.ts';

/** Addresses and values that exist only once the local services run. Each may throw until then. */
export interface Places {
  readonly postgres: { readonly host: string; readonly port: number };
  readonly redis: { readonly host: string; readonly port: number };
  /** Base URL of the SQS endpoint; a queue's URL lies under it. */
  readonly sqsUrl: string;
  /** The issuer a user pool's tokens carry, for a pool id: its URL without a trailing slash. */
  issuer(poolId: string): string;
  /** `<secret-id>:SecretString:<json key>:<stage>:<version>` of a dynamic reference. */
  secret(reference: string): string;
}

/** A resource whose own properties can be asked for one by one. */
export interface View {
  readonly stack: StackDocument;
  readonly logicalId: string;
  readonly type: string;
  readonly where: string;
  property(name: string): unknown;
}

/** Which property names a resource, and the longest name its service takes. */
const names: Readonly<Record<string, readonly [property: string, longest: number]>> = {
  'AWS::Lambda::Function': ['FunctionName', 64],
  'AWS::StepFunctions::StateMachine': ['StateMachineName', 80],
  'AWS::SQS::Queue': ['QueueName', 80],
  'AWS::DynamoDB::Table': ['TableName', 255],
  'AWS::DynamoDB::GlobalTable': ['TableName', 255],
  'AWS::Events::EventBus': ['Name', 256],
  'AWS::Events::Rule': ['Name', 64],
  'AWS::Scheduler::Schedule': ['Name', 64],
  'AWS::Scheduler::ScheduleGroup': ['Name', 64],
  'AWS::SNS::Topic': ['TopicName', 256],
  'AWS::Logs::LogGroup': ['LogGroupName', 512],
  'AWS::IAM::Role': ['RoleName', 64],
  'AWS::RDS::DBCluster': ['DBClusterIdentifier', 63],
  'AWS::RDS::DBProxy': ['DBProxyName', 63],
  'AWS::ElastiCache::ServerlessCache': ['ServerlessCacheName', 40],
  'AWS::SecretsManager::Secret': ['Name', 512],
  'AWS::CloudWatch::Alarm': ['AlarmName', 255],
  'AWS::ApiGateway::Stage': ['StageName', 128],
  'AWS::ApiGateway::Model': ['Name', 128],
};

/** The deterministic name of a resource: the one it was given, or stack and logical id. */
function nameOf(view: View): string {
  const [property, longest] = names[view.type] ?? [undefined, 255];
  const given = property === undefined ? undefined : view.property(property);
  if (typeof given === 'string') return given;
  const suffix =
    view.type === 'AWS::SQS::Queue' && view.property('FifoQueue') === true ? '.fifo' : '';
  const name = `${view.stack.name}-${view.logicalId}`;
  if (name.length + suffix.length <= longest) return `${name}${suffix}`;
  // What CDK's hash tells apart stands at the end: keep it.
  return `${name.slice(0, longest - suffix.length - 17)}-${shortHash(name, 16)}${suffix}`;
}

/** The name at an ARN's end. */
export function nameIn(arn: string): string {
  return arn.slice(arn.search(/[^:/]*$/));
}

function shortHash(text: string, length: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, length);
}

function arn(view: View, service: string, resource: string): string {
  return `arn:aws:${service}:${view.stack.region}:${view.stack.account}:${resource}`;
}

function text(view: View, property: string): string {
  const value = view.property(property);
  if (typeof value !== 'string') throw new Unsupported(`${view.where}: ${property} is no text`);
  return value;
}

function arnOf(view: View): string {
  const name = nameOf(view);
  switch (view.type) {
    case 'AWS::Lambda::Function':
      return arn(view, 'lambda', `function:${name}`);
    case 'AWS::Lambda::Alias':
      return `${functionArn(view)}:${text(view, 'Name')}`;
    case 'AWS::Lambda::Version':
      return `${functionArn(view)}:1`;
    case 'AWS::StepFunctions::StateMachine':
      return arn(view, 'states', `stateMachine:${name}`);
    case 'AWS::StepFunctions::StateMachineVersion':
      return `${text(view, 'StateMachineArn')}:1`;
    case 'AWS::StepFunctions::StateMachineAlias':
      return `${aliasTarget(view)}:${text(view, 'Name')}`;
    case 'AWS::SQS::Queue':
      return arn(view, 'sqs', name);
    case 'AWS::SNS::Topic':
      return arn(view, 'sns', name);
    case 'AWS::DynamoDB::Table':
    case 'AWS::DynamoDB::GlobalTable':
      return arn(view, 'dynamodb', `table/${name}`);
    case 'AWS::Events::EventBus':
      return arn(view, 'events', `event-bus/${name}`);
    case 'AWS::Events::Rule':
      return arn(view, 'events', `rule/${name}`);
    case 'AWS::Scheduler::Schedule':
      return arn(view, 'scheduler', `schedule/${scheduleGroup(view)}/${name}`);
    case 'AWS::Scheduler::ScheduleGroup':
      return arn(view, 'scheduler', `schedule-group/${name}`);
    case 'AWS::IAM::Role':
      return `arn:aws:iam::${view.stack.account}:role/${name}`;
    case 'AWS::IAM::ManagedPolicy':
      return `arn:aws:iam::${view.stack.account}:policy/${name}`;
    case 'AWS::Logs::LogGroup':
      return arn(view, 'logs', `log-group:${name}:*`);
    case 'AWS::SecretsManager::Secret':
      return arn(view, 'secretsmanager', `secret:${name}`);
    case 'AWS::Cognito::UserPool':
      return arn(view, 'cognito-idp', `userpool/${poolId(view)}`);
    case 'AWS::RDS::DBCluster':
      return arn(view, 'rds', `cluster:${name}`);
    case 'AWS::RDS::DBProxy':
      return arn(view, 'rds', `db-proxy:prx-${shortHash(name, 17)}`);
    case 'AWS::KMS::Key':
      return arn(view, 'kms', `key/${name}`);
    case 'AWS::CloudWatch::Alarm':
      return arn(view, 'cloudwatch', `alarm:${name}`);
    default:
      return arn(view, (view.type.split('::')[1] ?? 'unknown').toLowerCase(), name);
  }
}

function functionArn(view: View): string {
  const name = text(view, 'FunctionName');
  return name.startsWith('arn:') ? name : arn(view, 'lambda', `function:${name}`);
}

/** An alias names its machine only through the versions it routes to. */
function aliasTarget(view: View): string {
  const routes = view.property('RoutingConfiguration') ?? [];
  const preference = view.property('DeploymentPreference') ?? {};
  const found = /arn:aws:states:[^:"]*:\d+:stateMachine:[^:"]+/.exec(
    JSON.stringify([routes, preference]),
  );
  if (found === null) throw new Unsupported(`${view.where}: the alias names no version`);
  return found[0];
}

function scheduleGroup(view: View): string {
  const group = view.property('GroupName');
  return typeof group === 'string' ? group : 'default';
}

function poolId(view: View): string {
  return `${view.stack.region}_${shortHash(`${view.stack.name}/${view.logicalId}`, 9)}`;
}

/** What `Ref` answers. */
export function identity(view: View, places: Places): string {
  switch (view.type) {
    case 'AWS::SQS::Queue':
      return attribute(view, 'QueueUrl', places);
    case 'AWS::StepFunctions::StateMachine':
    case 'AWS::StepFunctions::StateMachineVersion':
    case 'AWS::StepFunctions::StateMachineAlias':
    case 'AWS::Lambda::Version':
    case 'AWS::Lambda::Alias':
    case 'AWS::SNS::Topic':
    case 'AWS::SecretsManager::Secret':
    case 'AWS::IAM::ManagedPolicy':
      return arnOf(view);
    case 'AWS::SecretsManager::SecretTargetAttachment':
      return text(view, 'SecretId');
    case 'AWS::Cognito::UserPool':
      return poolId(view);
    case 'AWS::ApiGateway::RestApi':
    case 'AWS::ApiGateway::Resource':
    case 'AWS::ApiGateway::Authorizer':
    case 'AWS::ApiGateway::RequestValidator':
    case 'AWS::ApiGateway::Deployment':
    case 'AWS::Cognito::UserPoolClient':
      return shortHash(`${view.stack.name}/${view.logicalId}`, 10);
    default:
      return nameOf(view);
  }
}

type Attribute = (view: View, places: Places) => string;

const attributes: Readonly<Record<string, Readonly<Record<string, Attribute>>>> = {
  'AWS::SQS::Queue': {
    QueueName: nameOf,
    QueueUrl: (view, places) => `${places.sqsUrl}/${view.stack.account}/${nameOf(view)}`,
  },
  'AWS::StepFunctions::StateMachine': { Name: nameOf, StateMachineRevisionId: () => 'INITIAL' },
  'AWS::DynamoDB::Table': {
    StreamArn: (view) => `${arnOf(view)}/stream/2026-01-01T00:00:00.000`,
  },
  'AWS::DynamoDB::GlobalTable': {
    StreamArn: (view) => `${arnOf(view)}/stream/2026-01-01T00:00:00.000`,
  },
  'AWS::Events::EventBus': { Name: nameOf },
  'AWS::RDS::DBCluster': {
    DBClusterArn: arnOf,
    'Endpoint.Address': (_, places) => places.postgres.host,
    'Endpoint.Port': (_, places) => String(places.postgres.port),
    'ReadEndpoint.Address': (_, places) => places.postgres.host,
    DBClusterResourceId: (view) => `cluster-${shortHash(view.where, 20)}`,
    'MasterUserSecret.SecretArn': (view) => arn(view, 'secretsmanager', `secret:${nameOf(view)}`),
  },
  'AWS::RDS::DBInstance': {
    'Endpoint.Address': (_, places) => places.postgres.host,
    'Endpoint.Port': (_, places) => String(places.postgres.port),
  },
  'AWS::RDS::DBProxy': {
    DBProxyArn: arnOf,
    Endpoint: (_, places) => places.postgres.host,
    VpcId: () => 'vpc-local',
  },
  'AWS::RDS::DBProxyEndpoint': {
    Endpoint: (_, places) => places.postgres.host,
    DBProxyEndpointArn: arnOf,
  },
  'AWS::ElastiCache::ServerlessCache': {
    ARN: arnOf,
    'Endpoint.Address': (_, places) => places.redis.host,
    'Endpoint.Port': (_, places) => String(places.redis.port),
  },
  'AWS::SecretsManager::Secret': { Id: arnOf },
  'AWS::Cognito::UserPool': {
    ProviderURL: (view, places) => places.issuer(poolId(view)),
    ProviderName: (view, places) => places.issuer(poolId(view)).replace(/^https?:\/\//, ''),
    UserPoolId: poolId,
  },
  'AWS::Cognito::UserPoolClient': { ClientId: (view, places) => identity(view, places) },
  'AWS::ApiGateway::RestApi': {
    RootResourceId: (view, places) => `${identity(view, places)}-root`,
    RestApiId: (view, places) => identity(view, places),
  },
  'AWS::ApiGateway::Resource': { ResourceId: (view, places) => identity(view, places) },
  'AWS::ApiGateway::Authorizer': { AuthorizerId: (view, places) => identity(view, places) },
  'AWS::ApiGateway::Deployment': { DeploymentId: (view, places) => identity(view, places) },
  'AWS::IAM::Role': { RoleId: (view) => shortHash(view.where, 20) },
  'AWS::Lambda::Function': {
    'SnapStartResponse.ApplyOn': () => 'None',
    'SnapStartResponse.OptimizationStatus': () => 'Off',
  },
  'AWS::Lambda::Version': { Version: () => '1', FunctionArn: arnOf },
  'AWS::KMS::Key': { KeyId: nameOf },
  'AWS::SNS::Topic': { TopicName: nameOf, TopicArn: arnOf },
  'AWS::EC2::VPC': {
    VpcId: nameOf,
    CidrBlock: (view) => String(view.property('CidrBlock')),
    DefaultSecurityGroup: () => 'sg-default',
    DefaultNetworkAcl: () => 'acl-default',
  },
  'AWS::EC2::SecurityGroup': { GroupId: nameOf, VpcId: () => 'vpc-local' },
  'AWS::EC2::Subnet': {
    SubnetId: nameOf,
    AvailabilityZone: (view) => `${view.stack.region}a`,
  },
  'AWS::ApiGateway::ApiKey': { APIKeyId: nameOf },
};

/**
 * What `Fn::GetAtt` answers. `Arn` is known for every type.
 * @throws Unsupported for an attribute this does not know, by name
 */
export function attribute(view: View, name: string, places: Places): string {
  const known = attributes[view.type]?.[name];
  if (known !== undefined) return known(view, places);
  if (name === 'Arn' || name.endsWith('Arn')) return arnOf(view);
  throw new Unsupported(`${view.where}: attribute ${name} of ${view.type} is not known locally`);
}
