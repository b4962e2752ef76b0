import { Signer } from '@aws-sdk/rds-signer';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { cachePassword, presigned } from '../../../adapters/redis/iam-token.ts';

const now = new Date('2026-11-23T04:05:06.789Z');
const credentials = {
  accessKeyId: 'ASIAEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  sessionToken: 'IQoJb3JpZ2luX2VjE/+==(token)*!',
};

beforeEach(() => {
  vi.useFakeTimers({ now, toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const parts = (token: string) => {
  const url = new URL(`https://${token}`);
  return { host: url.host, path: url.pathname, query: Object.fromEntries(url.searchParams) };
};

it.each([
  ['of a role', credentials],
  ['of a user', { ...credentials, sessionToken: undefined }],
])('signs as the AWS SDK signs: credentials %s', async (_, used) => {
  const theirs = await new Signer({
    hostname: 'proxy.example',
    port: 5432,
    username: 'kassa_app',
    region: 'eu-central-1',
    credentials: {
      accessKeyId: used.accessKeyId,
      secretAccessKey: used.secretAccessKey,
      ...(used.sessionToken === undefined ? {} : { sessionToken: used.sessionToken }),
    },
  }).getAuthToken();
  const ours = presigned({
    host: 'proxy.example:5432',
    service: 'rds-db',
    region: 'eu-central-1',
    query: { Action: 'connect', DBUser: 'kassa_app' },
    credentials: used,
    now,
  });
  expect(parts(ours)).toEqual(parts(theirs));
});

it('a password of the cache names cache, user and action, for a quarter of an hour', () => {
  const password = cachePassword(
    {
      cacheName: 'kassa-staging',
      user: 'kassa-staging-products',
      region: 'eu-central-1',
      credentials: () => credentials,
    },
    now,
  );
  expect(password).toMatch(/^kassa-staging\/\?Action=connect&/);
  expect(parts(password)).toMatchObject({
    host: 'kassa-staging',
    path: '/',
    query: {
      Action: 'connect',
      User: 'kassa-staging-products',
      ResourceType: 'ServerlessCache',
      'X-Amz-Expires': '900',
      'X-Amz-Credential': 'ASIAEXAMPLE/20261123/eu-central-1/elasticache/aws4_request',
      'X-Amz-Security-Token': credentials.sessionToken,
    },
  });
});
