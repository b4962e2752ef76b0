import { beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { productKey } from '../../adapters/redis/product-cache.ts';
import { skuSchema } from '../../domain/shared/ids.ts';
import { functionNames, specOf } from '../../infra/functions.ts';
import { type Assembly, type Resource, strings, synthesize } from './assembly.ts';

const usingCache = functionNames.filter((name) => specOf(name).cache === true);
const statementsSchema = z.object({
  Statement: z.array(
    z.looseObject({
      Action: z.union([z.string(), z.array(z.string())]).transform((value) => [value].flat()),
      Resource: z.unknown(),
    }),
  ),
});

/** Logical ids in a value, however they are referred to: within the stack, or by another's export. */
const mentions = (value: unknown, logicalId: string) =>
  strings(value).some((text) => text.includes(logicalId));

describe.each(['staging', 'prod', 'branch-x'])('%s', (stage) => {
  let assembly: Assembly;
  let cache: Resource;
  beforeAll(async () => {
    assembly = await synthesize(stage);
    const [found, ...more] = assembly.ofType('AWS::ElastiCache::ServerlessCache');
    if (found === undefined || more.length > 0) throw new Error('one cache was expected');
    cache = found;
  }, 180_000);

  const group = (logicalId: RegExp) => {
    const found = assembly
      .ofType('AWS::EC2::SecurityGroup')
      .filter((one) => logicalId.test(one.logicalId));
    expect(found).toHaveLength(1);
    const [only] = found;
    if (only === undefined) throw new Error('no group');
    return only;
  };
  const functionsOfStage = () =>
    assembly.ofType('AWS::Lambda::Function').flatMap((one) => {
      const { FunctionName: full } = one.properties;
      const name = functionNames.find((candidate) => full === `kassa-${stage}-${candidate}`);
      return name === undefined ? [] : [{ name, one }];
    });

  it('is serverless, which is encrypted at rest and on the way without being asked, and has limits', () => {
    const all = assembly.resources.filter(({ type }) => type.startsWith('AWS::ElastiCache::'));
    expect(all.map(({ type }) => type).sort()).toEqual([
      'AWS::ElastiCache::ServerlessCache',
      'AWS::ElastiCache::User',
      'AWS::ElastiCache::UserGroup',
    ]);
    expect(cache.properties).toMatchObject({
      Engine: 'valkey',
      ServerlessCacheName: `kassa-${stage}`,
      CacheUsageLimits: {
        DataStorage: { Maximum: expect.any(Number), Unit: 'GB' },
        ECPUPerSecond: { Maximum: expect.any(Number) },
      },
      UserGroupId: expect.anything(),
    });
  });

  it('takes no password: its user signs in with IAM, and may do to products what the adapter does', () => {
    const [user] = assembly.ofType('AWS::ElastiCache::User');
    expect(user?.properties).toMatchObject({
      AuthenticationMode: { Type: 'iam' },
      Engine: 'valkey',
      UserId: `kassa-${stage}-app`,
      UserName: `kassa-${stage}-app`,
    });
    expect(user?.properties['Passwords']).toBeUndefined();
    expect(user?.properties['NoPasswordRequired']).toBeUndefined();
    const rules = String(user?.properties['AccessString']).split(' ');
    expect(rules.slice(0, 1)).toEqual(['on']);
    expect(rules.filter((rule) => /^[+-]/.test(rule))).toEqual(['-@all', '+mget', '+set']);
    const keys = rules.filter((rule) => rule.startsWith('~')).map((rule) => rule.slice(1));
    expect(keys).toHaveLength(1);
    const [head = '', tail = ''] = (keys[0] ?? '').split('*');
    const key = productKey(skuSchema.parse('MUG'));
    expect(key.startsWith(head)).toBe(true);
    expect(key).toContain(tail);
  });

  it('lies in the isolated subnets', () => {
    const subnets = z.array(z.unknown()).parse(cache.properties['SubnetIds']);
    expect(subnets).toHaveLength(2);
    if (assembly.ofType('AWS::EC2::Subnet').length === 0) {
      for (const subnet of subnets) expect(mentions(subnet, 'subnet')).toBe(true);
      return;
    }
    const isolated = assembly
      .ofType('AWS::EC2::Subnet')
      .filter((one) => one.properties['MapPublicIpOnLaunch'] === false);
    for (const subnet of subnets) {
      expect(isolated.some(({ logicalId }) => mentions(subnet, logicalId))).toBe(true);
    }
  });

  it('is reached on one port, and only from the functions that use it', () => {
    const clients = group(/^cacheclientsgroup/);
    const own = group(/^cachegroup/);
    expect(JSON.stringify(cache.properties['SecurityGroupIds'])).toContain(own.logicalId);
    expect(own.properties['SecurityGroupIngress']).toBeUndefined();
    const ingress = assembly
      .ofType('AWS::EC2::SecurityGroupIngress')
      .filter((one) => mentions(one.properties['GroupId'], own.logicalId));
    expect(ingress).toHaveLength(1);
    expect(ingress[0]?.properties).toMatchObject({ FromPort: 6379, ToPort: 6379 });
    expect(ingress[0]?.properties['CidrIp']).toBeUndefined();
    expect(mentions(ingress[0]?.properties['SourceSecurityGroupId'], clients.logicalId)).toBe(true);
    const inside = functionsOfStage()
      .filter(({ one }) => mentions(one.properties['VpcConfig'], clients.logicalId))
      .map(({ name }) => name);
    const expected = functionsOfStage().map(({ name }) => name);
    expect(inside.sort()).toEqual(expected.filter((name) => usingCache.includes(name)).sort());
    expect(inside).toContain('price-cart');
  });

  it('those functions, and no others, may sign in, over TLS', () => {
    for (const { name, one } of functionsOfStage()) {
      const { Variables: variables = {} } = z
        .looseObject({ Variables: z.record(z.string(), z.unknown()).optional() })
        .parse(one.properties['Environment']);
      const used = usingCache.includes(name);
      expect([name, variables['CACHE_TLS']]).toEqual([name, used ? 'verify' : undefined]);
    }
    const connecting = assembly.ofType('AWS::IAM::Policy').flatMap((policy) =>
      statementsSchema
        .parse(policy.properties['PolicyDocument'])
        .Statement.filter((one) => one.Action.includes('elasticache:Connect'))
        .map((one) => ({ policy, one })),
    );
    expect(connecting).toHaveLength(
      functionsOfStage().filter(({ name }) => usingCache.includes(name)).length,
    );
    for (const { policy, one } of connecting) {
      const named = strings(one.Resource).filter((text) => text.includes('kassa'));
      expect(named, policy.where).toEqual([
        expect.stringMatching(`:serverlesscache:kassa-${stage}$`),
        expect.stringMatching(`:user:kassa-${stage}-app$`),
      ]);
    }
  });

  it('somebody is told when carts have to do without it', () => {
    const alarms = assembly
      .ofType('AWS::CloudWatch::Alarm')
      .filter((alarm) => alarm.properties['MetricName'] === 'CacheUnavailable');
    expect(alarms.map((alarm) => alarm.properties['AlarmName'])).toEqual([
      `kassa-${stage}-cache-unavailable`,
    ]);
  });
});
