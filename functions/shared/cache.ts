import * as z from 'zod';
import { metricNames } from '../../domain/shared/metrics.ts';
import { readEnv } from './env.ts';
import { describeError, logger, MetricUnit, metrics } from './telemetry.ts';

/** The variables of every function that uses the cache: spread them into its env schema. */
export const cacheEnv = {
  CACHE_HOST: z.string().min(1),
  CACHE_PORT: z.coerce.number().int().min(1).max(65_535),
  CACHE_NAME: z.string().min(1),
  CACHE_USER: z.string().min(1),
  /** `disable` is for the loopback; without TLS there is no sign-in either. */
  CACHE_TLS: z.enum(['verify', 'disable']),
};

const cacheEnvSchema = z.object(cacheEnv);
type CacheEnv = z.infer<typeof cacheEnvSchema>;

/** What the runtime sets on every worker; a worker does not live longer than they are good for. */
const runtimeSchema = z.object({
  AWS_REGION: z.string().min(1),
  AWS_ACCESS_KEY_ID: z.string().min(1),
  AWS_SECRET_ACCESS_KEY: z.string().min(1),
  AWS_SESSION_TOKEN: z.string().min(1).optional(),
});

/** How this worker connects, as `createCache` of adapters/redis takes it. */
export function cacheConnection(env: CacheEnv) {
  const server = { host: env.CACHE_HOST, port: env.CACHE_PORT };
  if (env.CACHE_TLS === 'disable') return server;
  const runtime = readEnv(runtimeSchema);
  return {
    ...server,
    signIn: {
      cacheName: env.CACHE_NAME,
      user: env.CACHE_USER,
      region: runtime.AWS_REGION,
      credentials: () => ({
        accessKeyId: runtime.AWS_ACCESS_KEY_ID,
        secretAccessKey: runtime.AWS_SECRET_ACCESS_KEY,
        sessionToken: runtime.AWS_SESSION_TOKEN,
      }),
    },
  };
}

/** What a cache has to complain of, as adapters/redis tells it. */
type Trouble =
  | { readonly kind: 'unavailable'; readonly error: Error & { readonly resting: boolean } }
  | { readonly kind: 'refused'; readonly key: string }
  | { readonly kind: 'bad_entry'; readonly key: string };

/** Counts what had to do without the cache, and says why once a failure: while it rests nothing new is known. */
export function reportCache(trouble: Trouble): void {
  switch (trouble.kind) {
    case 'bad_entry':
      logger.warn('bad cache entry', { key: trouble.key });
      return;
    case 'refused':
      logger.warn('cache entry refused', { key: trouble.key });
      break;
    case 'unavailable':
      if (!trouble.error.resting) logger.warn('cache unavailable', describeError(trouble.error));
  }
  metrics.addMetric(metricNames.cacheUnavailable, MetricUnit.Count, 1);
}
