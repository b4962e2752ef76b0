import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { cacheConnection, reportCache } from '../../../functions/shared/cache.ts';
import { metrics } from '../../../functions/shared/telemetry.ts';
import { captureLog } from './support.ts';

const log = captureLog();
const env = {
  ...{ CACHE_HOST: 'cache.example', CACHE_PORT: 6379, CACHE_NAME: 'kassa-staging' },
  CACHE_USER: 'kassa-staging-app',
};

beforeEach(() => {
  vi.stubEnv('AWS_REGION', 'eu-central-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'ASIA1');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
});
afterEach(() => {
  vi.unstubAllEnvs();
  metrics.clearMetrics();
});

describe('how a worker connects', () => {
  it('over TLS, with the runtime’s own credentials, and their session where there is one', () => {
    vi.stubEnv('AWS_SESSION_TOKEN', 'session');
    const connection = cacheConnection({ ...env, CACHE_TLS: 'verify' });
    expect(connection).toMatchObject({
      host: 'cache.example',
      port: 6379,
      signIn: { cacheName: 'kassa-staging', user: 'kassa-staging-app', region: 'eu-central-1' },
    });
    expect('signIn' in connection && connection.signIn.credentials()).toEqual({
      accessKeyId: 'ASIA1',
      secretAccessKey: 'secret',
      sessionToken: 'session',
    });
  });

  it('on the loopback without TLS, and then without a sign-in', () => {
    expect(cacheConnection({ ...env, CACHE_TLS: 'disable' })).toEqual({
      host: 'cache.example',
      port: 6379,
    });
  });
});

describe('what is told of the cache', () => {
  const unavailable = (resting: boolean) => ({
    kind: 'unavailable' as const,
    error: Object.assign(new Error('redis://secret@host'), { resting }),
  });
  const counted = () => {
    metrics.publishStoredMetrics();
    const lines = log.lines().filter((line) => 'CacheUnavailable' in line);
    return lines.map((line) => line['CacheUnavailable']);
  };

  it('a failure is logged without its text, and each call that did without is counted', () => {
    reportCache(unavailable(false));
    reportCache(unavailable(true));
    reportCache(unavailable(true));
    expect(log.text()).not.toContain('secret@host');
    expect(log.lines().filter((line) => line['level'] === 'WARN')).toHaveLength(1);
    expect(counted()).toEqual([[1, 1, 1]]);
  });

  it('an entry that the cache would not take is counted, one that was bad is logged by its key', () => {
    reportCache({ kind: 'refused', key: '{product:v1}:MUG' });
    reportCache({ kind: 'bad_entry', key: '{product:v1}:CUP' });
    expect(log.text()).toContain('{product:v1}:CUP');
    expect(counted()).toEqual([1]);
  });
});
