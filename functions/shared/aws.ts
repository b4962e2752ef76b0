import * as z from 'zod';
import { readEnv } from './env.ts';

/**
 * Options of every AWS client: a call that hangs must not use up its function's time. Two attempts; what is left
 * after them is for the caller's own retry, which has backoff and jitter.
 */
export const awsClient = {
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 1000, requestTimeout: 4000 },
} as const;

/** What the runtime sets on every worker; a worker does not live longer than they are good for. */
const runtimeSchema = z.object({
  AWS_REGION: z.string().min(1),
  AWS_ACCESS_KEY_ID: z.string().min(1),
  AWS_SECRET_ACCESS_KEY: z.string().min(1),
  AWS_SESSION_TOKEN: z.string().min(1).optional(),
});

/** As whom and where this worker signs what it signs itself. */
export function awsIdentity() {
  const runtime = readEnv(runtimeSchema);
  const credentials = {
    accessKeyId: runtime.AWS_ACCESS_KEY_ID,
    secretAccessKey: runtime.AWS_SECRET_ACCESS_KEY,
    sessionToken: runtime.AWS_SESSION_TOKEN,
  };
  return { region: runtime.AWS_REGION, credentials: () => credentials };
}

const statesSchema = z.object({
  AWS_REGION: z.string().min(1),
  /** The SDK's own variable, for where it is not AWS that answers. */
  AWS_ENDPOINT_URL_SFN: z.url().optional(),
});

/** Where Step Functions answers, as the SDK's clients find it. */
export function statesOrigin(): string {
  const { AWS_REGION: region, AWS_ENDPOINT_URL_SFN: other } = readEnv(statesSchema);
  return other ?? `https://states.${region}.amazonaws.com`;
}

/** Where synchronous executions are started: a host of its own, `sync-states`, which a laptop has not. */
export function syncStatesOrigin(prefixed: boolean): string {
  const url = new URL(statesOrigin());
  return prefixed ? `${url.protocol}//sync-${url.host}` : url.origin;
}
