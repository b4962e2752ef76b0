import { beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { metricNames } from '../../domain/shared/metrics.ts';
import { stageOf } from '../../infra/stages.ts';
import { type Assembly, type Resource, strings, synthesize } from './assembly.ts';

const environmentSchema = z.looseObject({ Variables: z.record(z.string(), z.unknown()) });

/** What is logged, traced and told, and for how long it is kept. */
describe.each(['prod', 'staging', 'branch-x'])('%s', (stage) => {
  let assembly: Assembly;
  beforeAll(async () => {
    assembly = await synthesize(stage);
  }, 120_000);

  const text = (resource: Resource, property: string) => String(resource.properties[property]);

  it('every log group forgets after as long as the stage says', () => {
    const groups = assembly.ofType('AWS::Logs::LogGroup');
    expect(groups.length).toBeGreaterThan(50);
    for (const group of groups) {
      expect(group.properties['RetentionInDays'], group.where).toBe(
        stageOf(stage).logRetentionDays,
      );
      expect(group.deletionPolicy, group.where).toBe(
        // Of a thing that goes with its branch.
        stageOf(stage).keepsData ? 'Retain' : 'Delete',
      );
    }
  });

  it('every function logs to one of them, CDK’s own helpers too', () => {
    const groups = assembly.ofType('AWS::Logs::LogGroup');
    const ids = new Set(groups.map(({ logicalId }) => logicalId));
    const byFunction = groups.flatMap(({ properties }) =>
      strings(properties['LogGroupName']).filter((part) => part !== '/aws/lambda/'),
    );
    const homeless = assembly
      .ofType('AWS::Lambda::Function')
      .filter(
        ({ logicalId, properties }) =>
          !strings(properties['LoggingConfig']).some((part) => ids.has(part)) &&
          !byFunction.includes(logicalId),
      );
    expect(homeless.map(({ where }) => where)).toEqual([]);
  });

  it('the network, the API and its errors, the machines and the database write logs', () => {
    const names = assembly
      .ofType('AWS::Logs::LogGroup')
      .flatMap(({ properties }) => strings(properties['LogGroupName']));
    expect(names).toContain(`/kassa/${stage}/api-access`);
    expect(names).toContain('API-Gateway-Execution-Logs_');
    const [api] = assembly.ofType('AWS::ApiGateway::Stage');
    expect(api?.properties['MethodSettings']).toMatchObject([
      { LoggingLevel: 'ERROR', DataTraceEnabled: false, MetricsEnabled: true },
    ]);
    if (stageOf(stage).clusterOf !== undefined) return;
    expect(names).toContain(`/kassa/${stage}/network`);
    expect(assembly.ofType('AWS::EC2::FlowLog')).toHaveLength(1);
    const [cluster] = assembly.ofType('AWS::RDS::DBCluster');
    expect(cluster?.properties['EnableCloudwatchLogsExports']).toEqual(['postgresql']);
  });

  it('X-Ray sees the API, the functions and the machines', () => {
    const [api, ...more] = assembly.ofType('AWS::ApiGateway::Stage');
    expect(more).toEqual([]);
    expect(api?.properties['TracingEnabled']).toBe(true);
    for (const one of assembly.ofType('AWS::Lambda::Function')) {
      if (one.properties['FunctionName'] === undefined) continue;
      expect(one.properties['TracingConfig'], one.where).toEqual({ Mode: 'Active' });
    }
    for (const machine of assembly.ofType('AWS::StepFunctions::StateMachine')) {
      expect(machine.properties['TracingConfiguration'], machine.where).toEqual({ Enabled: true });
    }
  });

  it('every queue that is read has an alarm on the age of its oldest message', () => {
    const read = assembly
      .ofType('AWS::SQS::Queue')
      .filter(({ properties }) => properties['RedrivePolicy'] !== undefined);
    expect(read.length).toBeGreaterThan(3);
    const ages = assembly
      .ofType('AWS::CloudWatch::Alarm')
      .filter((alarm) => text(alarm, 'MetricName') === 'ApproximateAgeOfOldestMessage')
      .map(({ properties }) => JSON.stringify(properties['Dimensions']));
    for (const queue of read) {
      expect(
        ages.some((dimensions) => dimensions.includes(queue.logicalId)),
        queue.where,
      ).toBe(true);
    }
    expect(ages).toHaveLength(read.length);
  });

  it('every stream that is read has an alarm on how far its reader is behind, which no error tells', () => {
    const readers = assembly
      .ofType('AWS::Lambda::EventSourceMapping')
      .filter(({ properties }) => properties['StartingPosition'] !== undefined)
      .map(({ properties }) => strings(properties['FunctionName'])[0] ?? 'nobody');
    expect(readers).toHaveLength(2);
    const ages = assembly
      .ofType('AWS::CloudWatch::Alarm')
      .filter((alarm) => text(alarm, 'MetricName') === 'IteratorAge')
      .map(({ properties }) => JSON.stringify(properties['Dimensions']));
    expect(ages).toHaveLength(readers.length);
    for (const reader of readers) {
      expect(
        ages.some((dimensions) => dimensions.includes(reader)),
        reader,
      ).toBe(true);
    }
  });

  it('every relay has an alarm on rows that fail for minutes, of which neither errors nor queues tell', () => {
    const told = assembly
      .ofType('AWS::CloudWatch::Alarm')
      .filter((alarm) => text(alarm, 'MetricName') === metricNames.rowsStuck)
      .map(({ properties }) => properties['Dimensions']);
    expect(told).toEqual(
      ['outbox-relay', 'mailbox-relay', 'inbox-processor'].map((Value) => [
        { Name: 'service', Value },
      ]),
    );
  });

  it('a function that runs once an hour or a night rings at its first failure, all others when they fail again and again', () => {
    const thresholds = assembly
      .ofType('AWS::CloudWatch::Alarm')
      .filter((alarm) => text(alarm, 'Namespace') === 'AWS/Lambda')
      .filter((alarm) => text(alarm, 'MetricName') === 'Errors')
      .filter((alarm) => text(alarm, 'AlarmName').endsWith('-errors'))
      .map((alarm) => [
        text(alarm, 'AlarmName').replace(`kassa-${stage}-`, '').replace('-errors', ''),
        alarm.properties['Threshold'],
      ]);
    const first = thresholds.filter(([, threshold]) => threshold === 1).map(([name]) => name);
    expect(first.sort()).toEqual(['check-books', 'purge-settled', 'watch-authorisations']);
    expect(new Set(thresholds.map(([, threshold]) => threshold))).toEqual(new Set([1, 5]));
  });

  it('whatever functions count rings or is drawn', () => {
    const ringing = assembly
      .ofType('AWS::CloudWatch::Alarm')
      .map((alarm) => text(alarm, 'MetricName'));
    const [dashboard] = assembly.ofType('AWS::CloudWatch::Dashboard');
    const drawn = strings(dashboard?.properties['DashboardBody']).join('');
    const unseen = Object.values(metricNames).filter(
      (metric) => !ringing.includes(metric) && !drawn.includes(`"${metric}"`),
    );
    expect(unseen).toEqual([]);
  });

  it('every machine and every function has an alarm of its own', () => {
    const watched = assembly
      .ofType('AWS::CloudWatch::Alarm')
      .map(({ properties }) => JSON.stringify([properties['Dimensions'], properties['Metrics']]));
    const once = new Set(['kassa-migrate', 'kassa-seed-shop', 'kassa-own-database']);
    for (const resource of [
      ...assembly.ofType('AWS::StepFunctions::StateMachine'),
      ...assembly
        .ofType('AWS::Lambda::Function')
        .filter((one) => one.properties['FunctionName'] !== undefined)
        // A deployment fails with them.
        .filter((one) => !once.has(text(one, 'FunctionName').replace(`-${stage}`, ''))),
    ]) {
      expect(
        watched.some((dimensions) => dimensions.includes(resource.logicalId)),
        resource.where,
      ).toBe(true);
    }
  });

  it('an alarm looks at what this stage’s functions count, and at no other’s', () => {
    const published = assembly
      .ofType('AWS::Lambda::Function')
      .filter((one) => one.properties['FunctionName'] !== undefined)
      .map((one) => environmentSchema.parse(one.properties['Environment']).Variables)
      .map((variables) => variables['POWERTOOLS_METRICS_NAMESPACE']);
    expect(new Set(published)).toEqual(new Set([`Kassa/${stage}`]));
    const watched = assembly
      .ofType('AWS::CloudWatch::Alarm')
      .map((alarm) => text(alarm, 'Namespace'))
      .filter((namespace) => namespace.startsWith('Kassa'));
    expect(watched.length).toBeGreaterThan(5);
    expect(new Set(watched)).toEqual(new Set([`Kassa/${stage}`]));
    const [dashboard] = assembly.ofType('AWS::CloudWatch::Dashboard');
    const drawn = strings(dashboard?.properties['DashboardBody'])
      .join('')
      .match(/Kassa\/[\w-]+/g);
    expect(new Set(drawn)).toEqual(new Set([`Kassa/${stage}`]));
  });
});
