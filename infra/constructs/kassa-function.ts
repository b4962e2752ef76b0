import { join } from 'node:path';
import { ArnFormat, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, Function as Lambda, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { accessTable } from '../../domain/access/table.ts';
import { deliveriesTable } from '../../domain/delivery/table.ts';
import { type FunctionName, type MachineName, specOf, type TableName } from '../functions.ts';
import type { Stage } from '../stages.ts';
import { accept } from './accept.ts';
import { metricsNamespace } from './own-metric.ts';
import type { EventsParts } from './parts.ts';
import { type DatabaseParts, logRetention } from './parts.ts';

export interface MachineArns {
  /** The machine's own, which permissions name: IAM knows machines without their aliases. */
  readonly machine: string;
  /** Of its alias, which is what gets started. */
  readonly live: string;
}

/** What functions are made of and may be given; a function takes of it what its row of the table says. */
export interface Surroundings {
  readonly stage: Stage;
  /** Folder of the bundles, one folder a function. */
  readonly code: string;
  readonly database: DatabaseParts;
  readonly events?: EventsParts;
  readonly machines?: Readonly<Record<MachineName, MachineArns>>;
  readonly environment?: Readonly<Record<string, string>>;
}

/**
 * A function of the table: its bundle, log group, role with exactly the permissions its row asks for, and its
 * environment. Throws where its row asks for something its stack does not have.
 */
export class KassaFunction extends Lambda {
  readonly logs: LogGroup;
  /** Whether it runs once an hour or less: one failure has to tell. */
  readonly seldom: boolean;

  constructor(scope: Construct, name: FunctionName, around: Surroundings) {
    const spec = specOf(name);
    const { stage, database } = around;
    const functionName = `kassa-${stage.name}-${name}`;
    const role = new Role(scope, `${name}-role`, {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `What ${name} may do`,
    });
    const logs = new LogGroup(scope, `${name}-logs`, {
      logGroupName: `/kassa/${stage.name}/functions/${name}`,
      retention: logRetention(stage),
      removalPolicy: stage.keepsData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    super(scope, name, {
      functionName,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: Code.fromAsset(join(around.code, name)),
      memorySize: spec.memory,
      timeout: Duration.seconds(spec.timeout),
      ...(spec.reserved === undefined || !stage.reservesConcurrency
        ? {}
        : { reservedConcurrentExecutions: spec.reserved }),
      tracing: Tracing.ACTIVE,
      logGroup: logs,
      role,
      // What an alias can go back to.
      currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN },
      ...(spec.database === undefined
        ? {}
        : {
            vpc: database.vpc,
            vpcSubnets: { subnets: database.vpc.isolatedSubnets },
            securityGroups: [
              database.functionsGroup,
              ...(spec.cache === true ? [database.cache.clientsGroup] : []),
            ],
          }),
      environment: {
        POWERTOOLS_SERVICE_NAME: name,
        POWERTOOLS_METRICS_NAMESPACE: metricsNamespace(stage),
        POWERTOOLS_LOG_LEVEL: 'INFO',
        NODE_OPTIONS: '--enable-source-maps',
        ...environmentOf(name, around),
        ...spec.environment,
        ...around.environment,
      },
    });
    this.logs = logs;
    this.seldom = spec.seldom === true;
    for (const statement of statementsOf(name, this, around)) role.addToPolicy(statement);
    accept(role, {
      'IAM5[Resource::*]':
        'X-Ray, and for what uses the database its network interfaces, take no resource; test/infrastructure/stars.ts lists the actions, and a rule refuses any other',
      ...Object.fromEntries(
        (spec.starts ?? [])
          .filter((machine) => machine !== 'checkout')
          .map((machine) => [
            `IAM5[Resource::arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution:kassa-${stage.name}-${machine}:*]`,
            'an execution is described by its name, which has the order in it',
          ]),
      ),
    });
  }
}

const tableNames = ['deliveries', 'timeline', 'idempotency', 'access'] as const;
/** By table: functions that may use it may use its index. */
const indexes: Partial<Record<TableName, string>> = {
  deliveries: deliveriesTable.workIndex.name,
  access: accessTable.listIndex.name,
};

function environmentOf(name: FunctionName, around: Surroundings): Record<string, string> {
  const spec = specOf(name);
  const { database } = around;
  const variables: Record<string, string> = {};
  if (spec.database !== undefined) {
    const past = spec.database === 'admin';
    Object.assign(variables, {
      DATABASE_HOST: past
        ? database.clusterHost
        : spec.database === 'reader'
          ? database.readerHost
          : database.proxyHost,
      DATABASE_PORT: past ? database.clusterPort : '5432',
      DATABASE_NAME: database.database.name,
      DATABASE_USER: database.database.user,
      DATABASE_SSL: 'verify-full',
    });
    if (past) variables['DATABASE_ADMIN_SECRET_ARN'] = database.adminSecretArn;
  }
  if (spec.stripe === 'key') variables['STRIPE_SECRET_ARN'] = database.stripeKey.secretArn;
  if (spec.stripe === 'webhook') {
    variables['STRIPE_WEBHOOK_SECRET_ARN'] = database.stripeWebhookSecret.secretArn;
  }
  for (const nudge of spec.nudges ?? []) {
    variables[`${nudge.toUpperCase()}_NUDGE_QUEUE_URL`] = eventsOf(name, around).nudges[
      nudge
    ].queueUrl;
  }
  for (const table of tableNames) {
    if (spec.tables?.[table] === undefined) continue;
    variables[`${table.toUpperCase()}_TABLE`] = database.tables[table].tableName;
  }
  if (spec.cache === true) {
    Object.assign(variables, {
      CACHE_HOST: database.cache.host,
      CACHE_PORT: database.cache.port,
      CACHE_NAME: database.cache.name,
      CACHE_USER: database.cache.user,
      CACHE_TLS: 'verify',
    });
  }
  if (spec.publishes) variables['EVENT_BUS_NAME'] = eventsOf(name, around).bus.eventBusName;
  for (const machine of spec.starts ?? []) {
    variables[`${machine.toUpperCase()}_MACHINE_ARN`] = machineOf(name, machine, around).live;
  }
  return variables;
}

function statementsOf(
  name: FunctionName,
  lambda: KassaFunction,
  around: Surroundings,
): PolicyStatement[] {
  const spec = specOf(name);
  const { database } = around;
  const statements = [
    allow(['logs:CreateLogStream', 'logs:PutLogEvents'], [lambda.logs.logGroupArn]),
  ];
  if (spec.database !== undefined) {
    // Lambda's own network interfaces; EC2 takes no resource for these (see test/infrastructure/stars.ts).
    statements.push(
      allow(
        [
          'ec2:CreateNetworkInterface',
          'ec2:DescribeNetworkInterfaces',
          'ec2:DescribeSubnets',
          'ec2:DeleteNetworkInterface',
          'ec2:AssignPrivateIpAddresses',
          'ec2:UnassignPrivateIpAddresses',
        ],
        ['*'],
      ),
    );
    if (spec.database === 'admin') {
      statements.push(allow(['secretsmanager:GetSecretValue'], [database.adminSecretArn]));
    } else {
      statements.push(allow(['rds-db:connect'], [database.connectArn]));
    }
  }
  if (spec.stripe !== undefined) {
    const secret = spec.stripe === 'key' ? database.stripeKey : database.stripeWebhookSecret;
    statements.push(allow(['secretsmanager:GetSecretValue'], [secret.secretArn]));
  }
  for (const nudge of spec.nudges ?? []) {
    statements.push(allow(['sqs:SendMessage'], [eventsOf(name, around).nudges[nudge].queueArn]));
  }
  for (const table of tableNames) {
    const access = spec.tables?.[table];
    if (access === undefined) continue;
    const index = access === 'item' || access === 'batches' ? undefined : indexes[table];
    const arn = database.tables[table].tableArn;
    const item = ['dynamodb:GetItem'];
    const read = [...item, 'dynamodb:Query'];
    const write = [...read, 'dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem'];
    const batches = ['dynamodb:BatchWriteItem'];
    statements.push(
      allow({ item, read, write, batches }[access], [
        arn,
        ...(index === undefined ? [] : [`${arn}/index/${index}`]),
      ]),
    );
  }
  if (spec.cache === true) {
    statements.push(allow(['elasticache:Connect'], database.cache.connectArns));
  }
  if (spec.publishes) {
    statements.push(allow(['events:PutEvents'], [eventsOf(name, around).bus.eventBusArn]));
  }
  for (const machine of spec.starts ?? []) {
    const arn = machineOf(name, machine, around).machine;
    if (machine === 'checkout') {
      statements.push(allow(['states:StartSyncExecution'], [arn]));
    } else {
      statements.push(
        allow(['states:StartExecution'], [arn]),
        allow(['states:DescribeExecution'], [executionsOf(lambda, around.stage, machine)]),
      );
    }
  }
  if (spec.reportsTasks) {
    // A task token carries no resource; the machine's ARN narrows it (states:SendTask* take state machines).
    statements.push(
      allow(
        ['states:SendTaskSuccess'],
        (['payment', 'fulfilment'] as const).map(
          (machine) => machineOf(name, machine, around).machine,
        ),
      ),
    );
  }
  return statements;
}

function allow(actions: readonly string[], resources: readonly string[]): PolicyStatement {
  return new PolicyStatement({
    effect: Effect.ALLOW,
    actions: [...actions],
    resources: [...resources],
  });
}

function executionsOf(scope: Construct, stage: Stage, machine: MachineName): string {
  return Stack.of(scope).formatArn({
    service: 'states',
    resource: 'execution',
    resourceName: `kassa-${stage.name}-${machine}:*`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
}

function eventsOf(name: FunctionName, around: Surroundings): EventsParts {
  if (around.events !== undefined) return around.events;
  throw new Error(`${name} needs the bus or a queue, which its stack does not have`);
}

function machineOf(name: FunctionName, machine: MachineName, around: Surroundings): MachineArns {
  const arns = around.machines?.[machine];
  if (arns !== undefined) return arns;
  throw new Error(`${name} needs the machine ${machine}, which its stack does not have`);
}
