import { beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { planNameSchema, plans, usageKey } from '../../domain/access/plans.ts';
import { outboxNudgeDelay } from '../../domain/shared/nudges.ts';
import { functionNames, functionsOf, ladder, specOf } from '../../infra/functions.ts';
import { routes } from '../../infra/routes.ts';
import { stageOf } from '../../infra/stages.ts';
import { definitions } from '../../workflows/machines.ts';
import { placeholders, stepNames } from '../../workflows/references.ts';
import { type Assembly, type Resource, strings, synthesize } from './assembly.ts';
import { starActions } from './stars.ts';

const oneOrMany = z.union([z.string(), z.array(z.string())]).transform((value) => [value].flat());
const statementSchema = z.looseObject({
  Effect: z.string(),
  Action: oneOrMany,
  Resource: z.unknown(),
});
const documentSchema = z.looseObject({ Statement: z.array(statementSchema) });

const stages = ['staging', 'prod', 'branch-x'] as const;
const assemblies = new Map<string, Assembly>();
beforeAll(async () => {
  for (const stage of stages) assemblies.set(stage, await synthesize(stage));
}, 180_000);

function assembly(stage: string): Assembly {
  const found = assemblies.get(stage);
  if (found === undefined) throw new Error(`${stage} was not synthesized`);
  return found;
}

const name = (resource: Resource, property: string) => {
  const value = resource.properties[property];
  return typeof value === 'string' ? value : '';
};
/** Functions of ours, not CDK's own helpers. */
const ours = (a: Assembly) =>
  a.ofType('AWS::Lambda::Function').filter((one) => name(one, 'FunctionName') !== '');

describe.each(stages)('%s', (stage) => {
  it('no action is `*`, and `*` as a resource only where the list says why', () => {
    const a = assembly(stage);
    const used = new Set<string>();
    const wrong: string[] = [];
    for (const policy of [
      ...a.ofType('AWS::IAM::Policy'),
      ...a.ofType('AWS::IAM::ManagedPolicy'),
    ]) {
      for (const statement of documentSchema.parse(policy.properties['PolicyDocument']).Statement) {
        const everything = [statement.Resource].flat().includes('*');
        for (const action of statement.Action) {
          if (action.includes('*')) wrong.push(`${policy.where}: ${action}`);
          if (!everything) continue;
          used.add(action);
          if (starActions[action] === undefined) wrong.push(`${policy.where}: ${action} on *`);
        }
      }
    }
    expect(wrong).toEqual([]);
    expect(Object.keys(starActions).filter((action) => !used.has(action))).toEqual([]);
  });

  it('roles of ours have no inline or managed policies but API Gateway’s, CodeDeploy’s and CDK’s own', () => {
    const managed = assembly(stage)
      .ofType('AWS::IAM::Role')
      .filter((role) => role.properties['ManagedPolicyArns'] !== undefined);
    expect(managed.map((role) => role.logicalId.replace(/[0-9A-F]{8}$/, ''))).toEqual([
      ...(stageOf(stage).clusterOf === undefined
        ? ['apiCloudWatchRole', 'deploymentsrole']
        : ['deploymentsrole', 'owndatabaseproviderframeworkonEventServiceRole']),
      expect.stringMatching(/^AWSCDKTriggerCustomResourceProvider/),
    ]);
  });

  it('every queue has a dead-letter queue or is one, and every one of those an alarm', () => {
    const a = assembly(stage);
    const queues = a.ofType('AWS::SQS::Queue');
    const dead = queues.filter((queue) => queue.properties['RedrivePolicy'] === undefined);
    const alarmed = a
      .ofType('AWS::CloudWatch::Alarm')
      .filter((alarm) => name(alarm, 'MetricName') === 'ApproximateNumberOfMessagesVisible')
      .map((alarm) => name(alarm, 'AlarmName').replace(`kassa-${stage}-`, ''));
    const names = dead.map((queue) => name(queue, 'QueueName').replace(`kassa-${stage}-`, ''));
    expect(names).toHaveLength(7);
    expect(alarmed.sort()).toEqual(names.map((one) => `${one}-holds-messages`).sort());
    for (const queue of queues.filter((one) => !dead.includes(one))) {
      const targets = strings(queue.properties['RedrivePolicy']);
      expect(
        dead.some(({ logicalId }) => targets.includes(logicalId)),
        queue.where,
      ).toBe(true);
    }
  });

  it('every alarm says its impact and its runbook, tells somebody, and none counts NumberOfMessagesSent', () => {
    const alarms = assembly(stage).ofType('AWS::CloudWatch::Alarm');
    expect(alarms.length).toBeGreaterThan(40);
    for (const alarm of alarms) {
      expect(name(alarm, 'AlarmDescription'), alarm.where).toMatch(
        / See docs\/runbooks\/README\.md#[a-z-]+$/,
      );
      expect(alarm.properties['AlarmActions'], alarm.where).toHaveLength(1);
      expect(name(alarm, 'MetricName')).not.toBe('NumberOfMessagesSent');
    }
  });

  it('every queue, topic, table and cluster is encrypted', () => {
    const a = assembly(stage);
    for (const queue of a.ofType('AWS::SQS::Queue')) {
      expect(queue.properties['SqsManagedSseEnabled'], queue.where).toBe(true);
    }
    for (const table of a.ofType('AWS::DynamoDB::Table')) {
      expect(table.properties['SSESpecification'], table.where).toEqual({ SSEEnabled: true });
    }
    for (const cluster of a.ofType('AWS::RDS::DBCluster')) {
      expect(cluster.properties['StorageEncrypted'], cluster.where).toBe(true);
    }
    for (const proxy of a.ofType('AWS::RDS::DBProxy')) {
      expect(proxy.properties['RequireTLS'], proxy.where).toBe(true);
    }
  });

  it('every function is arm64 on Node 24 with a timeout, memory, traces and a log group that forgets', () => {
    const a = assembly(stage);
    const functions = ours(a);
    expect(functions.map((one) => name(one, 'FunctionName')).sort()).toEqual(
      functionsOf(stageOf(stage))
        .map((one) => `kassa-${stage}-${one}`)
        .sort(),
    );
    const logs = new Map(
      a.ofType('AWS::Logs::LogGroup').map((group) => [group.logicalId, group.properties]),
    );
    for (const one of functions) {
      const functionName = name(one, 'FunctionName').replace(`kassa-${stage}-`, '');
      const spec = functionNames.find((candidate) => candidate === functionName);
      expect(spec, one.where).toBeDefined();
      if (spec === undefined) continue;
      expect(one.properties, one.where).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        Handler: 'index.handler',
        Timeout: specOf(spec).timeout,
        MemorySize: specOf(spec).memory,
        TracingConfig: { Mode: 'Active' },
      });
      const [group] = strings(one.properties['LoggingConfig']);
      expect(logs.get(group ?? '')?.['RetentionInDays'], one.where).toBe(
        stageOf(stage).logRetentionDays,
      );
    }
  });

  it('a function with the database is in the isolated network, one without is not', () => {
    for (const one of ours(assembly(stage))) {
      const spec = functionNames.find(
        (candidate) => name(one, 'FunctionName') === `kassa-${stage}-${candidate}`,
      );
      if (spec === undefined) throw new Error(one.where);
      const inside = one.properties['VpcConfig'] !== undefined;
      expect({ spec, inside }).toEqual({ spec, inside: specOf(spec).database !== undefined });
    }
    const a = assembly(stage);
    expect([...a.ofType('AWS::EC2::NatGateway'), ...a.ofType('AWS::EC2::InternetGateway')]).toEqual(
      [],
    );
  });

  it('one step, one outside system: nothing has both Stripe’s key and our database', () => {
    for (const one of functionNames) {
      const spec = specOf(one);
      expect(spec.stripe === 'key' && spec.database !== undefined, one).toBe(false);
    }
  });

  it('every machine logs at ALL without data, and is traced', () => {
    const machines = assembly(stage).ofType('AWS::StepFunctions::StateMachine');
    expect(machines).toHaveLength(6);
    for (const machine of machines) {
      expect(machine.properties, machine.where).toMatchObject({
        LoggingConfiguration: { Level: 'ALL', IncludeExecutionData: false },
        TracingConfiguration: { Enabled: true },
      });
    }
  });

  it('every schedule and every rule has a dead-letter queue', () => {
    const a = assembly(stage);
    const schedules = a.ofType('AWS::Scheduler::Schedule');
    expect(schedules).toHaveLength(9);
    for (const schedule of schedules) {
      expect(schedule.properties['Target'], schedule.where).toMatchObject({
        DeadLetterConfig: { Arn: expect.anything() },
      });
    }
    for (const rule of a.ofType('AWS::Events::Rule')) {
      expect(rule.properties['Targets'], rule.where).toEqual([
        expect.objectContaining({ DeadLetterConfig: { Arn: expect.anything() } }),
      ]);
    }
  });

  it('every stream reader reports single failures and keeps what it gives up', () => {
    const mappings = assembly(stage)
      .ofType('AWS::Lambda::EventSourceMapping')
      .filter((mapping) => mapping.properties['StartingPosition'] !== undefined);
    expect(mappings).toHaveLength(2);
    for (const mapping of mappings) {
      expect(mapping.properties, mapping.where).toMatchObject({
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        BisectBatchOnFunctionError: true,
        DestinationConfig: { OnFailure: { Destination: expect.anything() } },
      });
    }
  });

  it('a queue hides a message six times as long as its function may take', () => {
    const hidden = new Map(
      assembly(stage)
        .ofType('AWS::SQS::Queue')
        .map((queue) => [
          name(queue, 'QueueName').replace(`kassa-${stage}-`, ''),
          Number(queue.properties['VisibilityTimeout'] ?? 30),
        ]),
    );
    for (const [queue, reader] of [
      ['outbox-nudge', 'outbox-relay'],
      ['mailbox-nudge', 'mailbox-relay'],
      ['inbox-nudge', 'inbox-processor'],
      ['order-timeline', 'order-timeline'],
    ] as const) {
      expect(hidden.get(queue), queue).toBeGreaterThanOrEqual(6 * specOf(reader).timeout);
    }
  });

  it('a nudge of the outbox lies hidden for as long as its sender takes it to', () => {
    const delays = assembly(stage)
      .ofType('AWS::SQS::Queue')
      .filter((queue) => Number(queue.properties['DelaySeconds'] ?? 0) > 0)
      .map((queue) => [name(queue, 'QueueName'), queue.properties['DelaySeconds']]);
    expect(delays).toEqual([[`kassa-${stage}-outbox-nudge`, outboxNudgeDelay]]);
  });

  it('nudges of the outbox are gathered into one run, those that somebody waits for are not held back', () => {
    const windows = assembly(stage)
      .ofType('AWS::Lambda::EventSourceMapping')
      .flatMap(({ properties }) => {
        const [, queue] =
          /(outbox|mailbox|inbox)nudge/.exec(strings(properties['EventSourceArn']).join()) ?? [];
        const { MaximumBatchingWindowInSeconds: window = 0, BatchSize: size } = properties;
        return queue === undefined ? [] : [[queue, { window, size }] as const];
      });
    expect(Object.fromEntries(windows)).toEqual({
      outbox: { window: 1, size: 1000 },
      mailbox: { window: 0, size: 10 },
      inbox: { window: 0, size: 10 },
    });
  });

  it('no stack comes near 500 resources', () => {
    const sizes = new Map<string, number>();
    for (const { stack } of assembly(stage).resources) {
      sizes.set(stack, (sizes.get(stack) ?? 0) + 1);
    }
    expect(sizes.size).toBe(9);
    for (const [stack, size] of sizes) expect(size, stack).toBeLessThan(400);
  });

  it('every route but health and the webhook asks the authorizer', () => {
    const methods = assembly(stage).ofType('AWS::ApiGateway::Method');
    const open = methods.filter((method) => method.properties['AuthorizationType'] !== 'CUSTOM');
    expect(methods.length).toBe(routes.length + 1);
    expect(open).toHaveLength(2);
    expect(JSON.stringify(open.map((method) => method.properties['Integration']))).toMatch(
      /stripewebhook.*MOCK|MOCK.*stripewebhook/,
    );
  });

  it('every route but health and the webhook counts its requests by what the authorizer says', () => {
    const a = assembly(stage);
    const [api] = a.ofType('AWS::ApiGateway::RestApi');
    expect(api?.properties['ApiKeySourceType']).toBe('AUTHORIZER');
    for (const method of a.ofType('AWS::ApiGateway::Method')) {
      const { AuthorizationType: type, ApiKeyRequired: counted = false } = method.properties;
      expect({ type, counted }, method.where).toEqual({ type, counted: type === 'CUSTOM' });
    }
    // API Gateway asks the authorizer only where every identity source is there, and forgets who it was after five
    // minutes, which is how long a revoked key may live on.
    const [authorizer] = a.ofType('AWS::ApiGateway::Authorizer');
    expect(authorizer?.properties).toMatchObject({
      IdentitySource: 'method.request.header.Authorization',
      AuthorizerResultTtlInSeconds: 300,
    });
  });

  it('every key that the authorizer may name is in a plan that covers the API, and no other key is', () => {
    const a = assembly(stage);
    const [live] = a.ofType('AWS::ApiGateway::Stage');
    const found = a.ofType('AWS::ApiGateway::UsagePlan').map((plan) => {
      const [covered, ...more] = z
        .array(z.strictObject({ ApiId: z.unknown(), Stage: z.unknown() }))
        .parse(plan.properties['ApiStages']);
      expect(more, plan.where).toEqual([]);
      expect(strings(covered).join(' '), plan.where).toContain(live?.logicalId ?? 'no stage');
      const keys = a
        .ofType('AWS::ApiGateway::UsagePlanKey')
        .filter((one) => strings(one.properties['UsagePlanId']).includes(plan.logicalId))
        .flatMap((one) => strings(one.properties['KeyId']))
        .map((id) => a.ofType('AWS::ApiGateway::ApiKey').find((key) => key.logicalId === id));
      for (const key of keys) expect(key?.properties['Enabled']).toBe(true);
      const { Throttle: throttle, Quota: quota } = plan.properties;
      return { throttle, quota, keys: keys.map((key) => key?.properties['Value']).sort() };
    });
    const slots = Array.from({ length: stageOf(stage).planPlaces }, (_, index) => index + 1);
    expect(found).toEqual([
      {
        throttle: undefined,
        quota: undefined,
        keys: [usageKey(stage, { plan: 'people' })],
      },
      ...planNameSchema.options.map((plan) => ({
        throttle: { RateLimit: plans[plan].rate, BurstLimit: plans[plan].burst },
        quota: { Limit: plans[plan].monthly, Period: 'MONTH' },
        keys: slots.map((slot) => usageKey(stage, { plan, slot })).sort(),
      })),
    ]);
    expect(a.ofType('AWS::ApiGateway::ApiKey')).toHaveLength(1 + 2 * slots.length);
  });

  it.each([
    ['the authorizer reads single keys and nothing else', 'authorizer', ['dynamodb:GetItem']],
    [
      'the timeline is written in batches and not read',
      'order-timeline',
      ['dynamodb:BatchWriteItem'],
    ],
  ])('%s', (_, functionName, allowed) => {
    const a = assembly(stage);
    const [role] = a
      .ofType('AWS::Lambda::Function')
      .filter((one) => name(one, 'FunctionName') === `kassa-${stage}-${functionName}`)
      .flatMap((one) => strings(one.properties['Role']));
    const statements = a
      .ofType('AWS::IAM::Policy')
      .filter((policy) => strings(policy.properties['Roles']).includes(role ?? ''))
      .flatMap((policy) => documentSchema.parse(policy.properties['PolicyDocument']).Statement);
    const actions = statements.flatMap((statement) => statement.Action);
    expect(actions.filter((action) => action.startsWith('dynamodb:'))).toEqual(allowed);
  });

  it('the API calls aliases, which CodeDeploy moves, and takes back when customers get errors', () => {
    const a = assembly(stage);
    const aliases = a.ofType('AWS::Lambda::Alias');
    const called = a
      .ofType('AWS::ApiGateway::Method')
      .flatMap((method) => strings(method.properties['Integration']));
    for (const alias of aliases) expect(called, alias.where).toContain(alias.logicalId);
    for (const one of ours(a)) expect(called, one.where).not.toContain(one.logicalId);
    const groups = a.ofType('AWS::CodeDeploy::DeploymentGroup');
    expect(groups).toHaveLength(aliases.length);
    for (const group of groups) {
      expect(group.properties, group.where).toMatchObject({
        AlarmConfiguration: { Enabled: true, Alarms: [{ Name: expect.anything() }] },
        AutoRollbackConfiguration: {
          Enabled: true,
          Events: expect.arrayContaining(['DEPLOYMENT_STOP_ON_ALARM', 'DEPLOYMENT_FAILURE']),
        },
        DeploymentConfigName: stageOf(stage).gradual
          ? 'CodeDeployDefault.LambdaCanary10Percent5Minutes'
          : 'CodeDeployDefault.LambdaAllAtOnce',
      });
    }
  });

  it('machines are started by their alias, which moves to each new version and back by alarm', () => {
    const a = assembly(stage);
    const machines = a.ofType('AWS::StepFunctions::StateMachine');
    const aliases = a.ofType('AWS::StepFunctions::StateMachineAlias');
    const versions = a.ofType('AWS::StepFunctions::StateMachineVersion');
    expect([aliases.length, versions.length]).toEqual([machines.length, machines.length]);
    for (const version of versions) expect(version.deletionPolicy, version.where).toBe('Retain');
    for (const alias of aliases) {
      expect(alias.properties['DeploymentPreference'], alias.where).toMatchObject({
        Type: stageOf(stage).gradual ? 'CANARY' : 'ALL_AT_ONCE',
        Alarms: [expect.anything()],
      });
    }
    // Permissions name the machine, since IAM does not know aliases; everything else names the alias.
    const bare = machines.flatMap(({ logicalId }) =>
      a.resources
        .filter(
          (one) => !/^AWS::(IAM|CloudWatch|StepFunctions::StateMachineVersion)/.test(one.type),
        )
        .filter((one) => strings(one.properties).some((text) => text.includes(logicalId)))
        .filter(
          (one) =>
            !aliases.some((alias) =>
              strings(one.properties).some((text) => text.includes(alias.logicalId)),
            ),
        )
        .map((one) => one.where),
    );
    expect(bare).toEqual([]);
  });

  it('files are private, encrypted, and read through CloudFront over TLS only', () => {
    const a = assembly(stage);
    const buckets = a.ofType('AWS::S3::Bucket');
    expect(buckets).toHaveLength(stageOf(stage).accessLogs ? 2 : 1);
    for (const bucket of buckets) {
      expect(bucket.properties, bucket.where).toMatchObject({
        BucketEncryption: expect.anything(),
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
      });
      expect(bucket.deletionPolicy).toBe(stageOf(stage).keepsData ? 'Retain' : 'Delete');
    }
    const files = buckets.find(({ logicalId }) => logicalId.startsWith('files'));
    const logs = buckets.find(({ logicalId }) => logicalId.startsWith('logs'));
    expect(files?.properties).toMatchObject({
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
    });
    const [distribution] = a.ofType('AWS::CloudFront::Distribution');
    if (logs !== undefined) {
      expect(files?.properties).toMatchObject({
        LoggingConfiguration: { DestinationBucketName: { Ref: logs.logicalId } },
      });
      expect(logs.properties['LifecycleConfiguration']).toMatchObject({
        Rules: [{ ExpirationInDays: stageOf(stage).logRetentionDays }],
      });
      expect(distribution?.properties['DistributionConfig']).toMatchObject({
        Logging: { Bucket: { 'Fn::GetAtt': [logs.logicalId, 'RegionalDomainName'] } },
      });
    }
    const policy = a
      .ofType('AWS::S3::BucketPolicy')
      .find(({ logicalId }) => logicalId.startsWith('files'));
    const statements = documentSchema.parse(policy?.properties['PolicyDocument']).Statement;
    const allowed = statements.filter((statement) => statement.Effect === 'Allow');
    expect(allowed).toMatchObject([
      { Action: ['s3:GetObject'], Principal: { Service: 'cloudfront.amazonaws.com' } },
    ]);
    expect(statements).toContainEqual(
      expect.objectContaining({
        Effect: 'Deny',
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      }),
    );
    expect(distribution?.properties['DistributionConfig']).toMatchObject({
      DefaultCacheBehavior: { ViewerProtocolPolicy: 'redirect-to-https' },
    });
  });

  it('the firewall lets the webhook through and nothing else', () => {
    const a = assembly(stage);
    const [acl] = a.ofType('AWS::WAFv2::WebACL');
    expect(acl !== undefined).toBe(stageOf(stage).firewall);
    if (acl === undefined) return;
    expect(a.ofType('AWS::WAFv2::WebACLAssociation')).toHaveLength(1);
    const rules = z
      .array(z.looseObject({ Name: z.string(), Statement: z.record(z.string(), z.unknown()) }))
      .parse(acl.properties['Rules']);
    expect(rules).toHaveLength(4);
    for (const rule of rules) {
      const [scope] = Object.values(rule.Statement).map(
        (statement) =>
          z.looseObject({ ScopeDownStatement: z.unknown() }).parse(statement).ScopeDownStatement,
      );
      expect(Object.keys(scope ?? {}), rule.Name).toEqual(['NotStatement']);
      expect(strings(scope).filter((text) => text.startsWith('/'))).toEqual([
        '/v1/webhooks/stripe',
        '/webhooks/stripe',
      ]);
    }
  });

  it('the ladder of timeouts: the inner one fires first', () => {
    const a = assembly(stage);
    const checkout = definitions.checkout(placeholders);
    expect(checkout.TimeoutSeconds).toBe(ladder.checkout);
    expect(ladder.stripe).toBeLessThan(ladder.checkout);
    expect(ladder.checkout).toBeLessThan(ladder.apiLambda);
    expect(ladder.apiLambda).toBeLessThan(ladder.api);
    const api = ours(a).filter((one) =>
      /(orders|warehouse|courier)-api$/.test(name(one, 'FunctionName')),
    );
    expect(api.map((one) => one.properties['Timeout'])).toEqual([25, 25, 25]);
    for (const method of a.ofType('AWS::ApiGateway::Method')) {
      const integration = z.looseObject({ TimeoutInMillis: z.number().optional() });
      const timeout = integration.parse(method.properties['Integration']).TimeoutInMillis;
      expect(timeout ?? 29_000).toBe(29_000);
    }
    for (const step of ['create-intent', 'cancel-intent', 'capture-payment'] as const) {
      expect(specOf(step).timeout).toBeGreaterThan(ladder.stripe);
      expect(specOf(step).timeout).toBeLessThan(ladder.checkout);
    }
  });
});

describe('prod', () => {
  it('keeps its data: recovery, backups, deletion refused', () => {
    const a = assembly('prod');
    const tables = a.ofType('AWS::DynamoDB::Table');
    expect(tables).toHaveLength(4);
    for (const table of tables) {
      expect(table.deletionPolicy, table.where).toBe('Retain');
      expect(table.properties, table.where).toMatchObject({
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        DeletionProtectionEnabled: true,
      });
    }
    const [cluster] = a.ofType('AWS::RDS::DBCluster');
    expect(cluster?.deletionPolicy).toBe('Snapshot');
    expect(cluster?.properties).toMatchObject({
      DeletionProtection: true,
      BackupRetentionPeriod: 35,
    });
  });

  it('has a reader for what is read often, and no made-up goods', () => {
    const a = assembly('prod');
    expect(a.ofType('AWS::RDS::DBInstance')).toHaveLength(2);
    expect(a.ofType('AWS::RDS::DBProxyEndpoint')).toHaveLength(1);
    expect(ours(a).some((one) => name(one, 'FunctionName').endsWith('seed-shop'))).toBe(false);
  });
});

it('every step of a machine is in the function table', () => {
  for (const step of stepNames) expect(specOf(step).stack, step).toBe('workflows');
});

it('synthesizes the same twice', async () => {
  const again = await synthesize('staging');
  expect([...again.texts]).toEqual([...assembly('staging').texts]);
}, 60_000);

it.each(['production', 'branch-', 'branch-UPPER', ''])('refuses the stage %j', (stage) => {
  expect(() => stageOf(stage)).toThrow();
});
