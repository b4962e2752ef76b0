import { expect, it } from 'vitest';
import type { Dependencies } from '../../../functions/own-database/dependencies.ts';
import { environment } from '../../../functions/own-database/env.ts';
import { ownDatabase } from '../../../functions/own-database/index.ts';
import { under } from '../../support/environment.ts';

function fake() {
  const done: string[] = [];
  const dependencies: Dependencies = {
    database: 'kassa_branch_x',
    create: async () => {
      done.push('create');
    },
    drop: async () => {
      done.push('drop');
    },
  };
  return { done, handle: ownDatabase(() => dependencies) };
}

it.each([
  ['Create', 'create'],
  ['Update', 'create'],
  ['Delete', 'drop'],
])('%s: %s, and the same resource as before', async (RequestType, expected) => {
  const { done, handle } = fake();
  await expect(handle({ RequestType, ResourceProperties: {} })).resolves.toEqual({
    PhysicalResourceId: 'kassa_branch_x',
  });
  expect(done).toEqual([expected]);
});

it('does nothing at a request it does not know', async () => {
  const { done, handle } = fake();
  await expect(handle({ RequestType: 'delete' })).rejects.toThrow();
  expect(done).toEqual([]);
});

it('a drop that fails is told to CloudFormation', async () => {
  const failing = ownDatabase(() => ({
    database: 'kassa_branch_x',
    create: async () => undefined,
    drop: () => Promise.reject(new Error('in use')),
  }));
  await expect(failing({ RequestType: 'Delete' })).rejects.toThrow('in use');
});

it.each(['kassa', 'postgres', 'rdsadmin'])('never touches the database %s', (database) => {
  const variables = {
    DATABASE_HOST: 'cluster.example',
    DATABASE_PORT: '5432',
    DATABASE_SSL: 'verify-full',
    DATABASE_ADMIN_SECRET_ARN: 'arn:aws:secretsmanager:x:y:z',
  };
  const own = { DATABASE_NAME: 'kassa_branch_x', DATABASE_USER: 'kassa_branch_x' };
  expect(() => under({ ...variables, ...own }, environment)).not.toThrow();
  expect(() => under({ ...variables, ...own, DATABASE_NAME: database }, environment)).toThrow(
    'DATABASE_NAME',
  );
  expect(() => under({ ...variables, ...own, DATABASE_USER: 'kassa_app' }, environment)).toThrow(
    'DATABASE_USER',
  );
});
