import { expect, it } from 'vitest';
import { synthesize } from './assembly.ts';

/** Types that hold what nobody could make again. A cache, queues and logs' groups are not among them. */
const holding = [
  'AWS::DynamoDB::Table',
  'AWS::DynamoDB::GlobalTable',
  'AWS::RDS::DBCluster',
  'AWS::S3::Bucket',
  'AWS::Cognito::UserPool',
  'AWS::SecretsManager::Secret',
];

it('prod: whatever holds data outlives its stack, and refuses to be deleted where that can be said', async () => {
  const prod = await synthesize('prod');
  const held = prod.resources.filter(({ type }) => holding.includes(type));
  expect(new Set(held.map(({ type }) => type)).size).toBe(5);
  for (const { deletionPolicy, where } of held) {
    expect(['Retain', 'Snapshot'], where).toContain(deletionPolicy);
  }
  for (const { properties, type, where } of held) {
    if (type === 'AWS::DynamoDB::Table') {
      expect(properties, where).toMatchObject({
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      });
    }
    if (type === 'AWS::RDS::DBCluster') expect(properties['DeletionProtection']).toBe(true);
    if (type === 'AWS::Cognito::UserPool') expect(properties['DeletionProtection']).toBe('ACTIVE');
  }
  const files = held.filter(
    ({ type, logicalId }) => type.includes('S3') && /^files/.test(logicalId),
  );
  expect(files.map(({ properties }) => properties['VersioningConfiguration'])).toEqual([
    { Status: 'Enabled' },
  ]);
}, 60_000);

it('a branch leaves nothing behind', async () => {
  const branch = await synthesize('branch-x');
  const left = branch.resources
    .filter(({ deletionPolicy }) => deletionPolicy === 'Retain' || deletionPolicy === 'Snapshot')
    // Versions go with what they are versions of.
    .filter(({ type }) => !/^AWS::(Lambda::|StepFunctions::StateMachine)Version$/.test(type));
  expect(left.map(({ where }) => where)).toEqual([]);
}, 60_000);
