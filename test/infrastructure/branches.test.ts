import { beforeAll, expect, it } from 'vitest';
import * as z from 'zod';
import { databaseOf } from '../../infra/constructs/parts.ts';
import { stageOf } from '../../infra/stages.ts';
import { type Assembly, strings, synthesize } from './assembly.ts';

const stages = { staging: 'staging', one: 'branch-one', other: 'branch-pr-7' } as const;
let staging: Assembly;
let branch: Assembly;
beforeAll(async () => {
  staging = await synthesize(stages.staging);
  branch = await synthesize(stages.other);
}, 120_000);

const own = databaseOf(stageOf(stages.other));
const parametersSchema = z.looseObject({
  Parameters: z.record(z.string(), z.looseObject({ Type: z.string(), Default: z.unknown() })),
});
const environmentSchema = z.looseObject({ Variables: z.record(z.string(), z.unknown()) });
const policySchema = z.looseObject({
  Statement: z.array(
    z.looseObject({ Action: z.union([z.string(), z.array(z.string())]), Resource: z.unknown() }),
  ),
});

/** What the stage's roles may do by an action: the resources, as text. */
function permitted(assembly: Assembly, action: string): readonly string[] {
  return assembly.ofType('AWS::IAM::Policy').flatMap((policy) =>
    policySchema
      .parse(policy.properties['PolicyDocument'])
      .Statement.filter((statement) => [statement.Action].flat().includes(action))
      .map((statement) => JSON.stringify(statement.Resource)),
  );
}

it('a branch has no network, cluster, proxy or cluster alarm of its own', () => {
  const types = new Set(branch.resources.map(({ type }) => type));
  const network = [...types].filter((type) => /^AWS::(RDS|EC2)::/.test(type));
  // The cache is its own, in staging's network.
  expect(network.filter((type) => !type.startsWith('AWS::EC2::SecurityGroup'))).toEqual([]);
  expect([...types]).toContain('Custom::OwnDatabase');
  expect(
    strings(branch.ofType('AWS::CloudWatch::Alarm').map((one) => one.properties)),
  ).not.toContain('ACUUtilization');
});

it('it asks for what staging tells, and staging tells it in the same account, by name', () => {
  const asked = [...branch.texts.values()].flatMap((text) => {
    const { Parameters } = parametersSchema.partial().parse(JSON.parse(text));
    return Object.values(Parameters ?? {})
      .filter(({ Type }) => Type.startsWith('AWS::SSM::'))
      .map(({ Default }) => String(Default))
      .filter((parameter) => parameter.startsWith('/kassa/'));
  });
  const told = staging.ofType('AWS::SSM::Parameter').map(({ properties }) => properties['Name']);
  expect(told).toHaveLength(10);
  expect([...new Set(asked)].sort()).toEqual([...told].sort());
});

it('each of its functions goes to its own database, as its own user', () => {
  const connecting = branch
    .ofType('AWS::Lambda::Function')
    .map(({ properties }) => environmentSchema.safeParse(properties['Environment']).data?.Variables)
    .filter((variables) => variables?.['DATABASE_NAME'] !== undefined);
  expect(connecting.length).toBeGreaterThan(20);
  for (const variables of connecting) {
    expect(variables).toMatchObject({ DATABASE_NAME: own.name, DATABASE_USER: own.user });
  }
});

it('it may sign in as that user alone, and staging as its own', () => {
  const here = permitted(branch, 'rds-db:connect');
  expect(here.length).toBeGreaterThan(20);
  for (const resource of here) expect(resource).toMatch(`/${own.user}"`);
  const functions = permitted(staging, 'rds-db:connect');
  for (const resource of functions) expect(resource).toMatch('/kassa_app"');
  // The proxy carries everybody's sign-in on.
  expect(functions.filter((resource) => resource.includes('/kassa_branch_*"'))).toHaveLength(1);
});

it('the administrator’s secret is read by what makes and migrates databases, and by nothing else', () => {
  for (const [stage, assembly, readers] of [
    ['staging', staging, ['migrate']],
    [stages.other, branch, ['migrate', 'own-database']],
  ] as const) {
    const holding = assembly
      .ofType('AWS::Lambda::Function')
      .filter((one) =>
        Object.hasOwn(
          environmentSchema.safeParse(one.properties['Environment']).data?.Variables ?? {},
          'DATABASE_ADMIN_SECRET_ARN',
        ),
      )
      .map(({ properties }) => String(properties['FunctionName']).replace(`kassa-${stage}-`, ''));
    expect(holding.sort()).toEqual(readers);
  }
});

it('its database is made before its schema, and its schema before anything that uses it', () => {
  const text = [...branch.texts].find(([file]) => file.includes('database'))?.[1] ?? '';
  const { Resources } = z
    .looseObject({
      Resources: z.record(
        z.string(),
        z.looseObject({ Type: z.string(), DependsOn: z.array(z.string()).optional() }),
      ),
    })
    .parse(JSON.parse(text));
  const [database] =
    Object.entries(Resources).find(([, one]) => one.Type === 'Custom::OwnDatabase') ?? [];
  const triggers = Object.entries(Resources).filter(([, one]) => one.Type === 'Custom::Trigger');
  const [migrated] = triggers.filter(([id]) => id.startsWith('migrated'));
  expect(migrated?.[1].DependsOn).toContain(database);
});

it('two branches have two databases, two users, and no name in common', async () => {
  expect(databaseOf(stageOf(stages.one))).not.toEqual(own);
  expect(own).toEqual({ name: 'kassa_branch_pr_7', user: 'kassa_branch_pr_7' });
  const names = (assembly: Assembly) =>
    assembly.resources.flatMap(({ properties }) =>
      ['FunctionName', 'QueueName', 'TableName', 'StateMachineName', 'LogGroupName', 'AlarmName']
        .map((property) => properties[property])
        .filter((name) => typeof name === 'string'),
    );
  const taken = new Set(names(await synthesize(stages.one)));
  expect(taken.size).toBeGreaterThan(100);
  expect(names(branch).filter((name) => taken.has(name))).toEqual([]);
}, 60_000);

it('the longest name a branch may have still fits PostgreSQL', () => {
  expect(databaseOf(stageOf(`branch-${'x'.repeat(21)}`)).name.length).toBeLessThanOrEqual(63);
});
