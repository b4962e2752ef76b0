import { createApiKeyReader } from '../../adapters/dynamodb/api-keys.ts';
import { createDocumentClient } from '../../adapters/dynamodb/client.ts';
import { createTokenVerifier } from '../../adapters/jwt/verifier.ts';
import type { ApiKeyStore } from '../../domain/access/ports.ts';
import type { Subject } from '../../domain/shared/ids.ts';
import { environment } from './env.ts';

export interface Dependencies {
  readonly tokens: {
    /** Undefined where the token is not good. Throws TransientFault where that cannot be told. */
    verify(
      token: string,
    ): Promise<{ readonly subject: Subject; readonly groups: readonly string[] } | undefined>;
  };
  readonly keys: Pick<ApiKeyStore, 'find'>;
  /** Whose API Gateway keys requests are counted under. */
  readonly stage: string;
}

/** The authorizer has five seconds in all: two attempts of less than two. */
const quick = {
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 500, requestTimeout: 1500 },
} as const;

export function dependencies(): Dependencies {
  const env = environment();
  return {
    tokens: createTokenVerifier({ issuer: env.JWT_ISSUER, clientId: env.JWT_CLIENT_ID }),
    keys: createApiKeyReader(createDocumentClient(quick), env.ACCESS_TABLE),
    stage: env.STAGE_NAME,
  };
}
